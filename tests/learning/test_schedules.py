import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepen.learning.schedules import Schedule, constant, cosine, triangle

SHAPES: list[Callable[..., Schedule]] = [triangle, cosine]
shares = st.floats(0, 1)


@pytest.mark.parametrize("shape", SHAPES)
@given(progress=shares, warmup=st.floats(0, 0.99), end=shares)
def test_always_between_the_end_and_the_peak(
    shape: Callable[..., Schedule], progress: float, warmup: float, end: float
) -> None:
    rate = shape(warmup, end)(progress)
    assert min(0.05, end) - 1e-9 <= rate <= 1 + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.3])
def test_up_to_the_peak_then_down_to_the_end(shape: Callable[..., Schedule], warmup: float) -> None:
    rate = shape(warmup, 0.1)
    up = [rate(warmup * p / 50) for p in range(50)] if warmup else []
    down = [rate(warmup + (1 - warmup) * p / 50) for p in range(51)]
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert rate(warmup) == pytest.approx(1)
    assert rate(1.0) == pytest.approx(0.1)
    if warmup:
        assert rate(0.0) == pytest.approx(0.05)


@pytest.mark.parametrize("shape", [*SHAPES, constant])
def test_without_jumps(shape: Callable[..., Schedule]) -> None:
    rate = shape()
    assert max(abs(rate(a / 1000) - rate(b / 1000)) for a, b in pairwise(range(1001))) < 0.025


def test_values() -> None:
    assert triangle(0.5)(0.25) == pytest.approx(0.05 + 0.95 / 2)
    assert triangle(0.5)(0.75) == pytest.approx(0.5)
    assert cosine(0.2)(0.4) == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert {constant()(p / 7) for p in range(8)} == {1.0}
