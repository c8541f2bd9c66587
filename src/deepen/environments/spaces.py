"""From Gymnasium's spaces to what a net reads and what a number of an action means.

A space is known by its class's name, so that neither Gymnasium nor a base class of it is needed for a class of one's
own, and so that the older ``gym``'s spaces are understood as well. What is no picture becomes one vector, in the order
of ``gymnasium.spaces.flatten``: numbers as they are, a choice of n as n zeros and ones.

Legend: N numbers, C channels, H rows, W columns, S the shape of one observation: (N,) or (C, H, W).
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepen.errors import SettingError
from deepen.shapes import Grid, Vector

__all__ = ["Broken", "Reading", "read_actions", "read_observations"]

Array = NDArray[Any]
Write = Callable[[Array, Any], None]  # (row of S, observation): fills the row

MANY_ACTIONS = 1024  # of several choices at once; a net has an output for each combination (assumed)
MANY_NUMBERS = 100_000  # in a vector (assumed): more is a wrong space rather than something to learn from


class Broken(Exception):  # it names what an environment is, and never reaches a user
    """An observation is not what its space promised; the loop says where and when."""

    def __init__(self, what: str, allowed: str = "", came: str = "") -> None:
        self.what, self.allowed, self.came = what, allowed, came
        super().__init__(what)


@dataclass(frozen=True)
class Reading:
    """How observations are read.

    Parameters
    ----------
    shape, dtype
        Of one observation, as a net reads it: float32, uint8 or bool.
    write
        Fills a row (*S) from one observation.

    Raises
    ------
    Broken
        From ``write``, if an observation has another shape or type than its space.
    """

    shape: Vector | Grid
    dtype: np.dtype[Any]
    write: Write

    @property
    def size(self) -> tuple[int, ...]:
        """S."""
        shape = self.shape
        return (shape.n,) if isinstance(shape, Vector) else (shape.c, shape.h, shape.w)


def read_actions(space: Any, where: str) -> list[Any]:
    """List what an environment understands by action 0, 1, 2...

    Parameters
    ----------
    space
        ``Discrete``, from wherever it starts; ``MultiDiscrete``, ``MultiBinary`` or ``Tuple`` of few combinations,
        each of which becomes one action; or a whole number, of actions counted from 0.
    where
        The environment's name, for errors.

    Raises
    ------
    SettingError
        If actions are continuous, or too many.

    Examples
    --------
    >>> class Discrete:
    ...     n, start = 3, 5
    >>> read_actions(Discrete(), "mine")
    [5, 6, 7]
    """
    kind = "int" if isinstance(space, int | np.integer) else _kind(space)
    if kind == "int":
        actions: list[Any] = list(range(int(space)))
    elif kind == "Discrete":
        first = int(getattr(space, "start", 0))
        actions = list(range(first, first + int(space.n)))
    elif kind in {"MultiDiscrete", "MultiBinary", "Tuple"}:
        actions = _combinations(space, kind, where)
    else:
        found = "a Box, so continuous ones" if kind == "Box" else type(space).__name__
        raise SettingError(
            "the actions are not discrete, and a Q-network needs a value for each",
            where=where,
            allowed=f"Discrete, or MultiDiscrete, MultiBinary and Tuple of up to {MANY_ACTIONS} combinations",
            came=f"{found} ({_short(space)})",
            mend="Choose an environment with discrete actions (some have an option, such as continuous=False), or give "
            "one that is wrapped in gymnasium.wrappers.DiscretizeAction.",
        )
    if not actions:
        raise SettingError("there are no actions", where=where, came=_short(space))
    return actions


def read_observations(space: Any, where: str) -> Reading:
    """Say what a net reads of an environment's observations.

    Parameters
    ----------
    space
        A Box of three axes, or of two in uint8, is a picture: ``Grid``, its channels first, which are the shorter of
        the first and the last axis; in uint8 and bool as they are, else float32. All else is a float32 ``Vector``.
    where
        The environment's name, for errors.

    Raises
    ------
    SettingError
        If the space is one that no net here can read: texts, graphs, sequences without a fixed length.

    Examples
    --------
    >>> class Discrete:
    ...     n, start = 3, 0
    >>> reading = read_observations(Discrete(), "mine")
    >>> row = np.empty(reading.size, reading.dtype)
    >>> reading.write(row, 2)
    >>> reading.shape, row
    (Vector(n=3), array([0., 0., 1.], dtype=float32))
    """
    if _kind(space) == "Box":
        axes, dtype = len(space.shape), np.dtype(space.dtype)
        if axes == 3 or (axes == 2 and dtype == np.uint8):
            return _picture(
                tuple(space.shape), dtype if dtype in (np.uint8, np.bool_) else np.dtype(np.float32)
            )
    size, write = _flat(space, where)
    if not 0 < size <= MANY_NUMBERS:
        raise SettingError(
            "the observations cannot be read as a vector",
            where=where,
            allowed=f"1 to {MANY_NUMBERS:,} numbers",
            came=f"{size:,} ({_short(space)})",
        )
    return Reading(Vector(size), np.dtype(np.float32), write)


def _picture(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Reading:
    """Read a picture (H, W), (H, W, C) or (C, H, W)."""
    last = len(shape) == 3 and shape[2] <= shape[0]

    def write(row: Array, seen: Any) -> None:
        pixels = _given(seen, shape, dtype)
        row[...] = pixels.transpose(2, 0, 1) if last else pixels

    grid = Grid(shape[2], *shape[:2]) if last else Grid(*shape) if len(shape) == 3 else Grid(1, *shape)
    return Reading(grid, dtype, write)


def _flat(space: Any, where: str) -> tuple[int, Write]:
    """Give how many numbers a space holds, and what writes them."""
    kind = _kind(space)
    if kind in {"Box", "MultiBinary"}:
        return _numbers(tuple(space.shape))
    if kind == "Discrete":
        return _choices(np.array([space.n]), np.array([getattr(space, "start", 0)]), ())
    if kind == "MultiDiscrete":
        starts = np.asarray(getattr(space, "start", np.zeros_like(space.nvec)))
        return _choices(space.nvec.ravel(), starts.ravel(), tuple(space.nvec.shape))
    if kind == "Tuple":
        return _parts(dict(enumerate(space.spaces)), where)
    if kind == "Dict":
        return _parts(dict(space.spaces.items()), where)
    raise SettingError(
        "the observations are of a kind that no net here can read",
        where=where,
        allowed="Box, Discrete, MultiBinary, MultiDiscrete, and Dict and Tuple of these",
        came=f"{type(space).__name__} ({_short(space)})",
        mend="Wrap the environment, so that it shows numbers only (gymnasium.wrappers.FilterObservation, "
        "TransformObservation).",
    )


def _numbers(shape: tuple[int, ...]) -> tuple[int, Write]:
    """Numbers as they are."""
    float32 = np.dtype(np.float32)
    plain = len(shape) == 1

    def write(row: Array, seen: Any) -> None:
        numbers = _given(seen, shape, float32)
        row[...] = numbers if plain else numbers.ravel()

    return math.prod(shape), write


def _choices(sizes: Array, starts: Array, shape: tuple[int, ...]) -> tuple[int, Write]:
    """Choices as zeros and a one each: the k-th begins where those before it end."""
    ends = np.cumsum(sizes)
    offsets = ends - sizes - starts
    total = int(ends[-1]) if len(ends) else 0
    if shape == ():
        n, start = int(sizes[0]), int(starts[0])

        def write_one(row: Array, seen: Any) -> None:
            at = operator.index(seen) - start
            if not 0 <= at < n:
                raise Broken("the observation is outside its space", f"{start} to {start + n - 1}", str(seen))
            row[...] = 0
            row[at] = 1

        return total, write_one

    def write(row: Array, seen: Any) -> None:
        values = np.asarray(seen)
        if values.shape != shape or values.dtype.kind not in "iu":
            raise Broken("the observation has another shape or type", f"whole numbers {shape}", _came(values))
        values = values.ravel()
        if ((values < starts) | (values >= starts + sizes)).any():
            raise Broken("the observation is outside its space", f"below {starts + sizes}", str(values))
        row[...] = 0
        row[values + offsets] = 1

    return total, write


def _parts(spaces: dict[Any, Any], where: str) -> tuple[int, Write]:
    """Several spaces behind one another."""
    parts, total = [], 0
    for key, space in spaces.items():
        size, write = _flat(space, f"{where}, part {key!r} of what is seen")
        parts.append((key, slice(total, total + size), write))
        total += size

    def write_all(row: Array, seen: Any) -> None:
        for key, place, write in parts:
            write(row[place], seen[key])

    return total, write_all


def _given(seen: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Take an observation as an array, and refuse one that changed; quick where it is what was promised.

    Another number type is taken where nothing is lost: a float64 for a float32, whole numbers from 0 to 255 for pixels.
    """
    if type(seen) is np.ndarray and seen.dtype is dtype and seen.shape == shape:
        return seen
    array = np.asarray(seen)
    if array.shape != shape:
        raise Broken("the observation has another shape than its space", str(shape), _came(array))
    fits = array.dtype.kind in ("biuf" if dtype.kind == "f" else "biu")
    if fits and dtype.kind == "f":
        return array
    cast = array.astype(dtype) if fits else array
    if not fits or not np.array_equal(cast, array):
        raise Broken("the observation has another type than its space", str(dtype), _came(array))
    return cast


