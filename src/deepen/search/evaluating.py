"""A net as the search asks it: positions in, logits and values out, in the way that is quickest on this machine.

Legend: B positions, C planes, H rows, W columns, A moves.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor

from deepen.compute.precision import Precision, candidates, fastest
from deepen.nets.policy_value import PolicyValue

__all__ = ["Asking", "evaluator", "quickest"]

_TRIALS = 5  # of which the quickest counts; the first of them is thrown away (assumed)


class Asking:
    """Asks a copy of a net, which stays as the net was until it is renewed.

    Parameters
    ----------
    net
        Who is asked.
    precision
        In which way.
    """

    def __init__(self, net: PolicyValue, precision: Precision) -> None:
        self._net = net
        self._copy = net.for_playing(half=precision.half, channels_last=precision.channels_last)
        self._dtype = torch.bfloat16 if precision.half else torch.float32
        self._form = torch.channels_last if precision.channels_last else torch.contiguous_format

    @torch.no_grad()
    def __call__(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits (B, A) and values (B,) of planes (B, C, H, W)."""
        with torch.autocast(planes.device.type, enabled=False):
            logits, values = self._copy(planes.to(self._dtype, memory_format=self._form))
        return logits.float(), values.float()

    def renew(self) -> None:
        """Ask the net as it is now from here on."""
        self._net.hand_on(self._copy)


def evaluator(net: PolicyValue, precision: Precision | None = None) -> Asking:
    """Give what asks a copy of the net, as it is now.

    Examples
    --------
    >>> from deepen.shapes import Grid
    >>> ask = evaluator(PolicyValue(Grid(2, 3, 3), 9))
    >>> logits, values = ask(torch.zeros(4, 2, 3, 3))
    >>> logits.shape, values.tolist()
    (torch.Size([4, 9]), [0.0, 0.0, 0.0, 0.0])
    """
    return Asking(net, precision or Precision())


def quickest(net: PolicyValue, positions: int) -> Precision:
    """Measure in which way the net answers so many positions soonest: bfloat16 or not, channels last or not."""
    device = next(net.parameters()).device
    planes = torch.zeros(positions, net.shape.c, net.shape.h, net.shape.w, device=device)

    def seconds(way: Precision) -> float:
        ask = evaluator(net, way)
        times = []
        for _ in range(_TRIALS + 1):
            began = time.perf_counter()
            _, values = ask(planes)
            values[0].item()  # waits for the device
            times.append(time.perf_counter() - began)
        return min(times[1:])

    return fastest(candidates(device, net, seconds=0.0), seconds)[0]
