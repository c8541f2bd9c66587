import json

import pytest

from deepen.evidence.contest import Contestant
from deepen.evidence.from_nothing import FROM_NOTHING, THIS_NET, FromNothing
from deepen.evidence.paired import Paired


def found(low, high, measure="accuracy"):
    middle = (low + high) / 2
    paired = Paired(measure, 0.8 + middle, 0.8, low, high, 9, 9, 1.0, 500)
    learners = (Contestant(FROM_NOTHING, 300, 58.4, 0.7), Contestant(THIS_NET, 300, 221.0, float("nan")))
    return FromNothing(FROM_NOTHING, learners, paired, 58.4, 300)


@pytest.mark.parametrize(
    ("ends", "said", "first"),
    [((0.01, 0.03), "What was learned before makes a difference of +2.0 [+1.0, +3.0]: a net from nothing has 80.0 % "
      "after 58 s, this one 82.0 % after 221 s.", False),
     ((-0.01, 0.02), "A net from nothing is as good here, as far as 500 rows tell (80.0 % after 58 s, this one 80.5 % "
      "after 221 s, difference +0.5 [-1.0, +2.0]).", True),
     ((-0.05, -0.01), "A net from nothing is better here (80.0 % after 58 s, this one 77.0 % after 221 s, difference "
      "-3.0 [-5.0, -1.0]): what was learned before has not paid.", True)],
)  # fmt: skip
def test_what_is_said_and_whether_first(ends, said, first):
    assert (found(*ends).sentence, found(*ends).first) == (said, first)


def test_numbers_are_told_by_r2():
    assert (
        "difference of +0.020 [+0.010, +0.030]: a net from nothing has R² 0.800"
        in found(0.01, 0.03, "r2").sentence
    )


def test_it_is_kept_as_plain_data():
    again = FromNothing.from_dict(json.loads(json.dumps(found(-0.01, 0.02).to_dict(), allow_nan=False)))
    assert isinstance(again, FromNothing)
    assert again.sentence == found(-0.01, 0.02).sentence
    assert repr(again) == repr(found(-0.01, 0.02))
