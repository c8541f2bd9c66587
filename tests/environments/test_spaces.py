from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deepen.environments.spaces import Broken, read_actions, read_observations
from deepen.errors import SettingError
from deepen.shapes import Grid, Vector

gymnasium = pytest.importorskip("gymnasium")
spaces = gymnasium.spaces


def written(space: Any, seen: Any) -> np.ndarray:
    reading = read_observations(space, "mine")
    row = np.full(reading.size, 7, reading.dtype)  # what stood there before must not matter
    reading.write(row, seen)
    return row


FLAT = [
    spaces.Box(-1, 1, (3,)),
    spaces.Box(-1, 1, ()),
    spaces.Box(-1, 1, (2, 3), np.float64),
    spaces.Discrete(5, start=-2),
    spaces.MultiBinary((2, 2)),
    spaces.MultiDiscrete([[2, 3], [4, 5]], start=[[0, -1], [3, 2]]),
    spaces.MultiDiscrete([6]),
    spaces.Dict(b=spaces.Discrete(3), a=spaces.Tuple((spaces.Box(0, 1, (2, 2)), spaces.MultiBinary(3)))),
]


@pytest.mark.parametrize("space", FLAT, ids=str)
def test_a_vector_is_what_flatten_gives(space: Any) -> None:
    space.seed(0)
    assert read_observations(space, "mine").shape == Vector(spaces.flatdim(space))
    for _ in range(20):
        seen = space.sample()
        assert written(space, seen).tolist() == spaces.flatten(space, seen).astype(np.float32).tolist()


@pytest.mark.parametrize(
    ("shape", "grid", "turned"),
    [
        ((6, 5, 3), Grid(3, 6, 5), (2, 0, 1)),
        ((4, 6, 5), Grid(4, 6, 5), (0, 1, 2)),
        ((6, 5, 12), Grid(6, 5, 12), (0, 1, 2)),
        ((3, 3, 3), Grid(3, 3, 3), (2, 0, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.bool_, np.float32])
def test_pictures_have_their_channels_first(shape: Any, grid: Grid, turned: Any, dtype: Any) -> None:
    seen = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    reading = read_observations(spaces.Box(0, 1, shape, dtype), "mine")
    assert (reading.shape, reading.dtype) == (grid, dtype)
    np.testing.assert_array_equal(written(spaces.Box(0, 1, shape, dtype), seen), seen.transpose(turned))


def test_a_grey_picture_has_one_channel_and_a_matrix_of_numbers_is_a_vector() -> None:
    assert read_observations(spaces.Box(0, 255, (4, 5), np.uint8), "mine").shape == Grid(1, 4, 5)
    assert read_observations(spaces.Box(0, 1, (4, 5)), "mine").shape == Vector(20)
    assert read_observations(spaces.Box(0, 9, (4, 5, 3), np.int64), "mine").dtype == np.float32


def test_other_number_types_pass_where_nothing_is_lost() -> None:
    assert written(spaces.Box(-1, 1, (2,)), [0.5, 1]).tolist() == [0.5, 1]
    assert written(spaces.Box(-1, 1, (2,)), np.array([1.0, 2.0])).tolist() == [1, 2]
    pixels = spaces.Box(0, 255, (2, 2), np.uint8)
    assert written(pixels, np.full((2, 2), 255)).tolist() == [[[255, 255], [255, 255]]]
    for wrong in (np.full((2, 2), 256), np.full((2, 2), -1), np.full((2, 2), 0.5), np.full((2, 2), "a")):
        with pytest.raises(Broken, match="another type"):
            written(pixels, wrong)
    for wrong in (["a", "b"], [None, 1], np.array([1j, 2])):
        with pytest.raises(Broken, match="another type"):
            written(spaces.Box(-1, 1, (2,)), wrong)


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 1), ()])
def test_another_shape_is_refused_even_where_numpy_would_stretch_it(shape: Any) -> None:
    with pytest.raises(Broken, match="another shape") as raised:
        written(spaces.Box(-1, 1, (2,)), np.zeros(shape))
    assert str(shape) in raised.value.came


def test_choices_outside_their_space_are_refused() -> None:
    for seen in (0, 4):
        with pytest.raises(Broken, match="outside"):
            written(spaces.Discrete(3, start=1), seen)
    for seen in ([0, 3], [-1, 0]):
        with pytest.raises(Broken, match="outside"):
            written(spaces.MultiDiscrete([2, 3]), np.array(seen))
    for wrong in (np.array([0.0, 1.0]), np.array([1])):
        with pytest.raises(Broken, match="another shape or type"):
            written(spaces.MultiDiscrete([2, 3]), wrong)


def test_what_no_net_can_read_is_named_with_its_place() -> None:
    space = spaces.Dict(image=spaces.Box(0, 1, (2,)), mission=spaces.Text(5))
    with pytest.raises(SettingError, match=r"mine, part 'mission'.*Text"):
        read_observations(space, "mine")
    with pytest.raises(SettingError, match=r"vector; allowed: 1 to 100,000 numbers; came: 200,000"):
        read_observations(spaces.Discrete(200_000), "mine")
    with pytest.raises(SettingError, match="came: 0"):
        read_observations(spaces.Box(0, 1, (0,)), "mine")


def test_every_combination_of_actions_once() -> None:
    assert read_actions(spaces.Discrete(3, start=-1), "mine") == [-1, 0, 1]
    assert read_actions(4, "mine") == [0, 1, 2, 3]
    for space, n in (
        (spaces.MultiDiscrete([2, 3], start=[1, 0]), 6),
        (spaces.MultiBinary(3), 8),
        (spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3, start=5))), 6),
    ):
        actions = read_actions(space, "mine")
        assert len(actions) == n == len({str(a) for a in actions})
        assert all(space.contains(a) or space.contains(tuple(map(np.int64, a))) for a in actions)


def test_a_space_derived_from_one_of_gymnasiums_is_that_one() -> None:
    class Mine(spaces.Discrete):
        pass

    assert read_actions(Mine(2), "mine") == [0, 1]


def test_actions_without_a_number_are_refused_with_what_to_do() -> None:
    with pytest.raises(SettingError, match=r"Pendulum.*not discrete.*Box.*DiscretizeAction"):
        read_actions(spaces.Box(-2, 2, (1,)), "Pendulum")
    with pytest.raises(SettingError, match=r"too many.*up to 1024.*came: 59,049"):
        read_actions(spaces.MultiDiscrete([3] * 10), "mine")
    with pytest.raises(SettingError, match="no actions"):
        read_actions(0, "mine")
    with pytest.raises(SettingError, match="came: str"):
        read_actions("left", "mine")
