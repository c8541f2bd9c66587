"""What each measure says, how it is written, and how its interval was found, in plain words."""

from __future__ import annotations

import math

from deepen.records import Measure
from deepen.reporting.charts.canvas import number

__all__ = [
    "LEARNERS",
    "MEASURES",
    "METHODS",
    "explained",
    "is_share",
    "named",
    "opponent",
    "shown",
    "value_of",
]

MEASURES = {
    "accuracy": "the share of examples answered right",
    "balanced_accuracy": "the share answered right of each class, averaged: rare classes count as much as others",
    "label_accuracy": "the share of all labels, present or not, that were answered right",
    "exact_match": "the share of examples of which everything was answered right",
    "macro_f1": "F1 (the harmonic mean of precision and recall) of each class, averaged",
    "f1": "the harmonic mean of precision and recall of the second class",
    "auc": "the probability that an example of a class is ranked above one that is not of it; 0.5 is chance",
    "log_loss": "the mean of minus the logarithm of the probability given to what was true; 0 is perfect",
    "brier": "the mean squared distance of the probabilities from what was true; 0 is perfect",
    "calibration_error": "how far stated probabilities lie from what happened, on average; 0 is perfect",
    "r2": "the share of the target's variance that is explained; 0 is what the mean explains, 1 is perfect",
    "rmse": "the root of the mean squared error, in the target's own units",
    "mae": "the mean absolute error, in the target's own units",
    "mase": "the mean error in units of the seasonal naive forecast's error on the training part; below 1 is better",
    "smape": "the mean error as a percentage of size, from 0 to 200",
    "mse_standardised": "the mean squared error of targets with mean 0 and deviation 1 on the training part",
    "mae_standardised": "the mean absolute error of targets with mean 0 and deviation 1 on the training part",
    "pinball": "the mean loss of all the quantiles, not of the median alone",
    "coverage_80": "the share of what came that lay in the interval that should hold 80 %",
    "coverage_90": "the share of what came that lay in the interval that should hold 90 %",
    "bits_per_character": "how many bits each character costs the model; fewer is better",
    "bits_per_byte": "how many bits each byte of UTF-8 costs the model; fewer is better",
    "perplexity": "among how many equally likely tokens the model is torn, on average",
    "token_f1": "the harmonic mean of precision and recall of the tokens that were changed",
    "character_error_rate": "edits needed to mend the answer, for each character of the truth",
    "squared_error": "the squared distance of a row from what comes back of it, summed over columns; the mean of rows",
    "return": "the sum of the rewards of an episode, as the environment gives them, on average",
    "median_return": "the return that half of the episodes reached",
    "best_return": "the largest return of an episode; the more are played, the larger",
    "points": "the share of the points, a draw being half of one; 50 % is even",
    "top_5_accuracy": "how often what was right is among the five likeliest answers",
    "winner_accuracy": "how often the sign of the value tells who won the game",
    "entity_f1": "the harmonic mean of precision and recall of whole entities, their ends and kind",
}
"""By name, what it is."""

_SHARES = frozenset({
    "accuracy", "balanced_accuracy", "label_accuracy", "exact_match", "coverage_80", "coverage_90", "token_accuracy",
    "word_accuracy", "points", "top_5_accuracy", "winner_accuracy",
})  # fmt: skip

_IN_UNITS = frozenset({"rmse", "mae", "pinball"})  # of the target: what is small there is not nothing

METHODS = {
    "wilson": "Wilson's score interval of a share (Wilson 1927)",
    "bootstrap": "resampling the {unit} with replacement and measuring again (Efron 1979)",
    "stratified bootstrap": "resampling the {unit} within each class and measuring again (Efron 1979)",
    "block bootstrap": "resampling blocks of neighbours, which hang together, and measuring again (Künsch 1989)",
    "bootstrap by game": "resampling whole games, whose positions hang together, and measuring again (Efron 1979)",
    "wilson by game": "Wilson's score interval of a share (Wilson 1927), each game counted as one position, since "
    "all are alike: rather too wide",
    "none": "no interval: it stands on too few examples",
    "published": "as published, without an interval",
    "largest": "no interval: it is the largest of them",
}
"""By name, how an interval was found; with the unit that a measure stands on."""


