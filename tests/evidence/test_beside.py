import dataclasses
import json

import pytest

from deepen.evidence.beside import Beside
from deepen.evidence.contest import Contestant
from deepen.evidence.paired import Paired


def beside(low, high, rows=4000, measure="accuracy"):
    middle = (low + high) / 2
    paired = Paired(measure, 0.8 + middle, 0.8, low, high, 9, 9, 1.0, 500)
    learners = (Contestant("linear", 4000, 0.012, 0.7), Contestant("SVM", rows, 12.3, 0.8),
                Contestant("boosting", 0, 0.0, float("nan")))  # fmt: skip
    return Beside("SVM", learners, paired, 14.0, 4000)


@pytest.mark.parametrize(
    ("ends", "begins", "first"),
    [((-0.05, -0.01), "SVM is better here", True), ((-0.01, 0.02), "SVM is as good here", True),
     ((0.01, 0.03), "The net is better than SVM", False)],
)  # fmt: skip
def test_what_is_said_and_whether_first(ends, begins, first):
    found = beside(*ends)
    assert found.sentence.startswith(begins) and found.first is first
    assert ("depth has not paid" in found.sentence) == ("better here" in begins)


def test_figures_rows_and_seconds_are_told():
    assert (
        "(80.0 %, the net 82.0 %, difference 2.0 [1.0, 3.0]); it trains in 12 s."
        in beside(0.01, 0.03).sentence
    )
    assert "on 900 of the 4,000 rows" in beside(0.01, 0.03, rows=900).sentence
    assert (
        "R² 0.800, the net R² 0.820, difference 0.020 [0.010, 0.030]"
        in beside(0.01, 0.03, measure="r2").sentence
    )


def test_what_trains_at_once_is_not_said_to_take_nothing():
    found = beside(0.01, 0.03)
    quick = dataclasses.replace(found.learners[1], seconds=0.0)
    assert "it trains in 0.001 s" in dataclasses.replace(found, learners=(quick,)).sentence


def test_it_is_kept_as_plain_data():
    found = beside(-0.01, 0.02)
    again = Beside.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again.sentence == found.sentence and repr(again) == repr(found)
