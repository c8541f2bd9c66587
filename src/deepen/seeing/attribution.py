"""Which parts of one example an answer rests on: integrated gradients, and occlusion.

Integrated gradients (Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks", equation 1) multiply
the way from a baseline x' to the example x by the mean gradient on that way; so they sum to what the output differs by.
The integral is a sum at the middles of intervals. How far the output moves over each interval is known, so those where
the sum misses it most are halved until the whole is met within 1 %: the output may leap on a hundredth of the way, and
equal steps would have to be as short everywhere. Where ``MOST_STEPS`` do not suffice, the error says so. Whole numbers
(tokens, categories) are followed from their embedded vectors, whose baseline is zero.

Occlusion (Zeiler and Fergus 2014) covers one part after the other and notes how far the output falls.

Legend: B parts, S steps, T tokens or steps, D units of an embedding, O outputs.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from deepen.nets.catching import outputs
from deepen.shapes import Sequence, Shape

__all__ = ["MOST_STEPS", "Attribution", "baselines", "integrated_gradients", "occlusion", "shuffled"]

MOST_STEPS = 1024
TOLERANCE = 0.01
_FIRST_STEPS = 32
_SMALL = 1e-3  # a difference below it is called zero
_AT_ONCE = 64  # steps or covered copies run as one batch: some hundred MB for a large picture


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each number of an example adds to an output.

    Parameters
    ----------
    parts
        By input, in the shape of one example. Of whole numbers the share of each: (T).
    output
        Which of the outputs.
    difference
        How far that output is from the baseline's.
    error
        What the parts sum to, less the difference, relative to the difference.
    steps
        Of the integral, of unequal width.
    """

    parts: Mapping[str, Tensor]
    output: int
    difference: float
    error: float
    steps: int

    @property
    def complete(self) -> bool:
        """Whether the parts sum to the difference within 1 %."""
        return abs(self.error) <= TOLERANCE


def baselines(inputs: Mapping[str, Tensor], shapes: Mapping[str, Shape]) -> dict[str, Tensor]:
    """The mean of every input of numbers, as long as the example is: the mark of own steps stays."""
    found = {k: torch.zeros_like(x) for k, x in inputs.items() if x.is_floating_point()}
    for name, x in found.items():
        shape = shapes[name]
        if isinstance(shape, Sequence) and shape.ragged:
            x[..., -1] = inputs[name][..., -1]
    return found


def integrated_gradients(
    net: nn.Module,
    inputs: Mapping[str, Tensor],
    output: int,
    baseline: Mapping[str, Tensor] | None = None,
    *,
    most_steps: int = MOST_STEPS,
) -> Attribution:
    """Attribute one output for one example to its inputs.

    Parameters
    ----------
    net
        In evaluation mode.
    inputs
        By name, one example of each: (1, ...).
    output
        Which output: a class, a label, or 0 for a number.
    baseline
        Of the floating-point inputs, each (1, ...); zeros by default, which for standardised inputs are the mean.
    most_steps
        Where to give up.

    Examples
    --------
    >>> net = nn.Linear(3, 2)
    >>> x = torch.tensor([[1.0, 2.0, 0.0]])
    >>> found = integrated_gradients(net, {"x": x}, 1)
    >>> torch.allclose(found.parts["x"], net.weight[1] * x[0], atol=1e-5), found.complete
    (True, True)
    """
    start = {k: torch.zeros_like(x) for k, x in inputs.items() if x.is_floating_point()} | dict(
        baseline or {}
    )
    with _scaled(net) as embedded:
        way = _Way(net, inputs, start, output, embedded)
        ends, middles, slopes = way.divide(most_steps)
        difference = float(way.values[-1] - way.values[0])
        widths = ends[1:] - ends[:-1]
        error = float((slopes * widths).sum()) - difference
        parts = way.integral(middles, widths)
    # A difference near zero has no relative error worth the name.
    return Attribution(parts, output, difference, error / max(abs(difference), _SMALL), len(middles))