LEARNERS = {
    "majority": "the majority’s answer",
    "from nothing": "a net from nothing",
    "linear": "a linear model",
    "PCA + linear": "a linear model of principal components",
    "neighbours": "the nearest neighbours",
    "linear SVM": "a linear SVM",
    "SVM": "an SVM",
    "boosting": "gradient boosting",
    "linear SVM on TF-IDF": "a linear SVM on TF-IDF of words",
    "linear on TF-IDF": "a linear model on TF-IDF of words",
    "linear on gradients": "a linear model on histograms of gradients",
    "SVM on gradients": "an SVM on histograms of gradients",
    "naive": "the naive forecast",
    "seasonal naive": "the seasonal naive forecast",
    "drift": "the drift forecast",
    "smoothing": "exponential smoothing",
    "ridge": "ridge regression",
    "copy": "copying the source",
    "dictionary": "the dictionary of the training part",
    "n-gram": "the n-gram model",
    "net alone": "the net without the counts",
    "commonest": "the commonest move, always",
    "at random": "play at random",
    "counts as solved": "what counts as solved",
    "a person": "a person, as published",
    "DQN of 2015": "the deep Q-network of 2015, as published",
    "DQN, 5M frames": "a deep Q-network after 5 million frames, as published",
}
"""What stands beside a model, by its name in the scores, as it is called within a sentence."""

_OPPONENTS = {
    "random": "play at random",
    "mcts": "a tree search of {} random playouts a move",
    "minimax": "a full search of {} moves ahead",
    "gnugo": "GNU Go at level {}",
    "perfect": "perfect play",
}


def is_share(name: str) -> bool:
    """Whether a measure is a share of examples, to be written in per cent."""
    return name in _SHARES


def opponent(name: str) -> str:
    """Call an opponent within a sentence; by its own name where it is another.

    Examples
    --------
    >>> opponent("gnugo:1"), opponent("random"), opponent("Fuego")
    ('GNU Go at level 1', 'play at random', 'Fuego')
    """
    kind, _, strength = name.partition(":")
    return _OPPONENTS[kind].format(strength) if kind in _OPPONENTS else name


def named(name: str) -> str:
    """Write a measure's name for people.

    Examples
    --------
    >>> named("r2"), named("balanced_accuracy"), named("auc")
    ('R²', 'balanced accuracy', 'AUC')
    """
    known = {"r2": "R²", "rmse": "RMSE", "mae": "MAE", "auc": "AUC", "mase": "MASE", "smape": "sMAPE", "f1": "F1",
             "brier": "Brier score"}  # fmt: skip
    return known.get(name) or name.replace("_", " ").replace("f1", "F1").replace("mse ", "MSE ").replace(
        "mae ", "MAE "
    )


def value_of(name: str, value: float) -> str:
    """Write a measure's value.

    Examples
    --------
    >>> value_of("accuracy", 0.93421), value_of("rmse", 123.456), value_of("r2", 0.81234)
    ('93.4 %', '123.5', '0.812')
    """
    if is_share(name) and math.isfinite(value):
        return f"{100 * value:.1f} %"
    if abs(value) < 10 and (abs(value) >= 1e-3 or name not in _IN_UNITS):
        return f"{value + 0.0 if abs(value) >= 5e-4 else 0.0:.3f}"
    return number(value)


def shown(measure: Measure) -> str:
    """Write a measure's value with its interval.

    Examples
    --------
    >>> shown(Measure("accuracy", 0.934, 0.921, 0.945, "wilson", 1500))
    '93.4 % [92.1, 94.5]'
    """
    if not measure.has_interval:
        return value_of(measure.name, measure.value)
    ends = (value_of(measure.name, v).removesuffix(" %") for v in (measure.low, measure.high))
    return f"{value_of(measure.name, measure.value)} [{', '.join(ends)}]"


def explained(measure: Measure, unit: str = "examples") -> str:
    """Say in a sentence what a measure is, and how its interval was found.

    Examples
    --------
    >>> explained(Measure("mae", 2.0, 1.8, 2.2, "bootstrap", 50))[:56]
    'MAE: the mean absolute error, in the target’s own units,'
    """
    what = MEASURES.get(measure.name, "as its name says").replace("'", "’")
    how = METHODS.get(measure.method, measure.method).replace("{unit}", unit).replace("'", "’")
    how = f"its 95 % interval by {how}" if measure.has_interval else how
    return f"{named(measure.name)}: {what}, on {measure.n:,} {unit}; {how}."
