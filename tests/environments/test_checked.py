from __future__ import annotations

import re

import numpy as np
import pytest

from deepen.environments.checked import NOTHING, Guard
from deepen.environments.spaces import Broken
from deepen.errors import TrainingError


def test_all_finite_numbers_pass_even_where_their_squares_do_not_fit() -> None:
    guard = Guard("mine", 10)
    guard.numbers(1, [0], np.full((1, 2), 3e38, np.float32), np.array([-3e38], np.float32))
    guard.numbers(1, [0, 1], np.zeros((2, 3, 3), np.uint8), np.zeros(2, np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_bad_number_is_named(bad: float) -> None:
    seen, rewards = np.zeros((3, 2, 2), np.float32), np.zeros(3, np.float32)
    seen[2, 1, 0] = bad
    with pytest.raises(
        TrainingError, match=rf"mine, step 1,005, copy 2, action 8: number 1, 0 .*came: {bad}"
    ):
        Guard("mine", 10).numbers(1005, [6, 7, 8], seen, rewards)
    rewards[1] = bad
    with pytest.raises(TrainingError, match=rf"copy 1, action 7: the reward is no number; came: {bad}"):
        Guard("mine", 10).numbers(1005, [6, 7, 8], seen, rewards)
    with pytest.raises(TrainingError, match="mine, at the beginning, copy 2: number"):
        Guard("mine", 10).numbers(0, None, seen)


def test_what_an_exception_means() -> None:
    guard = Guard("mine", 10)
    own = str(guard.failed(7, 1, [3, 4], NOTHING, KeyError("ball")))
    assert "mine, step 7, copy 1, action 4: the environment failed in step; came: KeyError: 'ball'" in own
    try:
        {}["ball"]
    except KeyError as error:  # raised somewhere, so that its author is told where
        assert re.search(
            r"KeyError: 'ball' \(test_checked.py, line \d+\)$",
            str(guard.failed(7, 1, [3, 4], NOTHING, error)),
        )
    four = str(guard.failed(7, 0, [3, 4], (1, 2.0, True, {}), ValueError("not enough values")))
    assert "step returned what cannot be read" in four
    assert "a tuple of 4: int, float, bool, dict" in four
    assert "(observation, reward, terminated, truncated, info)" in four
    none = str(guard.failed(7, 0, [3, 4], None, TypeError("cannot unpack")))
    assert "came: NoneType" in none
    begin = str(guard.failed(0, 0, None, np.zeros(2), TypeError("not a pair")))
    assert "at the beginning" in begin and "(observation, info)" in begin and "ndarray" in begin
    space = str(guard.failed(7, 0, [3], (0, 0, 0, 0, 0), Broken("another shape", "(2,)", "(3,)")))
    assert space == "mine, step 7, copy 0, action 3: another shape; allowed: (2,); came: (3,)"


def test_a_cut_is_noted_once() -> None:
    guard = Guard("mine", 1000)
    guard.cut(1000, 0)
    guard.cut(1001, 1)
    assert len(guard.notes) == 1 and "1,000 steps" in guard.notes[0] and "longest" in guard.notes[0]
