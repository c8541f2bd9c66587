"""The record as plain data."""

from __future__ import annotations

import json

from playing import board_player

from deepen.seeing.players import see_player


def test_plain_data_hold_findings_aims_and_trees():
    seen = see_player(board_player(), rows=30, examples=1)
    told = json.loads(json.dumps(seen.to_dict()))
    assert told["findings"] == list(seen.findings)
    assert [e["aim"] for e in told["explained"]] == ["move", "value"]
    assert list(told["trees"]) == [seen.explained[0].row]
    assert len(told["levels"]) == len(seen.levels)
