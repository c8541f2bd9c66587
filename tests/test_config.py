import dataclasses
from typing import Any

import numpy as np
import pytest

from deepen.config import Settings, between, one_of, whole, wholes
from deepen.errors import SettingError


class Oven(Settings):
    degrees: int = 180
    fan: bool = False


def test_settings_are_frozen_and_keyword_only() -> None:
    with pytest.raises(TypeError):
        Oven(200)  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Oven().degrees = 3  # type: ignore[misc]


def test_settings_survive_their_dictionary_and_name_what_they_do_not_know() -> None:
    assert Oven.from_dict(Oven(degrees=200).to_dict()) == Oven(degrees=200)
    with pytest.raises(SettingError, match="'degres' is not a setting of Oven. Did you mean 'degrees'"):
        Oven.from_dict({"degres": 1})


class Clock(Settings):
    """Of the annotations that settings have."""

    steps: int = 1
    threads: int | None = None
    rate: float = 1.0
    size: float | int = 1


def test_a_whole_number_written_as_a_float_is_one_where_one_is_asked_for() -> None:
    read = Clock.from_dict({"steps": 1e4, "threads": 2.0, "rate": 2.0, "size": 3.0})
    assert [type(value) for value in read.to_dict().values()] == [int, int, float, float]
    assert read == Clock(steps=10_000, threads=2, rate=2.0, size=3.0)
    assert Clock.from_dict({"steps": 2.5}).steps == 2.5  # for the class itself to refuse
    assert Clock.from_dict({"steps": float("inf")}).steps == float("inf")


@pytest.mark.parametrize("value", [0, -1, 61, float("nan"), float("inf")])
def test_what_is_out_of_range_is_refused(value: float) -> None:
    with pytest.raises(SettingError, match="minutes: out of range; allowed: above 0, up to 60"):
        between("minutes", value, 0, 60, open_low=True)


def test_the_ends_of_a_range_are_in_it() -> None:
    between("share", 0, 0, 1)
    between("share", 1, 0, 1)
    one_of("size", "small", ("small", "large"))
    with pytest.raises(SettingError, match="Did you mean 'small'"):
        one_of("size", "smal", ("small", "large"))


def test_whole_numbers_alone_pass_and_only_within_their_range() -> None:
    whole("copies", 3, 1, 10)
    for value, message in (
        (2.5, "not a whole number; came: 2.5"),
        (11, "out of range"),
        (float("nan"), "out of range"),
    ):
        with pytest.raises(SettingError, match=message):
            whole("copies", value, 1, 10)


@pytest.mark.parametrize("value", ["fast", None, True, [1]])
def test_what_is_no_number_is_no_number_between(value):
    with pytest.raises(SettingError, match=r"rate: not a number; allowed: above 0; came: "):
        between("rate", value, 0, float("inf"), open_low=True)


def test_what_has_no_end_is_no_whole_number():
    with pytest.raises(SettingError, match="not a whole number"):
        whole("copies", float("inf"), 1, float("inf"))


@pytest.mark.parametrize("came", [2.0, 2.5, np.float64(2), "2"])
def test_a_count_is_an_int_of_any_library(came):
    for fine in (2, np.int64(2)):
        whole("copies", fine, 1, 100)
    with pytest.raises(SettingError, match="copies: not a "):
        whole("copies", came, 1, 100)


@pytest.mark.parametrize("wrong", [3, "34", None, [3, 2.5], [3, 0], [3, "4"], [], [3, 11]])
def test_a_list_of_whole_numbers(wrong: Any) -> None:
    with pytest.raises(SettingError, match="layers"):
        wholes("layers", wrong, 1, 10)
    for right in ([3], (1, 10), range(1, 4), np.array([3, 4])):
        wholes("layers", right, 1, 10)
    wholes("layers", [], 1, 10, least=0)
