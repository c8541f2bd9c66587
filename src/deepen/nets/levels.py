"""The levels of a net: what one layer with weights hands to the next.

A level is caught where the next layer reads it, so whatever stands between, as activations, shortcuts, norms and
dropout, belongs to it, written as modules or as functions. Nothing is asked of a net but that it runs: deepen's own and
a user's are treated alike. A residual block, a recurrent layer and a layer of attention count as one layer each. What
stands on a level for a batch tells :mod:`deepen.nets.standing`.

Legend: U units, P places (any number of axes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from deepen.errors import SettingError, nearest
from deepen.nets.axes import Field
from deepen.nets.catching import catching, outputs
from deepen.nets.ensemble import Ensemble
from deepen.nets.fields import fields_of
from deepen.shapes import Codes, Grid, Shape, Tokens, Vector
from deepen.shapes import Sequence as Steps

__all__ = ["Level", "example", "find", "level_of"]


@dataclass(frozen=True)
class Level:
    """What one layer hands to the next.

    Parameters
    ----------
    name
        ``level 1`` is the first behind the input.
    read_by
        The path of the module that reads it, within the net.
    of
        The inputs that it depends on.
    units
        U.
    places
        The sides of the grid, or the steps, on which the units stand, of the example looked at; empty for none.
    fields
        What a place sees of each input; only where it is not the whole.
    """

    name: str
    read_by: str
    of: tuple[str, ...]
    units: int
    places: tuple[int, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)

    def size(self, which: str) -> tuple[int, ...] | None:
        """The receptive field, a number for each axis of the places; None where it is the whole input."""
        axes = self.fields.get(which, ())[2:]
        sizes = [axis.size for axis in axes if axis is not None]
        return tuple(sizes) if sizes else None


def example(shapes: Mapping[str, Shape], rows: int = 2) -> dict[str, Tensor]:
    """Make inputs of these shapes on which a net can run: noise, whole and of full length."""
    generator = torch.Generator().manual_seed(0)
    found = {}
    for name, shape in shapes.items():
        if isinstance(shape, Tokens):
            found[name] = torch.randint(1, shape.v, (rows, shape.n), generator=generator)
        elif isinstance(shape, Codes):
            found[name] = torch.zeros(rows, len(shape.sizes), dtype=torch.long)
        else:
            found[name] = torch.randn(rows, *_sides(shape), generator=generator)
            if isinstance(shape, Steps) and shape.ragged:
                found[name][..., -1] = 1
    return found


def _sides(shape: Vector | Grid | Steps) -> tuple[int, ...]:
    if isinstance(shape, Grid):
        return shape.c, shape.h, shape.w
    return (shape.n,) if isinstance(shape, Vector) else (shape.n, shape.c)


def find(net: nn.Module, inputs: Mapping[str, Tensor], *, grids: bool = False) -> tuple[Level, ...]:
    """Find the levels of a net, in the order in which it makes them.

    Parameters
    ----------
    net
        Any module that can read ``inputs``. Weights that are used twice count where they are used first. Of an
        :class:`~deepen.nets.ensemble.Ensemble` the levels of its first net are given.
    inputs
        By name, at least one example; two or more where the net has batch norms in training mode.
    grids
        Whether a grid that ``nn.Flatten`` reads keeps its places; else it is one long row of units.

    Examples
    --------
    >>> from deepen.nets import CNN
    >>> inputs = {"x": torch.randn(2, 1, 20, 20)}
    >>> for level in find(CNN(Grid(1, 20, 20), 3, size="tiny").eval(), inputs):
    ...     print(level.name, level.read_by, level.units, level.places, level.size("x"))
    level 1 stages.0 16 (10, 10) (4, 4)
    level 2 stages.1.0 16 (10, 10) (12, 12)
    level 3 stages.2 32 (5, 5) (18, 18)
    level 4 head 32 () None
    """
    if isinstance(net, Ensemble):
        return tuple(
            replace(level, read_by=f"nets.0.{level.read_by}")
            for level in find(net.nets[0], inputs, grids=grids)
        )
    frozen = [p for p in net.parameters() if not p.requires_grad and p.is_floating_point()]
    for p in frozen:
        p.requires_grad_(True)
    try:
        with torch.enable_grad():
            some = {k: x.detach() for k, x in inputs.items()}
            with catching(net, None, grids=grids) as (first, _):
                outputs(net, some)
            learned = [path for path, x in first.items() if x.requires_grad]
            leaves = {k: x.clone().requires_grad_(x.is_floating_point()) for k, x in some.items()}
            with catching(net, None, grids=grids) as (again, channels):
                outputs(net, leaves)
            found = []
            for number, path in enumerate(learned, 1):
                found.append(_level(number, path, again[path], channels[path], leaves))
            return tuple(found)
    finally:
        for p in frozen:
            p.requires_grad_(False)


def _level(number: int, path: str, x: Tensor, channels: int, inputs: Mapping[str, Tensor]) -> Level:
    fields = fields_of(x, inputs)
    of = tuple(fields)
    places, axis = tuple(x.shape[2:]), channels
    if x.ndim > 2 and axis != 1:
        fields = {which: (f[0], f[axis], *f[1:axis]) for which, f in fields.items()}
        places = tuple(x.shape[1:axis])
    if x.ndim == 3 and axis != 1 and not _along_time(places[0], of, inputs):
        return Level(f"level {number}", path, of, x[0].numel())  # members side by side
    kept = {w: f for w, f in fields.items() if any(a is not None for a in f[2:])}
    return Level(f"level {number}", path, of, x.shape[axis], places, kept)


def _along_time(n: int, of: Sequence[str], inputs: Mapping[str, Tensor]) -> bool:
    """Whether an axis of ``n`` places is that of an input's steps."""
    steps = [
        x.shape[1]
        for which, x in inputs.items()
        if which in of and (x.ndim == 3 or not x.is_floating_point())
    ]
    return n in steps or not all(x.ndim == 2 for x in inputs.values())


def level_of(found: Sequence[Level], level: int | str) -> Level:
    """Give a level by its name, or its place: 0 for the first, -1 for the last.

    Raises
    ------
    SettingError
        If there is none of this name or place.
    """
    names = [each.name for each in found]
    if isinstance(level, str) and level in names:
        return found[names.index(level)]
    if isinstance(level, int) and -len(names) <= level < len(names):
        return found[level]
    there = f"There are: {', '.join(map(repr, names)) or 'none'}."
    mend = nearest(level, names) if isinstance(level, str) else there
    raise SettingError("the net has no such level", where="level", came=repr(level), mend=mend)
