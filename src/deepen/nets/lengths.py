"""Where each example of a batch ends, and what keeps the steps behind its end out of the result.

An example is the same whatever it shares a batch with: its own steps alone may decide. So every net of this
room that mixes steps hides those behind the end (:func:`hide`), pools over own steps alone (:class:`Pooling`),
and reads backwards from an example's own end (:func:`reverse`). All of it is index arithmetic on the device:
nothing waits for a number, and the ``meta`` device, which counts a net's work, can follow.

Legend: B examples in a batch, T steps of the longest, C channels, F features.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from deepen.config import one_of
from deepen.errors import SettingError
from deepen.shapes import Sequence, Tokens

__all__ = ["WAYS", "Pooling", "Way", "hide", "lengths", "own_steps", "reverse"]

Way = Literal["attention", "last", "mean", "max"]
WAYS: tuple[Way, ...] = ("attention", "last", "mean", "max")


def own_steps(shape: Sequence | Tokens, x: Tensor) -> Tensor | None:
    """Say which steps of ``x`` are each example's own: (B, T) of bool, or None where all are.

    A step is own if it or a later one is marked; an empty example gets its first step, so that there is
    always something to pool over.

    Raises
    ------
    SettingError
        If ``x`` is no batch of this shape.

    Examples
    --------
    >>> own_steps(Tokens(v=9, n=4), torch.tensor([[5, 0, 2, 0], [0, 0, 0, 0]])).int().tolist()
    [[1, 1, 1, 0], [1, 0, 0, 0]]
    """
    _refuse(shape, x)
    if isinstance(shape, Tokens):
        marked = x != 0  # (B, T)
    elif shape.ragged:
        marked = x[..., -1] > 0.5
    else:
        return None
    own = marked.flip(1).cumsum(1).flip(1) > 0
    first = torch.arange(own.shape[1], device=own.device) == 0  # (T)
    return own | first


def lengths(own: Tensor) -> Tensor:
    """Count the own steps of each example: (B, T) to (B)."""
    return own.sum(1)


def hide(x: Tensor, own: Tensor | None) -> Tensor:
    """Make every step of x (B, T, C) that is not an own one zero."""
    return x if own is None else x.masked_fill(~own.unsqueeze(-1), 0)


def reverse(x: Tensor, own: Tensor | None) -> Tensor:
    """Turn each example's own steps round; those behind its end stay where they are: (B, T, C) to the same.

    It is its own inverse.

    Examples
    --------
    >>> x = torch.tensor([1, 2, 3, 0]).view(1, 4, 1)
    >>> reverse(x, x[..., 0] > 0).flatten().tolist()
    [3, 2, 1, 0]
    """
    if own is None:
        return x.flip(1)
    step = torch.arange(x.shape[1], device=x.device)  # (T)
    mirrored = own.sum(1, keepdim=True) - 1 - step  # (B, T), below zero behind the end
    index = torch.where(mirrored >= 0, mirrored, step)
    return x.gather(1, index.unsqueeze(-1).expand_as(x))


class Pooling(nn.Module):
    """From the features of every step to those of the whole, by own steps alone: (B, T, F) to (B, F).

    Parameters
    ----------
    way
        ``mean``, ``max`` or ``last``; or ``attention``, a mean weighted by ``softmax(u . tanh(W h))``, whose
        W and u are learned (Yang et al. 2016, "Hierarchical Attention Networks", equations 5 to 7; it begins
        as the mean, since u starts at zero).
    features
        F.
    both_ways
        The second half of the features was read backwards, so that its ``last`` step is the first one.

    Examples
    --------
    >>> x = torch.tensor([[[1.0], [3.0], [8.0]]])
    >>> own = torch.tensor([[True, True, False]])
    >>> Pooling("mean", 1)(x, own).item(), Pooling("max", 1)(x, own).item()
    (2.0, 3.0)
    """

    def __init__(self, way: Way, features: int, *, both_ways: bool = False) -> None:
        super().__init__()
        one_of("pooling", way, WAYS)
        self.way, self.both_ways = way, both_ways
        if way == "attention":
            self.heard = nn.Linear(features, features)
            self.asked = nn.Parameter(torch.zeros(features))  # u, (F)

    def forward(self, x: Tensor, own: Tensor | None = None) -> Tensor:
        """Pool x (B, T, F) over ``own`` steps (B, T), or over all of them."""
        if self.way == "mean":
            return _mean(x, own)
        if self.way == "max":
            return (x if own is None else x.masked_fill(~own.unsqueeze(-1), -math.inf)).amax(1)
        if self.way == "last":
            return _last(x, own, both_ways=self.both_ways)
        score = torch.tanh(self.heard(x)) @ self.asked  # (B, T)
        if own is not None:
            score = score.masked_fill(~own, -math.inf)
        return (score.softmax(1).unsqueeze(1) @ x).squeeze(1)


def _mean(x: Tensor, own: Tensor | None) -> Tensor:
    return x.mean(1) if own is None else hide(x, own).sum(1) / own.sum(1, keepdim=True)


def _last(x: Tensor, own: Tensor | None, *, both_ways: bool) -> Tensor:
    if own is None:
        last = x[:, -1]
    else:
        index = (own.sum(1) - 1).view(-1, 1, 1).expand(-1, 1, x.shape[2])  # (B, 1, F)
        last = x.gather(1, index).squeeze(1)
    if not both_ways:
        return last
    half = x.shape[2] // 2
    return torch.cat([last[:, :half], x[:, 0, half:]], dim=1)


def _refuse(shape: Sequence | Tokens, x: Tensor) -> None:
    """Refuse what is no batch of ``shape``."""
    if isinstance(shape, Tokens):
        allowed, fits = "whole numbers (B, T)", x.ndim == 2 and not x.is_floating_point()
    else:
        allowed = f"floats (B, T, {shape.c})"
        fits = x.ndim == 3 and x.shape[2] == shape.c and x.is_floating_point()
    if not fits or x.shape[1] < 1:
        raise SettingError(
            "not a batch that this net was built for",
            where=str(shape),
            allowed=f"{allowed}, T at least 1",
            came=f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape)}",
        )
