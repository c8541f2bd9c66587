import csv
import json

import numpy as np

from deepen.records import History, Measure, Moment, Predictions, Score, Tagged


def score() -> Score:
    found = {
        "accuracy": Measure("accuracy", 0.9, 0.8, 0.95, "wilson", 50),
        "rmse": Measure("rmse", 12345.6, 1, 2, "b", 5),
    }
    return Score(found, ("a", "b"), ((20, 5), (0, 25)))


def test_records_survive_json() -> None:
    assert Score.from_dict(json.loads(json.dumps(score().to_dict()))) == score()
    history = History((Moment(3, 0.5, 1.0, 0.1, 2.0, {"loss": 2.1}),), ("skipped",), "stopped by Ctrl-C")
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history


def test_a_score_shows_its_headline_and_knows_which_way_is_better() -> None:
    assert str(score()) == "test accuracy 0.900 [0.800, 0.950]"
    assert float(score()) == 0.9
    assert score()["accuracy"].better == "higher"
    assert score()["rmse"].better == "lower"
    assert str(score()["rmse"]).startswith("rmse 1.235e+04")


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


def test_a_figure_without_an_interval_is_shown_without() -> None:
    assert str(Measure("return", 475.0, 475.0, 475.0, "published", 0)) == "return 475"
    assert not Measure("best_return", 9.0, 9.0, 9.0, "largest", 20).has_interval
    assert not Measure("mase", 1.0, 1.0, 1.0, "none", 1).has_interval
    assert Score({}, part="100 episodes").heading == "100 episodes" and score().heading == "test part"
