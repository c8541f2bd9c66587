"""What the commands share: options of the data as plain data, and what a source is called."""

import pytest

from deepen.cli.common import about_data, stem
from deepen.errors import SettingError

NOTHING = {"target": None, "input": None, "kind": None, "drop": None, "keep": None, "without": None}


def test_one_target_is_a_name_and_several_are_a_list() -> None:
    assert about_data(**{**NOTHING, "target": ["a"]})["target"] == "a"
    assert about_data(**{**NOTHING, "target": ["a", "b"]})["target"] == ["a", "b"]
    nothing = about_data(**NOTHING)
    assert nothing["target"] is None
    assert all(nothing[name] == [] for name in ("input", "drop", "keep", "without"))


def test_kinds_are_parted_at_their_last_sign() -> None:
    assert about_data(**{**NOTHING, "kind": ["zip=category", "a=b=text"]})["kinds"] == {
        "zip": "category",
        "a=b": "text",
    }
    for wrong in ("zip", "=text"):
        with pytest.raises(SettingError, match="--kind: not of the form NAME=KIND"):
            about_data(**{**NOTHING, "kind": [wrong]})


def test_a_source_is_called_without_its_endings() -> None:
    assert [stem(s) for s in ("a/photos/", "b.tar.gz", "C.CSV.GZ", "d.csv")] == ["photos", "b", "C", "d"]
    assert stem("/") == "data"
