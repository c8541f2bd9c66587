"""Figures of tags are those worked out by hand, and the interval is that of rows, not of tags."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from deepen.errors import DataError
from deepen.evidence.tag_measures import tag_score

IOB = ["O", "B-A", "I-A", "B-B"]


def rows(*given):
    return [np.array(row) for row in given]


def test_entities_count_when_borders_and_name_are_right():
    truth = rows([1, 2, 0, 3], [0, 1, 2], [3])
    said = rows([1, 2, 0, 1], [0, 1, 0], [3])  # right: one of two, a border wrong, right
    score = tag_score(truth, said, IOB)
    assert score["entity_precision"].value == pytest.approx(2 / 4)
    assert score["entity_recall"].value == pytest.approx(2 / 4)
    assert score.headline.name == "entity_f1"
    assert score["accuracy"].value == pytest.approx(6 / 8)
    assert score["exact_match"].value == pytest.approx(1 / 3)
    assert score.confusion[3] == (0, 1, 0, 1)


def test_macro_f1_and_that_of_the_rarer_are_scikit_learns():
    rng = np.random.default_rng(0)
    for k, labels in ((2, ["kept", "changed"]), (4, ["a", "b", "c", "d"])):
        truth = [rng.integers(0, k, n) for n in rng.integers(1, 9, 40)]
        said = [np.where(rng.random(len(t)) < 0.6, t, rng.integers(0, k, len(t))) for t in truth]
        score = tag_score(truth, said, labels)
        t, a = np.concatenate(truth), np.concatenate(said)
        assert score["macro_f1"].value == pytest.approx(f1_score(t, a, average="macro"))
        if k == 2:
            assert score["f1"].value == pytest.approx(f1_score(t, a))
        assert ("f1" in score.measures) == (k == 2)
        assert "entity_f1" not in score.measures
        assert score.headline.name == "accuracy"


def test_tags_that_hang_together_widen_the_interval():
    rng = np.random.default_rng(0)
    right = rng.random(60) < 0.7  # whole rows are right or wrong
    truth = [np.zeros(50, int)] * 60
    together = [np.zeros(50, int) if r else np.ones(50, int) for r in right]
    apart = [(rng.random(50) > 0.7).astype(int) for _ in range(60)]
    wide, narrow = (tag_score(truth, said, ["a", "b"])["accuracy"] for said in (together, apart))
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)
    assert wide.low < right.mean() < wide.high
    assert wide.high - wide.low == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 60), rel=0.25)


def test_the_interval_covers_what_is_true():
    rng = np.random.default_rng(1)
    inside = 0
    for seed in range(60):
        skill = rng.beta(8, 2, 40)  # each row has its own share of errors
        said = [(rng.random(20) > s).astype(int) for s in skill]
        m = tag_score([np.zeros(20, int)] * 40, said, ["a", "b"], seed=seed)["accuracy"]
        inside += m.low <= 0.8 <= m.high
    assert inside >= 53


def test_nothing_wrong_is_not_certainty_and_one_row_says_nothing_more():
    perfect = tag_score(rows(*[[0, 1]] * 10), rows(*[[0, 1]] * 10), ["a", "b"])["accuracy"]
    assert (perfect.value, perfect.high) == (1.0, 1.0)
    assert perfect.low < 0.8
    alone = tag_score(rows([0, 1, 1, 0]), rows([0, 1, 0, 0]), ["a", "b"])["accuracy"]
    assert (alone.low, alone.value, alone.high) == (0.75, 0.75, 0.75)


@pytest.mark.parametrize(
    ("truth", "said", "message"),
    [([], [], "nothing to score"), ([[0]], [[0, 1]], "not as many answers"), ([[]], [[]], "no tag to score")],
)
def test_what_cannot_be_scored_is_refused(truth, said, message):
    with pytest.raises(DataError, match=message):
        tag_score(rows(*truth), rows(*said), ["a", "b"])