class _Embedded:
    """The vectors that a net looks up, moved along the way from zero: each by the example's own alpha."""

    def __init__(self) -> None:
        self.alpha: Tensor | None = None
        self.seen: list[tuple[Tensor, Tensor, Tensor]] = []
        """The indices, the vectors, and where they stand on the way: leaves, unless the alphas are one."""

    def __call__(self, _module: nn.Module, given: tuple[Tensor, ...], vectors: Tensor) -> Tensor | None:
        if self.alpha is None:
            return None
        vectors = vectors.detach()
        moved = vectors * self.alpha.view(-1, *[1] * (vectors.ndim - 1))
        if torch.is_grad_enabled() and not moved.requires_grad:
            moved.requires_grad_(True)
        self.seen.append((given[0], vectors, moved))
        return moved


@contextlib.contextmanager
def _scaled(net: nn.Module) -> Iterator[_Embedded]:
    embedded = _Embedded()
    handles = [m.register_forward_hook(embedded) for m in net.modules() if isinstance(m, nn.Embedding)]
    try:
        yield embedded
    finally:
        for handle in handles:
            handle.remove()


class _Way:
    """The straight way from the baseline to the example, and what the output does on it."""

    def __init__(
        self,
        net: nn.Module,
        inputs: Mapping[str, Tensor],
        start: Mapping[str, Tensor],
        output: int,
        embedded: _Embedded,
    ) -> None:
        self._net, self._inputs, self._start, self._output = net, inputs, start, output
        self._embedded = embedded
        self._device = next(iter(inputs.values())).device
        self.values = torch.zeros(0, dtype=torch.float64)

    def divide(self, most: int) -> tuple[Tensor, Tensor, Tensor]:
        """Divide the way until the sum over the intervals is met.

        Returns
        -------
        ends, middles, slopes
            (S + 1), (S) and (S): where the intervals end, their middles, and the output's slope there.
        """
        ends = torch.linspace(0, 1, _FIRST_STEPS + 1, dtype=torch.float64)
        self.values = self._at(ends)
        middles = (ends[1:] + ends[:-1]) / 2
        slopes = self._slopes(middles)
        while True:
            missed = slopes * (ends[1:] - ends[:-1]) - (self.values[1:] - self.values[:-1])  # (S)
            allowed = TOLERANCE / 2 * max(abs(float(self.values[-1] - self.values[0])), _SMALL)
            if abs(float(missed.sum())) <= allowed or len(missed) >= most:
                return ends, middles, slopes
            # The fewest intervals without which the rest would miss little, whatever their signs.
            size, order = missed.abs().sort(descending=True)
            left = size.flip(0).cumsum(0).flip(0)  # what this one and all smaller ones miss
            worst = order[: min(most - len(missed), max(1, int((left > allowed / 2).sum())))]
            kept = torch.ones(len(missed), dtype=torch.bool)
            kept[worst] = False
            cut = middles[worst]
            halves = torch.cat([(ends[worst] + cut) / 2, (cut + ends[worst + 1]) / 2])
            ends, at = torch.cat([ends, cut]).sort()
            self.values = torch.cat([self.values, self._at(cut)])[at]
            slopes = torch.cat([slopes[kept], self._slopes(halves)])
            middles, at = torch.cat([middles[kept], halves]).sort()
            slopes = slopes[at]

    def integral(self, middles: Tensor, widths: Tensor) -> dict[str, Tensor]:
        """What each number of the inputs adds: the mean gradient, by the intervals' widths, times the way."""
        total: dict[str, Tensor] = {}
        inputs, start = self._inputs, self._start
        for some, wide in zip(torch.split(middles, _AT_ONCE), torch.split(widths, _AT_ONCE), strict=True):
            points = {k: p.detach() for k, p in self._points(some).items()}
            leaves = [points[k].requires_grad_(True) for k in start]
            with torch.enable_grad():
                value = outputs(self._net, points)[:, self._output].sum()
            looked_up = self._embedded.seen
            gradients = torch.autograd.grad(
                value, [*leaves, *(v for _, _, v in looked_up)], allow_unused=True
            )
            weight = wide.to(self._device)
            for name, g in zip(start, gradients, strict=False):
                if g is not None:
                    mean = torch.tensordot(weight, g.double(), dims=1)
                    _add(total, name, mean * (inputs[name] - start[name])[0])
            for (indices, vectors, _), g in zip(looked_up, gradients[len(start) :], strict=True):
                if g is not None:
                    mean = torch.tensordot(weight, (g * vectors).double().sum(-1), dims=1)
                    _add_looked_up(total, inputs, indices, mean)
        return {k: total.get(k, torch.zeros(x.shape[1:])).float() for k, x in inputs.items()}

    def _points(self, alpha: Tensor) -> dict[str, Tensor]:
        """The inputs on the way, one row for each alpha (S); embedded vectors follow as the net looks them up."""
        alpha = alpha.to(self._device, torch.float32)
        self._embedded.alpha, self._embedded.seen = alpha, []
        found = {}
        for name, x in self._inputs.items():
            a = alpha.view(-1, *[1] * (x.ndim - 1))
            moves = name in self._start
            found[name] = (
                self._start[name] + a * (x - self._start[name])
                if moves
                else x.expand(len(alpha), *x.shape[1:])
            )
        return found

    @torch.no_grad()
    def _at(self, alpha: Tensor) -> Tensor:
        """The output at each alpha: (S)."""
        some = [outputs(self._net, self._points(a))[:, self._output] for a in torch.split(alpha, _AT_ONCE)]
        return torch.cat(some).double().cpu()

    def _slopes(self, alpha: Tensor) -> Tensor:
        """The output's slope along the way at each alpha: (S)."""
        found = []
        for a in torch.split(alpha, _AT_ONCE):
            leaf = a.detach().to(self._device, torch.float32).requires_grad_(True)
            with torch.enable_grad():
                value = outputs(self._net, self._points(leaf))[:, self._output].sum()
            found.append(torch.autograd.grad(value, leaf)[0].double().cpu())
        return torch.cat(found)


