"""The levels of a net, and what stands on them while it runs.

A level is what one layer with weights hands to the next. It is caught where the next one reads it, so whatever stands
between, as activations, shortcuts, norms and dropout, belongs to it, written as modules or as functions. Nothing is
asked of a net but that it runs: deepen's own and a user's are treated alike. A residual block, a recurrent layer and a
layer of attention count as one layer each.

Legend: B examples in a batch, U units, P places (any number of axes), T steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from deepen.errors import SettingError, nearest
from deepen.model import Model
from deepen.nets.assemble import Assembled, OwnNet
from deepen.nets.cnn import Residual
from deepen.nets.lengths import own_steps
from deepen.nets.lstm_layers import LSTMBothWays, LSTMLayer
from deepen.seeing.fields import Field, fields_of
from deepen.shapes import Codes, Grid, Shape, Tokens, Vector
from deepen.shapes import Sequence as Steps

__all__ = ["Level", "Standing", "activations", "caught", "example", "find", "level_of", "levels", "outputs"]

# What is one layer, however many it is made of.
_WHOLE = (
    Residual, LSTMBothWays, LSTMLayer, nn.RNNBase, nn.MultiheadAttention, nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
)  # fmt: skip


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


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands on a level for a batch.

    Parameters
    ----------
    values
        (B, U, P...), the units behind the batch, whatever the net's own order.
    own
        (B, P) of bool: which places of the last axis are each example's own; None where all are.
    """

    values: Tensor
    own: Tensor | None = None

    def peaks(self) -> tuple[Tensor, Tensor]:
        """The largest value of each unit over its own places (B, U), and the place, counted through (B, U)."""
        flat = self.hidden(-torch.inf)
        if flat.ndim == 2:
            return flat, torch.zeros_like(flat, dtype=torch.long)
        values, places = flat.flatten(2).max(2)
        return values, places

    def means(self) -> Tensor:
        """The mean of each unit over its own places: (B, U)."""
        if self.values.ndim == 2:
            return self.values
        if self.own is None:
            return self.values.flatten(2).mean(2)
        own = self._own().expand(-1, 1, *self.values.shape[2:])
        return self.hidden(0.0).flatten(2).sum(2) / own.flatten(2).sum(2)

    def _own(self) -> Tensor:
        assert self.own is not None
        return self.own.view(len(self.own), *[1] * (self.values.ndim - 2), -1)

    def hidden(self, value: float = 0.0) -> Tensor:
        """The values, with ``value`` on places that are not an example's own."""
        return self.values if self.own is None else self.values.masked_fill(~self._own(), value)


