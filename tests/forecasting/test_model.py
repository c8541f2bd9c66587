import csv
import json

import numpy as np
import pytest

import deepen
from deepen.data.cache import Cache
from deepen.errors import DataError, FolderError
from deepen.forecasting.model import Forecaster

from .conftest import months, sold

DATA = {"month": months(96), "sales": sold(96).tolist()}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    return deepen.train(DATA, forecast="sales", horizon=4, epochs=6, cache=cache)


def test_what_is_to_come_follows_the_last_value(model):
    found = model.predict(DATA)
    assert found.dates == (("2008-01", "2008-02", "2008-03", "2008-04"),)
    assert found.values.shape == (1, 4, 1)
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()
    truth = 200 + 0.5 * np.arange(96, 100) + 30 * np.sin(2 * np.pi * np.arange(96, 100) / 12)
    assert np.abs(found.values.ravel() - truth).max() < 15


def test_a_forecaster_that_was_saved_forecasts_alike(model, tmp_path):
    place = model.save(tmp_path / "saved")
    loaded = deepen.load(place)
    assert isinstance(loaded, Forecaster)
    assert np.array_equal(loaded.predict(DATA).quantiles, model.predict(DATA).quantiles)
    assert loaded.scores == dict(model.scores)
    assert loaded.fans == model.fans
    assert (loaded.history, loaded.notes) == (model.history, model.notes)
    assert json.loads((place / "model.json").read_text())["form"] == "forecast"


def test_the_card_tells_of_it(model, tmp_path):
    text = (model.save(tmp_path / "saved") / "README.md").read_text()
    for word in ("**sales**", "4 months ahead", "| mase |", "seasonal naive", "chosen by pinball loss"):
        assert word in text


def test_the_forecast_is_written_as_a_table(model, tmp_path):
    model.predict(DATA).write_csv(tmp_path / "next.csv")
    with (tmp_path / "next.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["date", "sales", *(f"sales {q}%" for q in (5, 10, 25, 75, 90, 95))]
    assert rows[1][0] == "2008-01"
    assert float(rows[1][2]) <= float(rows[1][1]) <= float(rows[1][-1])
    assert len(rows) == 5


def test_other_data_are_scored_from_every_origin(model):
    longer = {"month": months(120), "sales": sold(120).tolist()}
    score = model.evaluate(longer)
    assert score["mase"].n == 120 - 4 + 1 - model.net.settings.lookback
    assert score["mase"].value < 1.0


def test_too_little_is_not_scored(model):
    with pytest.raises(DataError, match="too short to be scored"):
        model.evaluate({"month": months(4), "sales": sold(4).tolist()})


def test_a_column_that_lacks_is_named(model):
    with pytest.raises(DataError, match="there is no column 'sales'. Did you mean 'sale'"):
        model.predict({"month": months(40), "sale": sold(40).tolist()})


def test_the_last_forecasts_are_drawn(model, tmp_path):
    assert model.plot(tmp_path / "fan.png").stat().st_size > 10_000


def test_a_folder_of_another_form_or_a_newer_one_is_refused(model, tmp_path):
    from deepen.compute import folders

    place = model.save(tmp_path / "saved")
    data = json.loads((place / "model.json").read_text())
    weights = (place / "weights.safetensors").read_bytes()
    for change, named in (
        ({"format": 99}, "newer"),
        ({"form": ""}, "does not hold a forecaster"),
        ({"season": None, "net": {}}, "damaged"),
    ):
        other = tmp_path / "other"
        with folders.staged(other, kind="model") as stage:
            folders.write_json(stage / "model.json", {**data, **change})
            (stage / "weights.safetensors").write_bytes(weights)
        with pytest.raises(FolderError, match=named):
            Forecaster.load(other)
