from pathlib import Path

import pytest
from PIL import Image

from deepen.answers import Fan
from deepen.errors import DataError
from deepen.reporting.forecasts import draw


def fan(title="sales"):
    quantiles = tuple(tuple(50 + h + 3.0 * q for q in range(-3, 4)) for h in range(6))
    return Fan(
        title=title, dates=tuple(f"2000-{m:02d}" for m in range(1, 25)), before=tuple(40.0 + i for i in range(18)),
        came=tuple(float("nan") if h == 2 else 52.0 + h for h in range(6)),
        levels=(0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95), quantiles=quantiles,
        beside={"naive": (57.0,) * 6, "ridge": (1e9,) * 6},
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_forecast_has_a_panel(tmp_path: Path, count: int):
    path = draw([fan(f"series {k}") for k in range(count)], tmp_path / "fan.png")
    with Image.open(path) as image:
        assert (image.width > 1200) == (count > 1)
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50


def test_without_a_forecast_there_is_nothing_to_draw(tmp_path: Path):
    with pytest.raises(DataError, match="no forecast to draw"):
        draw([], tmp_path / "fan.png")


def test_a_fan_is_written_and_read():
    one = fan()
    assert str(Fan.from_dict(one.to_dict())) == str(one)  # as text, since NaN is not equal to itself
