"""One dial for the size of every net, and what a net costs, known before it is trained.

A size is a name or a number. The numbers go up by one from name to name and may lie between or beyond them;
each kind of net says for itself what a step on the dial means (four to six times the work).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from deepen.errors import SettingError, nearest

__all__ = ["LARGEST", "SIZES", "dial", "flops", "parameters"]

SIZES = ("tiny", "small", "medium", "large", "huge")

# Assumed: eight steps are at least 4**8 = 65,000 times the work of "tiny"; more is a slip of the hand.
LARGEST = 8.0

_ALLOWED = f"{', '.join(SIZES)}, or a number from 0 (tiny) to {LARGEST:g}"


def dial(size: str | float) -> float:
    """Turn a size, by name or by number, into its place on the dial: "tiny" is 0, "small" 1, "medium" 2...

    Raises
    ------
    SettingError
        If the name is unknown, or the number is negative, not finite, or above ``LARGEST``.

    Examples
    --------
    >>> dial("medium"), dial(2.5)
    (2.0, 2.5)
    """
    if isinstance(size, str):
        if size not in SIZES:
            raise SettingError("unknown size", where="size", came=repr(size), mend=nearest(size, SIZES))
        return float(SIZES.index(size))
    if isinstance(size, bool) or not isinstance(size, int | float):
        raise SettingError("neither a name nor a number", where="size", allowed=_ALLOWED, came=repr(size))
    if not (math.isfinite(size) and 0 <= size <= LARGEST):
        raise SettingError("outside the dial", where="size", allowed=_ALLOWED, came=repr(size))
    return float(size)


def parameters(net: nn.Module) -> int:
    """Count the numbers that training may change; a parameter used in two places counts once.

    Examples
    --------
    >>> parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def flops(net: nn.Module, *example_inputs: Tensor) -> int:
    """Count the floating point operations of one example's way forward: two for each multiply-add.

    Only matrix products and convolutions count, as is usual. Nothing is computed: the net runs on PyTorch's
    ``meta`` device, which knows shapes alone, so that a large net costs no time here. A training step takes
    about three times as much, as the way back is two such products for each one of the way forward.

    Parameters
    ----------
    net
        The net; it is left as it was.
    example_inputs
        What its ``forward`` takes, each of shape (B, ...) with the same B; the answer is for one example.

    Examples
    --------
    >>> flops(nn.Linear(3, 2), torch.zeros(5, 3))
    12
    """
    assert example_inputs, "flops needs an example of each input"
    weights = {name: p.detach().to("meta") for name, p in net.named_parameters()}
    buffers = {name: b.detach().to("meta") for name, b in net.named_buffers()}
    inputs = tuple(x.to("meta") for x in example_inputs)
    modes = {module: module.training for module in net.modules()}
    counter = FlopCounterMode(display=False)
    try:
        net.eval()  # so that batch statistics are neither needed nor changed
        with torch.no_grad(), counter:
            functional_call(net, {**weights, **buffers}, inputs)
    finally:
        for module, training in modes.items():
            module.training = training
    total: int = counter.get_total_flops()
    return total // len(example_inputs[0])
