"""A shop's monthly sales: a trend, a season, and prices that are known ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.table import Table


def table(**columns: Any) -> Table:
    """A table as a text file gives it, or of numbers."""
    return Table(
        {name: pa.chunked_array([list(values)]) for name, values in columns.items()}, origin="shop.csv"
    )


def months(count: int, start: str = "2000-01") -> list[str]:
    return [str(m) for m in np.datetime64(start) + np.arange(count)]


def sold(count: int, seed: int = 0) -> np.ndarray:
    t, rng = np.arange(count), np.random.default_rng(seed)
    return np.round(200 + 0.5 * t + 30 * np.sin(2 * np.pi * t / 12) + 4 * rng.normal(size=count), 2)


@pytest.fixture
def shop() -> Table:
    return table(month=months(96), sales=sold(96))