def _combinations(space: Any, kind: str, where: str) -> list[Any]:
    """All combinations of several choices, the last one changing first."""
    if kind == "Tuple":
        parts = [read_actions(part, where) for part in space.spaces]
    elif kind == "MultiBinary":
        parts = [[0, 1]] * math.prod(space.shape)
    else:
        firsts = np.asarray(getattr(space, "start", np.zeros_like(space.nvec))).ravel().tolist()
        parts = [list(range(a, a + n)) for a, n in zip(firsts, space.nvec.ravel().tolist(), strict=True)]
    count = math.prod(len(part) for part in parts)
    if count > MANY_ACTIONS:
        raise SettingError(
            "there are too many combinations of actions, and a Q-network needs a value for each",
            where=where,
            allowed=f"up to {MANY_ACTIONS}",
            came=f"{count:,} ({_short(space)})",
        )
    every = itertools.product(*parts)
    return list(every) if kind == "Tuple" else [np.array(c, space.dtype).reshape(space.shape) for c in every]


def _kind(space: Any) -> str:
    """The name of the nearest class that is one of Gymnasium's own, or of the space's class."""
    known = {"Box", "Discrete", "MultiDiscrete", "MultiBinary", "Tuple", "Dict"}
    names = [c.__name__ for c in type(space).__mro__]
    return next((name for name in names if name in known), names[0])


def _short(space: Any) -> str:
    text = " ".join(str(space).split())
    return text if len(text) <= 100 else text[:97] + "..."


def _came(array: Array) -> str:
    return f"{array.dtype} {array.shape}"
