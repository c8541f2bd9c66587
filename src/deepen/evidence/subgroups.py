"""Scores by subgroup, and which groups are worse than the others beyond chance.

Each group is tested against all other rows, two-sided. Of classes by Fisher's exact test of right and wrong (Fisher
1935); of labels and numbers by a permutation test of the mean (of the share of labels that are right, and of the
absolute error), which asks nothing of how they are distributed. The p-values of the groups are corrected by Holm's
method (Holm 1979, "A simple sequentially rejective multiple test procedure"): where no group differs, any is called
worse or better in at most 5 % of evaluations.

Letters: n rows, g groups, r permutations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError
from deepen.evaluation import Subgroup, Subgroups
from deepen.evidence.measures import score
from deepen.evidence.mistakes import goodness
from deepen.records import Score

__all__ = ["holm", "subgroups"]

Array = NDArray[np.float64]

LEVEL = 0.05
_PERMUTATIONS = 9_999  # the least p is then 0.0001
_FEWEST = 999  # of many rows; the least p is 0.001, which still stands out of fifty groups
_SHUFFLED = 20_000_000  # n * r: about a second (measured)
_MEASURES = {"number": "mae", "several labels": "label_accuracy"}


def subgroups(
    task: str,
    truth: ArrayLike,
    prediction: ArrayLike,
    group: ArrayLike,
    names: Sequence[str],
    *,
    column: str,
    notes: Sequence[str] = (),
    whole: Score | None = None,
    seed: int = 0,
) -> Subgroups:
    """Measure each group by itself, and test it against the others.

    Parameters
    ----------
    task, truth, prediction
        As in :func:`deepen.evidence.measures.score`.
    group
        Which of the groups each row is in: (n,), from 0 on.
    names
        What the groups are called: (g,). Those without a row are left out.
    column, notes
        What the rows are grouped by, and how.
    whole
        The score of all rows, where it is known already.
    seed
        Of the bootstrap and the permutations.

    Raises
    ------
    DataError
        If there is one group only.

    Examples
    --------
    >>> truth = np.zeros(200, int)
    >>> answers = np.tile([[0.9, 0.1]], (200, 1))
    >>> answers[:30] = [0.2, 0.8]  # 30 mistakes, all of them in the first group
    >>> found = subgroups("two classes", truth, answers, [0] * 100 + [1] * 100, ["old", "young"], column="age")
    >>> [(each.name, each.measures["accuracy"].value, each.verdict) for each in found.groups]
    [('old', 0.7, 'worse'), ('young', 1.0, 'better')]
    """
    y, answers, codes = np.asarray(truth), np.asarray(prediction), np.asarray(group)
    present = np.unique(codes)
    if len(present) < 2:
        raise DataError(
            "one group only: there is nothing to compare",
            where=f"--by {column}",
            came=repr(names[int(codes[0])]),
        )
    good = goodness(task, y, answers)
    place = np.searchsorted(present, codes)  # (n,) 0 to g - 1
    classes = task in ("two classes", "many classes")
    test = _fisher if classes else _permuted
    p = test(good, place, len(present), seed)
    tests = (
        len(present) if len(present) > 2 else 1
    )  # of two groups one is the rest of the other: it is one test
    corrected = holm(p) if tests > 1 else p
    measure, mean = _MEASURES.get(task, "accuracy"), float(good.mean())
    found = []
    for at, code in enumerate(present.tolist()):
        mine = place == at
        own = score(task, y[mine], answers[mine], seed=seed)
        own_p, difference = float(corrected[at]), float(good[mine].mean()) - mean
        verdict = "" if own_p > LEVEL or difference == 0 else "worse" if difference < 0 else "better"
        found.append((difference, Subgroup(names[code], int(mine.sum()), own.measures, own_p, verdict)))
    found.sort(key=lambda each: each[0])
    known = whole or score(task, y, answers, seed=seed)
    named = "Fisher's exact test" if classes else "permutation test of the mean"
    how = f"{named}, each group against all others, two-sided" + (
        f", p corrected by Holm over {tests} groups" if tests > 1 else ""
    )
    return Subgroups(column, measure, known[measure], tuple(each for _, each in found), how, tuple(notes))


def holm(p: ArrayLike) -> Array:
    """Correct p-values for being several: of the i-th least of g, (g - i + 1) p, never less than one before it.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, np.float64)
    by = np.argsort(given, kind="stable")
    raised = np.maximum.accumulate(given[by] * np.arange(len(given), 0, -1))
    found = np.empty_like(given)
    found[by] = raised.clip(max=1.0)
    return found


def _fisher(good: Array, place: NDArray[np.intp], groups: int, _seed: int) -> Array:
    """The p-value of each group's rights and wrongs against those of all others: (g,)."""
    from scipy.stats import fisher_exact

    right, size = np.bincount(place, good, groups), np.bincount(place, minlength=groups)
    table = [[right, size - right], [right.sum() - right, (size - right).sum() - (size - right)]]
    cells = np.moveaxis(np.array(table), -1, 0).round().astype(np.int64)  # (g, 2, 2)
    return np.array([float(fisher_exact(cell)[1]) for cell in cells])


def _permuted(good: Array, place: NDArray[np.intp], groups: int, seed: int) -> Array:
    """The p-value of each group's mean among those of groups of its size drawn at random: (g,)."""
    n = len(good)
    draws = max(_FEWEST, min(_PERMUTATIONS, _SHUFFLED // n))
    size = np.bincount(place, minlength=groups)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    centred = good - good.mean()
    far = np.abs(np.bincount(place, centred, groups))
    slack = 1e-9 * max(
        float(np.abs(centred).sum()), math.ulp(1.0)
    )  # sums in another order differ by rounding
    rng, reached = np.random.default_rng(seed), np.ones(groups)
    for _ in range(draws):
        reached += np.abs(np.add.reduceat(rng.permutation(centred), starts)) >= far - slack
    return np.asarray(reached / (draws + 1))
