"""Half precision, memory format and compilation: chosen by measurement on the machine at hand.

Which is faster differs by machine: bfloat16 on a CPU with the instructions for it is twice as fast for a
convolution, and ten times slower without; channels-last and ``torch.compile`` go either way.
"""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn

__all__ = ["Precision", "candidates", "fastest", "unmeasured"]


@dataclass(frozen=True)
class Precision:
    """How a net computes: nothing here changes what it computes, beyond rounding.

    Parameters
    ----------
    half
        bfloat16 for matrix products and convolutions, float32 for the rest and for the weights.
    channels_last
        Images as (B, H, W, C) in memory.
    compiled
        Whether ``torch.compile`` is used.
    """

    half: bool = False
    channels_last: bool = False
    compiled: bool = False

    def autocast(self, device: torch.device) -> contextlib.AbstractContextManager[object]:
        """The context in which the forward pass runs."""
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)

    def apply(self, net: nn.Module) -> nn.Module:
        """Give the net the memory format, in place."""
        form = torch.channels_last if self.channels_last else torch.contiguous_format
        return net.to(memory_format=form)  # type: ignore[call-overload, no-any-return]

    def __str__(self) -> str:
        words = ["bfloat16" if self.half else "float32"]
        words += ["channels last"] if self.channels_last else []
        words += ["compiled"] if self.compiled else []
        return ", ".join(words)


def candidates(device: torch.device, net: nn.Module, *, seconds: float) -> list[Precision]:
    """The ways worth measuring for this net on this device, the plainest first.

    ``torch.compile`` costs about a minute before its first step (measured on a small CNN: 25 to 60 s on two
    cores), so it is tried only where the clock leaves twenty times that, and a C++ compiler is there.
    """
    images = any(isinstance(m, nn.Conv2d) for m in net.modules())
    halves = [False, True]
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        halves = [False]
    if device.type == "mps":
        halves = [False]
    found = [Precision(half, last) for half in halves for last in ([False, True] if images else [False])]
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if compiler and 1200 <= seconds < math.inf:
        found.append(Precision(found[-1].half, found[-1].channels_last, compiled=True))
    return found


def unmeasured(device: torch.device, net: nn.Module) -> Precision:
    """The way that is good on most devices of this sort: on a GPU with bfloat16 that, else float32."""
    images = any(isinstance(m, nn.Conv2d) for m in net.modules())
    return Precision(half=device.type == "cuda" and torch.cuda.is_bf16_supported(), channels_last=images)


def fastest(
    ways: Iterable[Precision],
    seconds_of: Callable[[Precision], float],
    *,
    enough: Callable[[], bool] = lambda: False,
) -> tuple[Precision, dict[str, float]]:
    """Measure each way and take the quickest; one that fails is passed over.

    Parameters
    ----------
    seconds_of
        Measures the seconds of one step done in a given way.
    enough
        Asked after each way that worked: whether the measuring has taken all the time that it may.

    Returns
    -------
    way, seconds
        The quickest, and the seconds of each by name; a way that failed has infinity.
    """
    table: dict[str, float] = {}
    best, least = Precision(), float("inf")
    for way in ways:
        try:
            table[str(way)] = seconds_of(way)
        except (RuntimeError, NotImplementedError):
            table[str(way)] = float("inf")
        # A plainer way is left only for a clear gain: these measurements wander by a few per cent.
        if table[str(way)] < 0.95 * least:
            best, least = way, table[str(way)]
        if math.isfinite(least) and enough():
            break
    return best, table
