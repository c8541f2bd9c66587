from pathlib import Path

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.evaluation import Bin, Reliability
from deepen.evidence.intervals import wilson
from deepen.reporting.reliability import _apart, draw


def one(said, right, n):
    return Bin(said - 0.001, said + 0.001, said, right / n, *wilson(right, n), n)


def test_bins_on_one_another_are_joined_and_lose_no_answer() -> None:
    bins = (one(0.5, 11, 20), one(0.97, 19, 20), one(0.98, 38, 40), one(0.99, 20, 20))
    low, high = _apart(bins)
    assert low == bins[0]
    assert (high.n, high.happened * high.n) == (80, pytest.approx(77))
    assert high.said == pytest.approx((0.97 + 2 * 0.98 + 0.99) / 4)
    assert (high.low, high.high) == wilson(77, 80)
    assert (high.least, high.most) == (bins[1].least, bins[3].most)


@pytest.mark.parametrize("count", [1, 9])
def test_it_is_drawn(tmp_path: Path, count: int) -> None:
    bins = tuple(one(p, round(30 * p), 30) for p in np.linspace(0.4, 0.999, count))
    assert draw(Reliability(bins, None), tmp_path / "r.png").stat().st_size > 5000


def test_numbers_have_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no reliability"):
        draw(None, tmp_path / "r.png")