def _add(total: dict[str, Tensor], name: str, value: Tensor) -> None:
    total[name] = total[name] + value if name in total else value


def _add_looked_up(
    total: dict[str, Tensor], inputs: Mapping[str, Tensor], indices: Tensor, value: Tensor
) -> None:
    """Give what a looked-up vector adds to the whole number that it belongs to: value () or (T)."""
    for name, x in inputs.items():
        if x.is_floating_point() or x.untyped_storage().data_ptr() != indices.untyped_storage().data_ptr():
            continue
        if indices.ndim == x.ndim:
            _add(total, name, value)
            return
        column = indices.storage_offset() - x.storage_offset()
        one = torch.zeros(x.shape[1:], dtype=value.dtype, device=value.device)
        one[column] = value
        _add(total, name, one)
        return


@torch.no_grad()
def occlusion(
    net: nn.Module, inputs: Mapping[str, Tensor], output: int, which: str, patches: Tensor, cover: Tensor
) -> Tensor:
    """Cover one part of an input after the other, and see how far an output falls.

    Parameters
    ----------
    inputs
        By name, one example of each: (1, ...).
    which
        The input to cover.
    patches
        (B, ...) of bool: what is covered together.
    cover
        What a covered number becomes, broadcast to the input.

    Returns
    -------
    Tensor
        In the shape of one example: the mean fall of the output over the patches that cover a number; zero where none
        does.

    Examples
    --------
    >>> net = nn.Linear(3, 1, bias=False)
    >>> x = torch.tensor([[1.0, 2.0, 0.0]])
    >>> fall = occlusion(net, {"x": x}, 0, "x", torch.eye(3) > 0, torch.tensor(0.0))
    >>> torch.allclose(fall, net.weight[0] * x[0], atol=1e-6)
    True
    """
    x = inputs[which]
    base = outputs(net, inputs)[0, output]
    total, count = torch.zeros(x.shape[1:], device=x.device), torch.zeros(x.shape[1:], device=x.device)
    for some in torch.split(patches.to(x.device), _AT_ONCE):
        covered = torch.where(some, cover.to(x), x)
        given = {k: covered if k == which else v.expand(len(some), *v.shape[1:]) for k, v in inputs.items()}
        fall = (base - outputs(net, given)[:, output]).float()
        total += (fall.view(-1, *[1] * (x.ndim - 1)) * some).sum(0)
        count += some.sum(0)
    return total / count.clamp_min(1)


def shuffled(net: nn.Module, seed: int = 0) -> nn.Module:
    """Give a copy of a net whose weights are shuffled within each tensor: all that it learned is gone.

    An attribution that stays the same on it shows the input, not the net (Adebayo et al. 2018, "Sanity checks for
    saliency maps", whose weights are drawn anew; shuffling keeps how they are distributed).
    """
    made, generator = copy.deepcopy(net), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in made.parameters():
            order = torch.randperm(p.numel(), generator=generator).to(p.device)
            p.copy_(p.flatten()[order].view_as(p))
    return made
