import numpy as np
import pytest

from deepen.errors import SettingError
from deepen.evidence import shallow
from deepen.evidence.shallow import LEARNERS, fit


def world(task, n=240, seed=0):
    """A ring in the plane: easy for all but what is linear; numbers are the radius."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).astype(np.float32) * [1.0, 1.0, 1000.0]
    radius = np.hypot(x[:, 0], x[:, 1])
    if task == "number":
        return x, 100 + 20 * radius
    if task == "several labels":
        return x, np.stack([radius > 1.2, x[:, 0] > 0], axis=1).astype(np.float32)
    return x, np.digitize(radius, [1.2] if task == "two classes" else [0.8, 1.5])


def wrong(task, name):
    x, y = world(task)
    new, truth = world(task, 400, 1)
    answers = fit(name, x, y, task).predict(new)
    assert answers.shape == truth.shape
    if task == "number":
        return float(((answers - truth) ** 2).mean() / truth.var())
    return float((answers != truth).mean())


@pytest.mark.parametrize("task", ["two classes", "many classes", "several labels", "number"])
@pytest.mark.parametrize("name", [n for n in LEARNERS if "linear" not in n])
def test_what_bends_is_learned(task, name):
    assert wrong(task, name) < 0.3


def test_linear_learns_what_is_straight_and_no_more():
    assert wrong("two classes", "linear") > 0.3
    x = np.random.default_rng(0).normal(size=(200, 2))
    assert fit("linear", x, 3 * x[:, 0] + 5, "number").predict(x[:4]) == pytest.approx(
        3 * x[:4, 0] + 5, rel=0.02
    )


def test_units_do_not_matter():
    x, y = world("two classes")
    first, second = (fit("SVM", x * s, y, "two classes").predict(x * s) for s in (1.0, 1e4))
    np.testing.assert_array_equal(first, second)


def test_many_rows_are_read_by_nystroems_features(monkeypatch):
    monkeypatch.setattr(shallow, "EXACT", 100)
    monkeypatch.setattr(shallow, "LANDMARKS", 60)
    assert wrong("two classes", "SVM") < 0.2
    x, y = world("two classes", 90)
    kinds = [type(LEARNERS["SVM"].make("two classes", rows, 0)).__name__ for rows in (90, 240)]
    assert kinds == ["SVC", "Pipeline"]
    assert fit("SVM", x, y, "two classes", most_rows=240).predict(x).shape == (90,)


def test_one_class_alone_and_few_rows():
    x = np.ones((3, 2), dtype=np.float32)
    assert fit("SVM", x, np.array([4, 4, 4]), "many classes").predict(x[:1]).tolist() == [4]
    assert fit("neighbours", x, np.array([0, 1, 0]), "two classes").predict(x[:1]).shape == (1,)


@pytest.mark.parametrize("task", ["two classes", "many classes", "several labels", "number"])
@pytest.mark.parametrize("name", LEARNERS)
def test_scores_say_what_is_predicted(task, name):
    x, y = world(task, 120)
    new, _ = world(task, 200, 1)
    made = fit(name, x, y, task)
    scores, answers = made.scores(new), made.predict(new)
    if task == "number":
        np.testing.assert_array_equal(scores, answers)
        return
    assert scores.shape == (200, {"two classes": 2, "many classes": 3, "several labels": 2}[task])
    said = scores > 0 if task == "several labels" else scores.argmax(axis=1)
    # An SVM of several classes answers by the votes of pairs, which its scores follow but for ties.
    assert (said == answers).mean() > (0.97 if name == "SVM" else 0.999)


def test_classes_without_a_row_are_the_last_choice():
    x, y = world("two classes", 100)
    for name in LEARNERS:
        scores = fit(name, x, 2 * y, "many classes", outputs=4).scores(x[:5])
        assert scores.shape == (5, 4) and set(scores.argmax(axis=1)) <= {0, 2}, name
    assert fit("linear", x, np.full(100, 1), "many classes", outputs=4).scores(x[:2]).argmax(
        axis=1
    ).tolist() == [1, 1]


def test_sparse_features_are_read_as_they_are():
    from scipy.sparse import csr_array

    x = np.maximum(world("two classes")[0][:, :2], 0)
    y = (x[:, 0] > x[:, 1]).astype(int)
    for name in ("linear", "linear SVM"):
        assert (fit(name, csr_array(x), y, "two classes").predict(csr_array(x)) == y).mean() > 0.9


def test_an_unknown_learner_is_named():
    with pytest.raises(SettingError, match="bosting"):
        fit("bosting", np.zeros((2, 1)), np.zeros(2), "number")
