"""Beam search: the most probable strings that a net can say, looked for a few at a time.

Legend: B examples in a batch, K beams, V tokens that can be said, T tokens of a string, L layers, H units.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from deepen.config import between
from deepen.errors import SettingError
from deepen.nets.lstm_layers import State

__all__ = ["Found", "Step", "beam_search"]

Step = Callable[[Tensor, State], tuple[Tensor, State]]
"""Takes the last token of every beam (B, K) and the state (L, B K, H) before it; gives the log probability of
every next token (B, K, V), and the state after."""


class Found(NamedTuple):
    """The best strings of each example, the best first.

    Attributes
    ----------
    tokens
        (B, K, T), without start and end, 0 behind the end.
    log_p
        (B, K): the log probability of each whole string, its end included; minus infinity where there were
        fewer than K strings.
    scores
        (B, K): ``log_p`` by which they are ordered, normalised by length.
    """

    tokens: Tensor
    log_p: Tensor
    scores: Tensor


@torch.no_grad()
def beam_search(
    step: Step,
    state: State,
    *,
    beams: int,
    most: int,
    start: int,
    end: int,
    normalise: float = 0.6,
) -> Found:
    """Search the strings of up to ``most`` tokens.

    At each step the K best of all continuations are kept; one that has ended leaves its beam for good
    (Sutskever, Vinyals and Le 2014), so that one beam is the greedy way. After ``most`` tokens a string must
    end. The search stops as soon as no beam can still better what is found.

    Parameters
    ----------
    step
        What can be said next.
    state
        Before the first token, for one beam: h and c, each (L, B, H).
    beams, most
        K, and the most tokens of a string.
    start, end
        The tokens around a string. Start, and 0, are never said.
    normalise
        Strings are ordered by ``log_p / ((5 + length) / 6) ** normalise`` (Wu et al. 2016, equation 14, who
        take 0.6 to 0.7): without it, 0, short ones win, as each token costs probability.

    Raises
    ------
    SettingError
        If an option is out of range.

    Examples
    --------
    >>> always = torch.tensor([0.0, 0.0, 0.3, 0.6, 0.1]).log()  # what comes next: token 2, which ends, 3 or 4
    >>> say = lambda tokens, state: (always.expand(*tokens.shape, 5), state)
    >>> nothing = torch.zeros(1, 1, 1), torch.zeros(1, 1, 1)
    >>> found = beam_search(say, nothing, beams=2, most=2, start=1, end=2, normalise=0)
    >>> found.tokens.tolist(), [[round(p, 3) for p in row] for row in found.log_p.exp().tolist()]
    ([[[0, 0], [3, 0]]], [[0.3, 0.18]])
    """
    if beams < 1 or most < 1:
        raise SettingError("must be 1 or more", where="beams, most", came=f"{beams}, {most}")
    between("normalise", normalise, 0, 10)
    B, K, device = state[0].shape[1], beams, state[0].device
    penalty = [((5 + length) / 6) ** normalise for length in range(most + 2)]
    rows = torch.arange(B, device=device).unsqueeze(1)  # (B, 1)
    h, c = (part.repeat_interleave(K, dim=1) for part in state)
    log_p = torch.full((B, K), -math.inf, device=device)
    log_p[:, 0] = 0
    tokens = torch.full((B, K), start, device=device)
    said = torch.zeros(B, K, most, dtype=torch.long, device=device)
    found = Found(said.clone(), log_p.new_full((B, K), -math.inf), log_p.new_full((B, K), -math.inf))
    for length in range(1, most + 2):  # the end counts
        following, (h, c) = step(tokens, (h, c))
        allowed = _allowed(following, start, end, only_end=length > most)
        total = log_p.unsqueeze(2) + following.float().masked_fill(~allowed, -math.inf)  # (B, K, V)
        log_p, index = total.flatten(1).topk(K)  # (B, K)
        beam, tokens = index // total.shape[2], index % total.shape[2]
        said = said[rows, beam]
        h, c = (part[:, (rows * K + beam).flatten()] for part in (h, c))
        ended = tokens == end
        scores = (log_p / penalty[length]).masked_fill(~ended, -math.inf)
        found = _best(found, Found(said, log_p.masked_fill(~ended, -math.inf), scores))
        if length <= most:
            said[..., length - 1] = tokens
        log_p = log_p.masked_fill(ended, -math.inf)
        # What is added to a string makes it less probable, and no penalty is above the last.
        if bool((log_p.amax(1) / penalty[-1] <= found.scores[:, -1]).all()):
            break
    return found


def _allowed(following: Tensor, start: int, end: int, *, only_end: bool) -> Tensor:
    """Say which tokens may come: (V) of bool."""
    token = torch.arange(following.shape[-1], device=following.device)
    return token == end if only_end else (token != 0) & (token != start)


def _best(one: Found, other: Found) -> Found:
    """Keep the K best of two times K strings."""
    tokens, log_p, scores = (torch.cat(pair, dim=1) for pair in zip(one, other, strict=True))
    scores, index = scores.topk(one.scores.shape[1])
    rows = torch.arange(len(index), device=index.device).unsqueeze(1)
    return Found(tokens[rows, index], log_p[rows, index], scores)
