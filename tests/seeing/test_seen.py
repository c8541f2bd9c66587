"""The record: its sentences say what was measured, and nothing else."""

from __future__ import annotations

import json

import numpy as np

from deepen.nets.axes import Axis
from deepen.nets.levels import Level
from deepen.records import Measure
from deepen.seeing.preferred import Preferred
from deepen.seeing.seen import Explained, Probed, Seen

FIELD = {"image x": (None, None, Axis(2).filtered(5), Axis(3).filtered(3))}
LEVELS = (
    Level("level 1", "a", ("image x",), 1024, (7, 9), FIELD),
    Level("level 2", "b", ("image x",), 3),
)  # fmt: skip


def seen() -> Seen:
    measures = tuple(Measure("accuracy", v, v - 0.02, v + 0.02, "wilson", 50) for v in (0.5, 0.7, 0.9))
    best = Preferred(np.array([[1, 0]] * 3), np.array([[2.0, 1.0]] * 3), np.zeros((3, 2, 0), dtype=int))
    return Seen(
        LEVELS, {"image x": "image"}, rows=("a.png", "b.png"), preferred={"level 2": best}, silent={"level 2": 1},
        units={"level 2": (0, 2)}, probed=(Probed("digit", "many classes", measures[0], measures[1:], 0.1),),
        similarity=np.eye(2), excited={"level 2": np.array([5.0, 6.0])},
        explained=(Explained("a.png", "3", None, {}, {}, {}, 2.0, 0.03, 64),),
    )  # fmt: skip


def test_a_sentence_for_each_level():
    assert seen().sentences == (
        "level 1 of 2: 1,024 units on 7 x 9 places; receptive field 5 x 3 px; probe for 'digit' 70.0 % [68.0, 72.0]",
        "level 2 of 2: 3 units; sees all; probe for 'digit' 90.0 % [88.0, 92.0]; 1 unit silent on all rows",
    )


def test_plain_data_are_json_and_complete():
    data = json.loads(json.dumps(seen().to_dict()))
    first, second = data["levels"]
    assert first["receptive_field"] == {"image x": [5, 3]}
    assert second["preferred"]["2"][0] == {"row": "b.png", "value": 2.0, "place": []}
    assert second["synthesised"] == {"0": 5.0, "2": 6.0}
    assert data["probes"][0]["levels"]["level 2"]["value"] == 0.9
    assert data["explained"][0]["complete"] is False
