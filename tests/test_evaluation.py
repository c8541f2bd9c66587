"""The records of an evaluation: plain data that come back as they were."""

import json

from deepen.evaluation import Answers, Evaluation, Exhibit, Mistake, Mistakes
from deepen.evidence.confusion import arrange
from deepen.evidence.measures import score
from deepen.evidence.reliability import reliability
from deepen.evidence.subgroups import subgroups

TRUTH, SAID = (
    [0, 0, 1, 1, 1, 0] * 8,
    [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9], [0.6, 0.4]] * 8,
)


def whole():
    found = score("two classes", TRUTH, SAID, ["ham", "spam"])
    mistake = Mistake(
        4, "line 5", "ham", "spam", 0.6, None, (Exhibit("t", "text", {"text": "hi", "cut": False}),)
    )
    groups = subgroups("two classes", TRUTH, SAID, [0, 1, 2] * 16, "abc", column="x", notes=["a note"])
    return Evaluation(
        found.measures, found.labels, found.confusion, found.part, Mistakes((mistake,), 16, 48),
        arrange(found.labels, found.confusion),
        reliability(TRUTH, SAID, found.measures["calibration_error"]), (groups,), Answers((1.0, 2.5), (1.5, 2.0), 9),
    )  # fmt: skip


def test_it_is_written_and_read_as_json():
    one = whole()
    assert Evaluation.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_what_there_is_not_stays_nothing():
    one = Evaluation(whole().measures)
    assert Evaluation.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_it_is_a_score():
    one = whole()
    assert str(one) == "test accuracy 0.667 [0.525, 0.783]"
    assert float(one) == one["accuracy"].value


def test_the_worst_group_is_told_in_a_line():
    told = str(whole().subgroups[0])
    assert told.startswith("worst by x: ")
    assert "the whole 0.667" in told
