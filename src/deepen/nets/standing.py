"""What stands on the levels of a net for a batch.

Where the examples of a batch differ in length, each counts by its own places alone: it is the same whatever it shares a
batch with.

Legend: B examples in a batch, U units, P places (any number of axes).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from deepen.nets.catching import catching, outputs
from deepen.nets.lengths import own_steps
from deepen.nets.levels import Level, find, level_of
from deepen.shapes import Sequence as Steps
from deepen.shapes import Shape, Tokens

__all__ = ["Standing", "activations", "caught"]


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
    with catching(net, [level.read_by for level in which]) as (raw, channels):
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
