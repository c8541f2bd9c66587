import json

from deepen.records import History, Measure, Moment, Score


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


def test_a_figure_without_an_interval_is_shown_without() -> None:
    assert str(Measure("return", 475.0, 475.0, 475.0, "published", 0)) == "return 475"
    assert not Measure("best_return", 9.0, 9.0, 9.0, "largest", 20).has_interval
    assert not Measure("mase", 1.0, 1.0, 1.0, "none", 1).has_interval
    assert Score({}, part="100 episodes").heading == "100 episodes" and score().heading == "test part"
