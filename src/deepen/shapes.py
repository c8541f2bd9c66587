"""The shapes that a net knows of its data, and all that it knows of them.

Legend: B examples in a batch, N features, K columns, C channels, H height, W width, T steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deepen.errors import FolderError

__all__ = ["Codes", "Grid", "Sequence", "Shape", "Tokens", "Vector", "from_dict", "to_dict"]


@dataclass(frozen=True)
class Vector:
    """``n`` real numbers for each example: a float tensor (B, N)."""

    n: int


@dataclass(frozen=True)
class Codes:
    """One whole number for each of K columns, below its ``sizes[k]``: an integer tensor (B, K)."""

    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """``c`` channels on a grid of ``h`` rows and ``w`` columns: a float tensor (B, C, H, W)."""

    c: int
    h: int
    w: int


@dataclass(frozen=True)
class Sequence:
    """Up to ``n`` steps of ``c`` numbers each: a float tensor (B, T, C) with T up to ``n``.

    Where ``ragged``, examples differ in length: the last of the C channels is 1 on an example's own steps and 0, as
    all the others are, behind its end.
    """

    c: int
    n: int
    ragged: bool = False


@dataclass(frozen=True)
class Tokens:
    """Up to ``n`` tokens of a vocabulary of ``v``: an integer tensor (B, T) with T up to ``n``, 0 behind the end."""

    v: int
    n: int


Shape = Vector | Codes | Grid | Sequence | Tokens
_SHAPES: dict[str, Callable[..., Shape]] = {
    "vector": Vector, "codes": Codes, "grid": Grid, "sequence": Sequence, "tokens": Tokens,
}  # fmt: skip


def to_dict(shape: Shape) -> dict[str, Any]:
    """Write a shape as plain data.

    Examples
    --------
    >>> to_dict(Grid(3, 32, 32))
    {'shape': 'grid', 'c': 3, 'h': 32, 'w': 32}
    """
    return {"shape": type(shape).__name__.lower(), **vars(shape)}


def from_dict(data: dict[str, Any]) -> Shape:
    """Read back what :func:`to_dict` wrote.

    Raises
    ------
    FolderError
        If the shape's name is unknown, as in a folder written by a newer version.
    """
    fields = dict(data)
    name = fields.pop("shape", None)
    if name not in _SHAPES:
        raise FolderError(f"unknown shape {name!r}", allowed=", ".join(_SHAPES))
    return _SHAPES[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})
