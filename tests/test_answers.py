import csv
import json

import numpy as np

from deepen.answers import Predictions, Tagged


def test_predictions_write_one_line_for_each_example(tmp_path) -> None:
    found = Predictions(("a", ("x", "y")), ("one", "two"), ("a", "b"), np.array([[0.75, 0.25], [0.5, 0.5]]))
    found.write_csv(tmp_path / "p.csv")
    rows = list(csv.reader((tmp_path / "p.csv").read_text().splitlines()))
    assert rows[0] == ["example", "prediction", "p(a)", "p(b)"]
    assert rows[1] == ["one", "a", "0.750000", "0.250000"]
    assert rows[2][1] == "x|y"
    assert (len(found), found[0], list(found)) == (2, "a", ["a", ("x", "y")])


def test_tags_are_written_by_the_ending(tmp_path) -> None:
    found = Tagged(
        (("B-PER", "O"), ()),
        ("line 1", "line 4"),
        ("O", "B-PER"),
        None,
        ((0.9, 0.8), ()),
        (("Änn", "a b"), ()),
    )
    for name in ("t.csv", "t.jsonl", "t.conll", "t.iob"):
        found.write(tmp_path / name)
    rows = list(csv.reader((tmp_path / "t.csv").read_text().splitlines()))
    assert rows[0] == ["example", "place", "token", "tag", "confidence"]
    assert rows[1:] == [["line 1", "1", "Änn", "B-PER", "0.900000"], ["line 1", "2", "a b", "O", "0.800000"]]
    first, second = map(json.loads, (tmp_path / "t.jsonl").read_text().splitlines())
    assert first == {
        "example": "line 1",
        "tokens": ["Änn", "a b"],
        "tags": ["B-PER", "O"],
        "confidence": [0.9, 0.8],
    }
    assert second == {"example": "line 4", "tokens": [], "tags": [], "confidence": []}
    assert (tmp_path / "t.conll").read_text() == "Änn\tB-PER\na b\tO\n\n"
    assert (tmp_path / "t.iob").read_text() == (tmp_path / "t.conll").read_text()
    assert [found.shown(at) for at in (0, 1)] == ["Änn/B-PER a b/O  0.800", "nothing"]


def test_tags_of_steps_are_shown_as_spans(tmp_path) -> None:
    found = Tagged((("up", "up", "down"),), ("row 1",), ("up", "down"), None, ((0.9, 0.7, 0.8),))
    assert found.shown(0) == "up 1-2, down 3-3  0.700"
    found.write(tmp_path / "t.conll")
    assert (tmp_path / "t.conll").read_text().splitlines()[0] == "example,place,tag,confidence"