def outputs(net: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """Run a net on inputs by name: deepen's own read them by name, any other in their order.

    Returns
    -------
    Tensor
        (B, O); members are averaged.
    """
    named = isinstance(net, Assembled | OwnNet)
    out: Tensor = net(inputs) if named else net(*inputs.values())
    if out.ndim == 1:
        out = out[:, None]
    return out.mean(1) if out.ndim == 3 else out


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


def find(net: nn.Module, inputs: Mapping[str, Tensor]) -> tuple[Level, ...]:
    """Find the levels of a net, in the order in which it makes them.

    Parameters
    ----------
    net
        Any module that can read ``inputs``. Weights that are used twice count where they are used first.
    inputs
        By name, at least one example; two or more where the net has batch norms in training mode.

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
    frozen = [p for p in net.parameters() if not p.requires_grad and p.is_floating_point()]
    for p in frozen:
        p.requires_grad_(True)
    try:
        with torch.enable_grad():
            some = {k: x.detach() for k, x in inputs.items()}
            with _catching(net, None) as (first, _):
                outputs(net, some)
            learned = [path for path, x in first.items() if x.requires_grad]
            leaves = {k: x.clone().requires_grad_(x.is_floating_point()) for k, x in some.items()}
            with _catching(net, None) as (again, channels):
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


@contextlib.contextmanager
def _catching(
    net: nn.Module, paths: Sequence[str] | None
) -> Iterator[tuple[dict[str, Tensor], dict[str, int]]]:
    """Catch what the layers of a net read, by their paths: all that is new to them, or what is named.

    Yields
    ------
    dict, dict
        What was read, as it stood; and which of its axes holds the units.
    """
    found: dict[str, Tensor] = {}
    channels: dict[str, int] = {}
    handles = []

    def keep(path: str, module: nn.Module) -> None:
        def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            if path in found or not given or not isinstance(given[0], Tensor):
                return
            if paths is None and any(given[0] is x for x in found.values()):
                return  # another filter over the same level
            found[path] = given[0]
            channels[path] = 1 if _is_convolution(module) or given[0].ndim == 2 else given[0].ndim - 1

        handles.append(module.register_forward_pre_hook(hook))

    for path, modules in _layers(net).items():
        if paths is None or path in paths:
            for module in modules:
                keep(path, module)
    try:
        yield found, channels
    finally:
        for handle in handles:
            handle.remove()


def _is_convolution(module: nn.Module) -> bool:
    first = next((p for p in module.parameters() if p.ndim >= 3), None)
    return isinstance(module, Residual) or (
        first is not None and type(module).__name__.startswith(("Conv", "Lazy"))
    )


def _layers(net: nn.Module) -> dict[str, list[nn.Module]]:
    """The layers with a matrix of weights of their own, by path, each with the modules at whose door to stand.

    The net itself is none. A block that counts as one layer may be run by its parts, as
    :func:`deepen.nets.masked.masked` does; so its first part stands beside it.
    """
    found: dict[str, list[nn.Module]] = {}
    inside: list[str] = []
    for path, module in net.named_modules():
        if not path or any(path.startswith(f"{block}.") for block in inside):
            continue
        if isinstance(module, _WHOLE):
            inside.append(path)
            found[path] = [module, *([_first(module)] if isinstance(module, Residual) else [])]
        elif not isinstance(module, nn.Embedding | nn.EmbeddingBag) and any(
            p.ndim >= 2 for p in module.parameters(recurse=False)
        ):
            found[path] = [module]
    return found


def _first(module: nn.Module) -> nn.Module:
    return next(m for m in module.modules() if any(p.ndim >= 2 for p in m.parameters(recurse=False)))


@contextlib.contextmanager
def caught(
    net: nn.Module, which: Sequence[Level], inputs: Mapping[str, Tensor], shapes: Mapping[str, Shape]
) -> Iterator[dict[str, Standing]]:
    """Catch what stands on levels when the net runs on ``inputs`` within the block.

    Parameters
    ----------
    which
        Of :func:`find`.
    inputs, shapes
        What the net will read, and the shapes by which each example's own steps are known.

    Yields
    ------
    dict
        By the level's name; filled when the net has run.
    """
    found: dict[str, Standing] = {}
    with _catching(net, [level.read_by for level in which]) as (raw, channels):
        yield found
        for level in which:
            x, axis = raw[level.read_by], channels[level.read_by]
            if level.places and axis != 1:
                x = x.movedim(axis, 1)
            elif not level.places:
                x = x.flatten(1)
            found[level.name] = Standing(x, _own(level, x, inputs, shapes))


def _own(level: Level, x: Tensor, inputs: Mapping[str, Tensor], shapes: Mapping[str, Shape]) -> Tensor | None:
    """Which of the last axis' places are each example's own, as the masked layers of the net count them: (B, P)."""
    for which in level.of:
        shape = shapes.get(which)
        if not level.places or not isinstance(shape, Tokens | Steps):
            continue
        own = own_steps(shape, inputs[which])
        if own is None:
            continue
        n, P = own.sum(1), x.shape[-1]
        axis = level.fields.get(which, (None,))[-1]
        if axis is not None:
            counts = torch.tensor([axis.own(int(k)) for k in n], device=x.device)
        else:
            # No arithmetic leads here: the share of the steps that is own stays the same, rounded up.
            counts = torch.div(n * P + own.shape[1] - 1, own.shape[1], rounding_mode="floor")
        return torch.arange(P, device=x.device) < counts[:, None]
    return None


def levels(model: Model) -> tuple[str, ...]:
    """Name the levels of a trained model, from the input on.

    Examples
    --------
    >>> import deepen
    >>> from sklearn.datasets import load_iris
    >>> levels(deepen.train(*load_iris(return_X_y=True), epochs=1))
    ('level 1', 'level 2')
    """
    shapes = model.preparation.shapes
    given = {k: x.to(model.device) for k, x in example(shapes).items()}
    return tuple(level.name for level in find(model.net, given))


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
    raise SettingError(
        "the net has no such level", where="level", came=repr(level),
        mend=nearest(level, names) if isinstance(level, str) else f"There are {len(names)}.",
    )  # fmt: skip


@torch.no_grad()
def activations(
    net: nn.Module, inputs: Mapping[str, Tensor], level: int | str, shapes: Mapping[str, Shape] | None = None
) -> Standing:
    """Run a net on inputs, and give what stands on one of its levels.

    Parameters
    ----------
    level
        Its name or place.
    shapes
        Of the inputs; needed where examples differ in length.

    Examples
    --------
    >>> from deepen.nets import MLP
    >>> activations(MLP(8, 3).eval(), {"x": torch.zeros(5, 8)}, -1).values.shape
    torch.Size([5, 128])
    """
    which = level_of(find(net, {k: x[:2] for k, x in inputs.items()}), level)
    with caught(net, [which], inputs, shapes or {}) as found:
        outputs(net, inputs)
    return found[which.name]
