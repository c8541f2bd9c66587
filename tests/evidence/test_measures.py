import json
import math
import warnings

import numpy as np
import pytest
from sklearn import metrics

from deepen.errors import DataError, SettingError
from deepen.evidence.intervals import replicates
from deepen.evidence.measures import score
from deepen.records import Score

CLASS_MEASURES = [
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "auc",
    "log_loss",
    "brier",
    "calibration_error",
]
LABEL_MEASURES = ["label_accuracy", "exact_match", *CLASS_MEASURES[2:]]


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def draw(n, k, seed=0, rare=0.0):
    """Return classes and probabilities that know something of them; ``rare`` makes later classes rarer."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, k)) - rare * np.arange(k)
    truth = (z + rng.gumbel(size=(n, k))).argmax(1)
    return truth, softmax(1.5 * z)


def values(result):
    return {name: m.value for name, m in result.measures.items()}


def close(expected):
    return pytest.approx(expected, abs=1e-9, rel=1e-9)


@pytest.mark.parametrize(("n", "rare"), [(500, 0.0), (300, 3.0), (20, 0.0)])
def test_two_classes_as_scikit_learn_has_them(n, rare):
    truth, p = draw(n, 2, rare=rare)
    said = p.argmax(1)
    result = score("two classes", truth, p)
    assert list(result.measures) == [*CLASS_MEASURES[:3], "f1", *CLASS_MEASURES[3:]]
    assert result["f1"].value == close(metrics.f1_score(truth, said))
    assert result["f1"].low < result["f1"].value < result["f1"].high
    assert result["accuracy"].value == close(metrics.accuracy_score(truth, said))
    assert result["balanced_accuracy"].value == close(metrics.balanced_accuracy_score(truth, said))
    assert result["macro_f1"].value == close(metrics.f1_score(truth, said, average="macro"))
    assert result["auc"].value == close(metrics.roc_auc_score(truth, p[:, 1]))
    assert result["log_loss"].value == close(metrics.log_loss(truth, p))
    assert result["brier"].value == close(metrics.brier_score_loss(truth, p[:, 1]))
    assert result.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, said).tolist()))


@pytest.mark.parametrize(("n", "k", "rare"), [(700, 3, 0.0), (600, 10, 0.3), (60, 4, 0.0)])
def test_many_classes_as_scikit_learn_has_them(n, k, rare):
    truth, p = draw(n, k, rare=rare)
    assert len(set(truth)) == k
    said = p.argmax(1)
    result = score("many classes", truth, p)
    assert list(result.measures) == CLASS_MEASURES
    assert result["accuracy"].value == close(metrics.accuracy_score(truth, said))
    assert result["balanced_accuracy"].value == close(metrics.balanced_accuracy_score(truth, said))
    assert result["macro_f1"].value == close(metrics.f1_score(truth, said, average="macro"))
    assert result["auc"].value == close(metrics.roc_auc_score(truth, p, multi_class="ovr"))
    assert result["log_loss"].value == close(metrics.log_loss(truth, p))
    assert result["brier"].value == close(((p - np.eye(k)[truth]) ** 2).sum(1).mean())
    assert result.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, said).tolist()))


def test_several_labels_as_scikit_learn_has_them():
    rng = np.random.default_rng(1)
    truth = (rng.random((400, 5)) < [0.5, 0.3, 0.2, 0.7, 0.05]).astype(int)
    p = 1 / (1 + np.exp(-(3 * truth - 1.5 + rng.normal(size=truth.shape))))
    said = (p >= 0.5).astype(int)
    result = score("several labels", truth, p)
    assert list(result.measures) == LABEL_MEASURES
    assert result["label_accuracy"].value == close(1 - metrics.hamming_loss(truth, said))
    assert result["exact_match"].value == close(metrics.accuracy_score(truth, said))
    assert result["macro_f1"].value == close(metrics.f1_score(truth, said, average="macro"))
    assert result["auc"].value == close(metrics.roc_auc_score(truth, p, average="macro"))
    each = [metrics.log_loss(t, q) for t, q in zip(truth.T, p.T, strict=True)]
    assert result["log_loss"].value == close(np.mean(each))
    each = [metrics.brier_score_loss(t, q) for t, q in zip(truth.T, p.T, strict=True)]
    assert result["brier"].value == close(np.mean(each))
    assert result["exact_match"].method == "wilson"
    assert result.confusion == ()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_numbers_as_scikit_learn_has_them(scale):
    rng = np.random.default_rng(2)
    truth = scale * (1e5 + rng.normal(size=300))
    guess = truth + scale * 0.3 * rng.normal(size=300)
    result = score("number", truth, guess)
    assert list(result.measures) == ["r2", "rmse", "mae"]
    assert result["r2"].value == close(metrics.r2_score(truth, guess))
    assert result["rmse"].value == pytest.approx(metrics.root_mean_squared_error(truth, guess), rel=1e-9)
    assert result["mae"].value == pytest.approx(metrics.mean_absolute_error(truth, guess), rel=1e-9)
    assert (result.labels, result.confusion) == ((), ())
    assert {m.method for m in result.measures.values()} == {"bootstrap"}


def test_equal_probabilities_count_as_half_in_the_auc():
    rng = np.random.default_rng(3)
    p = rng.integers(0, 5, 200) / 4
    truth = (rng.random(200) < 0.2 + 0.6 * p).astype(int)
    result = score("two classes", truth, np.stack([1 - p, p], 1))
    assert result["auc"].value == close(metrics.roc_auc_score(truth, p))


def test_certain_and_wrong_is_finite():
    truth, p = np.array([0, 1, 1]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for dtype in (np.float64, np.float32):
        result = score("two classes", truth, p.astype(dtype))
        assert result["log_loss"].value == pytest.approx(metrics.log_loss(truth, p.astype(dtype)), rel=1e-6)


@pytest.mark.parametrize("task", ["two classes", "many classes", "several labels", "number"])
def test_every_interval_holds_its_figure(task):
    for n in (2, 3, 10, 200):
        truth, p = draw(n, 2 if task == "two classes" else 4, seed=n)
        if task == "several labels":
            truth = np.eye(4, dtype=int)[truth]
        if task == "number":
            truth, p = p[:, 0], p[:, 1]
        result = score(task, truth, p)
        for m in result.measures.values():
            assert m.low <= m.value <= m.high, m
            assert m.n == n
        assert Score.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result


def test_methods_are_named():
    truth, p = draw(100, 3)
    methods = {name: m.method for name, m in score("many classes", truth, p).measures.items()}
    assert methods.pop("accuracy") == "wilson"
    assert set(methods.values()) == {"stratified bootstrap"}


def test_resamples_keep_the_classes_shares():
    # Every row of a class has the same loss here, so nothing else can vary.
    m = score("two classes", np.repeat([0, 1], [20, 30]), np.tile([0.3, 0.7], (50, 1)))["log_loss"]
    assert (m.low, m.high) == (close(m.value), close(m.value))


def test_a_class_that_is_absent():
    truth, p = draw(200, 4)
    truth[truth == 3] = 0
    result = score("many classes", truth, p)
    assert result["auc"].value == close(
        np.mean([metrics.roc_auc_score(truth == c, p[:, c]) for c in range(3)])
    )
    recalls = [(p.argmax(1) == c)[truth == c].mean() for c in range(3)]
    assert result["balanced_accuracy"].value == close(np.mean(recalls))
    assert result["macro_f1"].value == close(metrics.f1_score(truth, p.argmax(1), average="macro"))
    assert len(result.confusion) == 4
    assert sum(result.confusion[3]) == 0


def test_one_class_alone_has_no_auc():
    _, p = draw(30, 2)
    result = score("two classes", np.zeros(30, int), p)
    assert list(result.measures) == [*CLASS_MEASURES[:3], "f1", *CLASS_MEASURES[4:]]


def test_a_label_that_is_always_off_is_left_out_of_the_means():
    truth = np.stack([np.tile([0, 1], 20), np.zeros(40, int)], 1)
    p = np.stack([np.random.default_rng(4).random(40), np.full(40, 0.1)], 1)
    result = score("several labels", truth, p)
    assert result["auc"].value == close(metrics.roc_auc_score(truth[:, 0], p[:, 0]))
    assert result["macro_f1"].value == close(metrics.f1_score(truth[:, 0], p[:, 0] >= 0.5))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1])
def test_a_constant_truth_has_no_r2(value):
    result = score("number", np.full(30, value), np.full(30, value) + np.arange(30))
    assert list(result.measures) == ["rmse", "mae"]
    assert result.headline.name == "rmse"


def test_one_row():
    result = score("many classes", [1], [[0.2, 0.5, 0.3]])
    assert result.headline.value == 1.0
    assert (result["log_loss"].low, result["log_loss"].method) == (result["log_loss"].value, "none")
    assert result["log_loss"].value == close(math.log(2))
    assert values(score("number", [3.0], [5.0])) == {"rmse": 2.0, "mae": 2.0}
    assert score("several labels", [[1, 0]], [[0.9, 0.2]])["exact_match"].value == 1.0


def test_a_perfect_figure_is_not_certain():
    truth = np.repeat([0, 1, 2], [10, 20, 30])
    result = score("many classes", truth, 0.1 + 0.7 * np.eye(3)[truth])
    for name in ("balanced_accuracy", "macro_f1", "auc"):
        m = result[name]
        assert (m.value, m.high, m.method) == (close(1.0), close(1.0), "wilson")
        assert 0.8 < m.low < 0.95


def test_labels_are_kept_or_numbered():
    truth, p = draw(20, 3)
    assert score("many classes", truth, p, ["a", "b", "c"]).labels == ("a", "b", "c")
    assert score("many classes", truth, p, part="valid").labels == ("0", "1", "2")
    assert score("many classes", truth, p, part="valid").part == "valid"


def test_the_seed_decides_the_interval_and_nothing_else():
    truth, p = draw(200, 3)
    first, again, other = (score("many classes", truth, p, seed=s) for s in (1, 1, 2))
    assert first == again
    assert values(first) == values(other)
    assert first["log_loss"].low != other["log_loss"].low


def coverage(truths, results):
    return np.mean([m.low <= t <= m.high for t, m in zip(truths, results, strict=True)])


def test_the_intervals_of_an_auc_cover_it():
    # Two normal classes 1.5 apart: the area is Phi(1.5 / sqrt(2)) = 0.8556.
    rng, truth, found = np.random.default_rng(5), np.repeat([0, 1], 40), []
    for trial in range(300):
        p = 1 / (1 + np.exp(-(rng.normal(size=80) + 1.5 * truth)))
        found.append(score("two classes", truth, np.stack([1 - p, p], 1), seed=trial)["auc"])
    area = 0.5 * (1 + math.erf(1.5 / 2))
    assert 0.92 <= coverage([area] * 300, found) <= 0.98


def test_the_interval_of_an_auc_is_that_of_resampled_areas():
    truth, p = draw(400, 2)
    m = score("two classes", truth, p)["auc"]

    def anew(weights):
        return np.array([metrics.roc_auc_score(truth, p[:, 1], sample_weight=w) for w in weights.T])

    low, high = np.quantile(replicates(anew, 400, truth, resamples=500), [0.025, 0.975])
    assert (m.low, m.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_the_interval_of_macro_f1_is_that_of_resampled_rows():
    truth, p = draw(300, 3)
    said = p.argmax(1)
    m = score("many classes", truth, p)["macro_f1"]

    def anew(weights):
        return np.array([metrics.f1_score(truth, said, average="macro", sample_weight=w) for w in weights.T])

    low, high = np.quantile(replicates(anew, 300, truth, resamples=400), [0.025, 0.975])
    assert (m.low, m.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_the_interval_of_r2_is_that_of_resampled_rows():
    rng = np.random.default_rng(6)
    truth = 50 + rng.normal(size=300)
    guess = truth + 0.7 * rng.normal(size=300)
    m = score("number", truth, guess)["r2"]

    def anew(weights):
        return np.array([metrics.r2_score(truth, guess, sample_weight=w) for w in weights.T])

    low, high = np.quantile(replicates(anew, 300, resamples=1000), [0.025, 0.975])
    assert (m.low, m.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_the_intervals_of_every_measure_cover_the_truth():
    truth, p = draw(100_000, 3, seed=7, rare=0.7)
    population = values(score("many classes", truth, p))
    rows_of = [np.flatnonzero(truth == c) for c in range(3)]
    hits, rng = dict.fromkeys(CLASS_MEASURES, 0), np.random.default_rng(8)
    for trial in range(400):
        rows = np.concatenate([rng.choice(r, len(r) * 300 // 100_000) for r in rows_of])
        for name, m in score("many classes", truth[rows], p[rows], seed=trial).measures.items():
            hits[name] += m.low <= population[name] <= m.high
    # Calibration error is covered more often, since its interval allows for all of the noise.
    assert hits.pop("calibration_error") / 400 >= 0.95
    assert {name: h / 400 for name, h in hits.items() if not 0.92 <= h / 400 <= 0.985} == {}


BAD = [
    ("two classes", [], np.empty((0, 2)), "nothing to score"),
    ("number", [], [], "nothing to score"),
    ("number", 1.0, 1.0, "shapes"),
    ("number", [1.0, 2.0], [1.0], "shapes"),
    ("number", [1.0], [[1.0]], "shapes"),
    ("two classes", [0], [0.5], "shapes"),
    ("two classes", [0], [[0.2, 0.3, 0.5]], "shapes"),
    ("several labels", [[1, 0]], [[0.5, 0.2, 0.1]], "shapes"),
    ("many classes", [0, 1], [[0.5, 0.5], [np.nan, 0.5]], "row 1: a prediction that is not finite"),
    ("number", [1.0, 2.0, 3.0], [1.0, 2.0, np.inf], "row 2: a prediction that is not finite"),
    ("number", [np.nan], [1.0], "row 0: a truth that is not finite"),
    ("number", [1.0], [1e200], "not finite"),
    ("number", ["a"], [1.0], "a truth that is not numbers"),
    ("many classes", [3], [[0.5, 0.3, 0.2]], "0 to 2"),
    ("many classes", [-1], [[0.5, 0.3, 0.2]], "0 to 2"),
    ("many classes", [0.5], [[0.5, 0.3, 0.2]], "0 to 2"),
    ("several labels", [[2, 0]], [[0.5, 0.3]], "0 to 1"),
    ("several labels", [[1, 0]], [[0.5, 1.3]], "outside of 0 to 1"),
    ("two classes", [1], [[-0.5, 1.5]], "outside of 0 to 1"),
    ("two classes", [1], [[0.5, 0.9]], "sum to one"),
]


@pytest.mark.parametrize(("task", "truth", "prediction", "message"), BAD)
def test_what_cannot_be_scored_is_refused(task, truth, prediction, message):
    with warnings.catch_warnings(), pytest.raises(DataError, match=message):
        score(task, truth, prediction)


def test_too_few_labels_are_refused():
    with pytest.raises(DataError, match="1 labels"):
        score("two classes", [1], [[0.5, 0.5]], ["only"])


def test_an_unknown_task_gets_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'two classes'"):
        score("two clases", [1], [[0.5, 0.5]])
