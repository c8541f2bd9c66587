"""What can be said of a training: refused at once where it is out of range or contradicts itself, and plain data."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deepen.errors import SettingError
from deepen.training.options import DEFAULT_MINUTES, Options

FORECAST = {"forecast": "sales", "horizon": 3}


def test_five_minutes_where_nothing_is_said() -> None:
    assert Options().budget.minutes == DEFAULT_MINUTES == 5
    assert Options(epochs=3).minutes is None and Options(steps=7).budget.steps == 7
    assert Options(minutes=math.inf).minutes == math.inf


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 3, "epochs": 2}, "minutes, epochs and steps exclude one another"),
        ({"minutes": math.nan}, "minutes: out of range"),
        ({"test_share": 0.95}, "--test-share: out of range; allowed: 0 or more, up to 0.9; came: 0.95"),
        ({"valid_share": -0.1}, "--valid-share: out of range"),
        ({"shallow_share": 1}, "--shallow-share: out of range"),
        ({"allow_bad": 1.1}, "--allow-bad: out of range"),
        ({"image_size": 3}, "--image-size: out of range; allowed: 4 or more, up to 4096; came: 3"),
        ({"image_size": 32.5}, "--image-size: not a whole number; came: 32.5"),
        ({"batch": 0}, "--batch: out of range"),
        ({"batch": 8.5}, "--batch: not a whole number"),
        ({"batch": math.nan}, "--batch: out of range"),
        ({"seed": -1}, "--seed: out of range"),
        ({"seed": 0.5}, "--seed: not a whole number"),
        ({"rate": 0}, "--rate: out of range; allowed: above 0"),
        ({"level_rate": 0}, "--level-rate: out of range"),
        ({"freeze": -1}, "--freeze: out of range"),
        ({"freeze": "most"}, "--freeze: not a number of levels; allowed: all, or a number; came: 'most'"),
        ({"freeze": 2.5}, "--freeze: not a number of levels"),
        ({"freeze": [1]}, "--freeze: not a number of levels"),
        ({"reader": "lsmt"}, "--reader: 'lsmt' is not known.*Did you mean 'lstm'"),
        ({"size": "smal"}, "Did you mean 'small'"),
        ({"size": "-1"}, "size"),
        ({"drop": "id"}, "drop: a list of names is needed; came: 'id'"),
        ({"keep": "id"}, "keep: a list of names"),
        ({"input": "id"}, "input: a list of names"),
        ({"without": "id"}, "without: a list of names"),
        ({**FORECAST, "future": "price"}, "future: a list of names"),
        ({"class_weights": {"a": -1}}, "class_weights, 'a': out of range"),
        ({"class_weights": {"a": math.nan}}, "class_weights, 'a': out of range"),
        (
            {"class_weights": [1, 2]},
            r"class_weights: a weight by the name of each class is needed; came: \[1, 2\]",
        ),
        ({"class_weights": {"a": 1}, "balance": True}, "alike or by their weights, not both"),
        (
            {"label_from": "name:0:_", "target": "y"},
            "--label-from, --target: one column cannot be named and taken",
        ),
        ({"group_from": "folder:0", "group": "who"}, "--group-from, --group"),
        ({"group_from": "folder:0", "time": "day"}, "by group or by time, not both"),
        ({"label_from": "name"}, "--label-from: not a form of names"),
    ],
)
def test_what_is_out_of_range_or_contradicts_itself(options, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Options(**options)


@pytest.mark.parametrize("name", ["horizon", "lookback", "season"])
def test_what_belongs_to_a_forecast_needs_one(name: str) -> None:
    with pytest.raises(SettingError, match=f"--{name}: belongs to a forecast.*--forecast"):
        Options(**{name: 4})
    assert getattr(Options(**{**FORECAST, name: 4}), name) == 4
    with pytest.raises(SettingError, match=f"--{name}: not a whole number"):
        Options(**{**FORECAST, name: 4.5})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": None}, "how many steps ahead to forecast is missing.*--horizon 12"),
        ({"forecast": []}, "--forecast: names no column"),
        ({"target": "sales"}, "--target: what is forecast is named by --forecast alone"),
        ({"size": "tiny"}, "--size: does not belong to a forecast"),
        ({"label_from": "name:0:_"}, "--label-from: does not belong to a forecast"),
        ({"class_weights": {"a": 1}}, "--class-weights: does not belong to a forecast"),
        (
            {"future": ["price", "sales"]},
            "--future: what is to be forecast is not known ahead; came: 'sales'",
        ),
    ],
)
def test_what_a_forecast_needs_and_refuses(options, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Options(**{**FORECAST, **options})


def test_one_column_or_several_are_forecast() -> None:
    assert Options().forecasts == ()
    assert Options(**FORECAST).forecasts == ("sales",)
    assert Options(forecast=["a", "b"], horizon=1).forecasts == ("a", "b")


@pytest.mark.parametrize(("said", "size"), [(None, None), ("tiny", "tiny"), ("2.5", 2.5), (0.5, 0.5)])
def test_a_size_is_a_name_or_a_number_that_may_have_come_as_text(said, size) -> None:
    assert Options(size=said).net_size == size


def test_levels_to_hold_may_have_come_as_text() -> None:
    assert Options(freeze="2").freeze == 2 and Options(freeze="all").freeze == "all"
    assert Options(batch=np.int64(8), seed=np.int64(3)).batch == 8


def test_as_plain_data_and_back_it_is_the_same() -> None:
    options = Options(epochs=3, target=["a", "b"], freeze="2", kinds={"a": "text"}, drop=["id"], size="0.5")
    assert Options.from_dict(options.to_dict()) == options
    with pytest.raises(SettingError, match="'epoch' is not a setting of Options. Did you mean 'epochs'"):
        Options.from_dict({"epoch": 1})
