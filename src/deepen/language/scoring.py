"""What a net gives each token of a stream, read in strands side by side.

Legend: N tokens of the stream, n tokens that are scored, B strands, T steps, V ids.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from deepen.compute.precision import Precision
from deepen.data.tokens import Tokeniser
from deepen.nets.lstm_layers import State

__all__ = ["log_probabilities", "widths"]

_WARM = 256  # tokens that each strand reads first, for a state as good as one from far back (assumed)
_SHORTEST = 1024  # tokens of a strand: reading again what was read may not cost more than a quarter
_STRANDS = 64
_STEP = 128
_CODE_POINTS = 1_112_064  # that Unicode has


@torch.inference_mode()
def log_probabilities(
    net: nn.Module,
    ids: NDArray[np.integer],
    first: int,
    last: int,
    *,
    device: torch.device,
    precision: Precision | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float64]:
    """Give the natural logarithm of the probability of tokens ``first`` to ``last`` of a stream (N,): (n,).

    Each is foretold by those before it, of the part before too. The stream begins as a text does, after a 0.

    Parameters
    ----------
    stop
        Ends early; what was not read then is NaN.
    """
    n = last - first
    strands = max(1, min(_STRANDS, n // _SHORTEST))
    stride = -(-n // strands)
    begins = first + stride * np.arange(strands)  # (B,)
    before = np.concatenate([np.zeros(1, ids.dtype), ids])  # what comes before each token
    found = np.full((strands, stride), np.nan)
    state: State | None = None
    precision = precision or Precision()
    for at in range(-min(_WARM, first), stride, _STEP):
        steps = np.arange(at, min(at + _STEP, stride))
        place = (begins[:, None] + steps).clip(0, len(ids) - 1)  # (B, T)
        given = torch.from_numpy(before[place].astype(np.int64)).to(device)
        wanted = torch.from_numpy(ids[place].astype(np.int64)).to(device)
        with precision.autocast(device):
            logits, state = net(given, state)
        own = -nn.functional.cross_entropy(
            logits.float().flatten(0, 1), wanted.flatten(), reduction="none"
        ).view(wanted.shape)
        counted = steps >= 0
        found[:, steps[counted]] = own.cpu().numpy()[:, counted]
        if stop():
            break
    return found.reshape(-1)[:n]


def widths(tokeniser: Tokeniser) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """How many characters and bytes each id writes, and the bits that it costs beside its probability: (V,) each.

    The 0 between two texts counts as one character, as a line's end does. An unknown character costs what it takes
    to say which one of Unicode's it is.
    """
    spelled = tokeniser.spelled()
    octets = np.array([max(1, len(s)) for s in spelled])
    characters = np.array([sum(1 for b in s if b & 0xC0 != 0x80) for s in spelled])
    characters[0] = 1
    more = np.zeros(len(spelled))
    if tokeniser.unknown is not None:
        more[tokeniser.unknown] = math.log2(_CODE_POINTS - tokeniser.size + 2)
    return characters, octets, more
