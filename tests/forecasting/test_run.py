"""A run as a whole: never a look into the future, what is told, and every error that a user may meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError, Stopped
from deepen.forecasting.model import Forecaster

from .conftest import months, sold, table


class Heard:
    """A watch that remembers, and may act."""

    def __init__(self, act=None) -> None:
        self.notes: list[str] = []
        self.stages: list[str] = []
        self._act = act

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        self.stages.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def understood(self, schema, rows: int) -> None:
        self.schema = schema

    def progress(self, now) -> None:
        if self._act:
            self._act(self, now)


def train(data, **options) -> Forecaster:
    made = deepen.train(_columns(data), **{"forecast": "sales", "horizon": 4, "epochs": 2, **options})
    assert isinstance(made, Forecaster)
    return made


def _columns(data):
    return {name: data[name].to_pylist() for name in data.names} if not isinstance(data, str | Path) else data


@pytest.fixture(scope="module")
def heard():
    return Heard()


@pytest.fixture(scope="module")
def model(heard, tmp_path_factory):
    from deepen.data.cache import Cache

    data = table(month=months(96), sales=sold(96))
    return train(data, watch=heard, cache=Cache(tmp_path_factory.mktemp("cache")), epochs=8)


def test_the_net_and_the_simple_forecasts_are_scored_side_by_side(model):
    assert list(model.scores) == ["test", "naive", "seasonal naive", "drift", "smoothing", "ridge"]
    for name in model.scores:
        assert list(model.scores[name].measures) == [
            "mase", "smape", "rmse", "mae", "mse_standardised", "mae_standardised", "pinball", "coverage_80",
            "coverage_90",
        ]  # fmt: skip
    assert model.score.headline.value < model.scores["seasonal naive"].headline.value


def test_it_tells_what_it_understood_tried_and_found(model, heard):
    said = " ".join(heard.notes)
    for word in (
        "time: month",
        "a season of 12 months",
        "split by time",
        "chosen by pinball loss",
        "tried: linear",
        "MASE",
    ):
        assert word in said
    assert (
        heard.stages.index("simple forecasts first")
        < heard.stages.index("training")
        < heard.stages.index("scoring")
    )
    assert set(model.notes) <= set(heard.notes)


@pytest.mark.parametrize("part", ["test", "after the validation part begins"])
def test_poisoning_the_future_changes_nothing_that_is_learned(part):
    border = {"test": 77, "after the validation part begins": 58}[part]
    wild = 1e5 * np.random.default_rng(1).random(96) + 1
    whole = [sold(96), sold(96, 1), sold(96, 2)]
    poisoned = [np.where(np.arange(96) < border, values, wild) for values in whole]
    asked = {"epochs": None, "steps": 3, "future": ["price"]}
    one, other = (
        train(table(month=months(96), sales=a, rain=b, price=c), **asked) for a, b, c in (whole, poisoned)
    )
    assert one.season == other.season
    assert one.scaling.to_dict() == other.scaling.to_dict()
    assert one.inputs == other.inputs
    if part == "test":  # the validation part chooses, and the last fit learns from it
        for a, b in zip(one.net.state_dict().values(), other.net.state_dict().values(), strict=True):
            assert np.array_equal(a.numpy(), b.numpy())
        assert np.array_equal(one.factors, other.factors)


def test_poisoning_what_comes_after_an_origin_changes_no_forecast(model):
    data = {"month": months(60), "sales": sold(60)}
    series = model.read({**data, "sales": data["sales"].tolist()})
    poisoned = model.read({**data, "sales": [*sold(60)[:40].tolist(), *[9e9] * 20]})
    at = np.array([40])
    scale = model.scaling.to(series)
    a, b = (model.quantiles(s, model.windows(s, scale), at) for s in (series, poisoned))
    assert np.array_equal(a, b)


def test_series_columns_and_what_is_known_ahead(tmp_path):
    rng = np.random.default_rng(0)
    price = rng.choice([1.0, 2.0], 2 * 80)
    values = np.concatenate([sold(80), 10 * sold(80, 1)]) - 40 * price * np.repeat([1, 10], 80)
    data = table(
        month=months(80) * 2, sales=values, price=price, weather=["dry", "wet"] * 80, store=["a"] * 80 + ["b"] * 80
    )  # fmt: skip
    made = train(data, group="store", future=["price"], epochs=40)
    assert made.score.headline.value < 0.85 * made.scores["ridge"].headline.value  # prices are half of it
    ahead = {
        "month": [*months(84), *months(84)], "store": ["a"] * 84 + ["b"] * 84,
        "sales": [*values[:80], *[None] * 4, *values[80:], *[None] * 4], "weather": ["dry"] * 168,
    }  # fmt: skip
    cheap, dear = (
        made.predict({**ahead, "price": [*price[:80], *[p] * 4, *price[80:], *[p] * 4]}) for p in (1.0, 2.0)
    )
    assert cheap.series == ("a", "b")
    assert (cheap.values > dear.values).all()
    past = [row for row, month in enumerate(ahead["month"]) if month < "2006-09"]
    without = {
        name: [values[row] for row in past] for name, values in {**ahead, "price": [1.0] * 168}.items()
    }
    with pytest.raises(
        DataError, match="what is known ahead .price. is not given .* 4 rows .*; came: 0 rows"
    ):
        made.predict(without)
    new = made.predict(
        {
            "month": months(40), "store": ["new"] * 40, "sales": [*sold(36).tolist(), *[None] * 4],
            "price": [1.0] * 36 + [2.0] * 4, "weather": ["dry"] * 40,
        }
    )  # fmt: skip
    assert new.series == ("new",)
    assert np.isfinite(new.values).all()


def test_several_targets_are_forecast_together():
    data = table(month=months(96), sales=sold(96), returns=sold(96, 1) / 10)
    made = train(data, forecast=["sales", "returns"], epochs=1)
    found = made.predict(_columns(data))
    assert found.quantiles.shape == (1, 4, 2, 7)
    assert found.columns[:3] == ("date", "sales", "sales 5%")


def test_a_random_walk_is_called_one():
    walk = 100 + np.random.default_rng(0).normal(size=300).cumsum()
    made = train(table(day=[str(np.datetime64("2020-01-01") + i) for i in range(300)], sales=walk), epochs=1)
    assert any("the naive forecast" in note or "no better than" in note for note in made.notes)


def test_a_budget_in_epochs_can_be_repeated_and_resumed(tmp_path):
    data = table(month=months(96), sales=sold(96))
    whole = train(data, epochs=12, checkpoints=tmp_path / "one")

    def act(watch: Heard, now) -> None:
        if watch.stages[-1] == "training" and now.step >= 1:
            stop.set("a test")

    stop = StopFlag()
    part = train(data, epochs=12, checkpoints=tmp_path / "two", watch=Heard(act), stop=stop)
    after = Heard()
    resumed = train(data, epochs=12, checkpoints=tmp_path / "two", watch=after)
    assert not [stage for stage in after.stages if stage.startswith("trying")]
    assert whole.history.moments[-1].step > 1, "the training is too short to be interrupted"
    assert part.history.ended == "stopped by a test"
    for a, b in zip(whole.net.state_dict().values(), resumed.net.state_dict().values(), strict=True):
        assert np.array_equal(a.numpy(), b.numpy())
    assert str(whole.score) == str(resumed.score)


def test_a_stop_before_there_is_anything_to_keep():
    stop = StopFlag()
    stop.set("a test")
    with pytest.raises(Stopped):
        train(table(month=months(96), sales=sold(96)), stop=stop)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"horizon": None}, "--forecast: how many steps ahead"),
        ({"horizon": 0}, "--horizon: out of range"),
        ({"future": ["sales"]}, "--future: what is to be forecast is not known ahead"),
        ({"forecast": "sale"}, "there is no column 'sale'. Did you mean 'sales'"),
        ({"forecast": []}, "--forecast: names no column"),
        ({"target": "sales"}, "--target"),
        ({"balance": True}, "--balance: does not belong to a forecast"),
        ({"forecast": None}, "--horizon: belongs to a forecast"),
    ],
)
def test_wrong_options_are_refused(shop, options, named):
    with pytest.raises(SettingError, match=named):
        train(shop, **options)


def test_a_series_that_is_too_short_is_refused():
    with pytest.raises(DataError, match="too short for the horizon"):
        train(table(month=months(20), sales=sold(20)), horizon=12)


def test_a_target_that_is_no_number_is_refused(shop):
    with pytest.raises(DataError, match="column 'sales': not a number; came: 'none'"):
        train(table(month=months(40), sales=["none", *map(str, sold(39))]))


@pytest.mark.data
def test_airline_passengers_are_foretold_better_than_by_the_year_before(data_folder):
    source = data_folder / "series" / "airline-passengers.csv"
    if not source.is_file():
        pytest.skip(f"needs {source}")
    made = deepen.train(source, forecast="Passengers", horizon=12, steps=60, test_share=24 / 144)
    assert made.score["mase"].value < 1.0
    assert made.score["mase"].value < made.scores["seasonal naive"]["mase"].value
