"""Filters over kinds of things: all channels of all units, or the first ones."""

from __future__ import annotations

import numpy as np
from PIL import Image

from deepen.reporting.filter_table import draw_filter_table


def test_units_beyond_the_most_are_counted_and_not_drawn(tmp_path):
    weights = np.random.default_rng(0).normal(size=(40, 4, 3, 3))
    said = draw_filter_table(tmp_path / "a.png", "Filters", weights, most=20)
    assert said == "Filters: 20 of 40 units, a column for each of 4 channels; red excites, blue inhibits."
    assert "2 units" in draw_filter_table(tmp_path / "b.png", "Filters", weights[:2] * 0)
    with Image.open(tmp_path / "a.png") as many, Image.open(tmp_path / "b.png") as few:
        assert many.width > few.width and many.height > few.height


def test_channels_that_have_names_are_called_by_them(tmp_path):
    weights = np.random.default_rng(0).normal(size=(4, 2, 3, 3))
    said = draw_filter_table(tmp_path / "a.png", "Filters", weights, ("ball", "enemy bullet"))
    assert "a column for each of 2 channels (ball, enemy bullet)" in said
    draw_filter_table(tmp_path / "b.png", "Filters", weights)
    with Image.open(tmp_path / "a.png") as named, Image.open(tmp_path / "b.png") as numbered:
        assert named.height > numbered.height
