"""Gumbel search: moves drawn without replacement and halved in turn, and a policy that is improved for certain.

Choosing the best of m moves that were drawn by ``gumbel + logits`` is to draw from the policy; adding what the search
found of their values, ``sigma(q)``, can only improve on it. So few simulations suffice, 16 or even 2, where PUCT's
visits need hundreds to be a better policy (Danihelka, Guez, Schrittwieser and Silver 2022).

Legend: B games, A moves, m moves that are considered at the root.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor

from deepen.search.tree import LOW, Edges

__all__ = ["completed", "considered", "improved", "inner", "noise", "schedule", "sigma"]


def noise(like: Tensor, *, scale: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw Gumbel noise (B, A), times a scale (B,): 1 to draw from the policy, 0 to take its best."""
    drawn = torch.rand(like.shape, generator=generator, device=like.device).clamp(1e-20, 1 - 1e-7)
    return -(-drawn.log()).log() * scale[:, None]


def completed(edges: Edges) -> Tensor:
    """Give each move's value, and a mixture where it was never tried: (B, A) (equation 10 and appendix D).

    The mixture weighs the net's value of the node as one visit and what the tried moves found, each by its prior, as
    all the others.
    """
    tried = edges.visits > 0
    q = edges.q
    n = edges.visits.sum(1)  # (B,)
    priors = torch.softmax(edges.logits, 1).clamp(min=torch.finfo(torch.float32).tiny) * tried
    known = (priors * q).sum(1) / priors.sum(1).clamp(min=torch.finfo(torch.float32).tiny)
    mixed = (edges.value + n * known) / (1 + n)
    return torch.where(tried, q, mixed[:, None])


def sigma(q: Tensor, visits: Tensor, *, c_visit: float, c_scale: float) -> Tensor:
    """Weigh values q (B, A) against logits: ``(c_visit + max N) c_scale q``, q from 0 to 1 (equation 8)."""
    most = visits.amax(1, keepdim=True)
    return (c_visit + most) * c_scale * (q + 1) / 2


def improved(edges: Edges, *, c_visit: float, c_scale: float) -> Tensor:
    """Give the improved policy ``softmax(logits + sigma(completed q))`` of open moves: (B, A) (equation 11).

    Examples
    --------
    >>> logits = torch.zeros(1, 2)
    >>> edges = Edges(logits, torch.ones(1, 2), torch.tensor([[0.1, -0.1]]), torch.zeros(1))
    >>> improved(edges, c_visit=50, c_scale=1.0)[0, 0].item() > 0.99
    True
    """
    logits = edges.logits + sigma(completed(edges), edges.visits, c_visit=c_visit, c_scale=c_scale)
    return torch.softmax(logits.masked_fill(~edges.open, LOW), 1)


def inner(edges: Edges, *, c_visit: float, c_scale: float) -> Tensor:
    """Choose a move below the root so that the visits follow the improved policy: (B,) (equation 14)."""
    policy = improved(edges, c_visit=c_visit, c_scale=c_scale)
    behind = policy - edges.visits / (1 + edges.visits.sum(1, keepdim=True))
    return behind.masked_fill(~edges.open, -torch.inf).argmax(1)


def considered(edges: Edges, gumbels: Tensor, visits: Tensor, *, c_visit: float, c_scale: float) -> Tensor:
    """Choose a root's move among those that were tried ``visits`` (B,) times: the best of gumbel, logit and value.

    With the number that the schedule wants it is the next to be tried; with the highest number it is the one to play.
    Gives (B,).
    """
    score = gumbels + edges.logits + sigma(edges.q, edges.visits, c_visit=c_visit, c_scale=c_scale)
    # A legal move stays above the others, however unlikely it is, and one that proofs leave above those.
    score = score.clamp(min=0.1 * LOW)
    score = torch.where(edges.open, score, score + 0.5 * LOW).masked_fill(~edges.legal, 2 * LOW)
    return score.masked_fill(edges.visits != visits[:, None], -torch.inf).argmax(1)


@functools.cache
def schedule(m: int, simulations: int) -> tuple[int, ...]:
    """Say, for each simulation, how often the moves to choose from must have been tried, by sequential halving.

    Every round gives each move that is left the same number of visits, about ``simulations / (m log2 m)`` in the first,
    and then the better half is left; two in the end, to the last simulation (algorithm 1).

    Examples
    --------
    >>> schedule(4, 10)  # four moves once, then two of them thrice
    (0, 0, 0, 0, 1, 1, 2, 2, 3, 3)
    """
    if m <= 1:
        return tuple(range(simulations))
    rounds = math.ceil(math.log2(m))
    wanted: list[int] = []
    tried, left = 0, m
    while len(wanted) < simulations:
        for _ in range(max(1, simulations // (rounds * left))):
            wanted += [tried] * left
            tried += 1
        left = max(2, left // 2)
    return tuple(wanted[:simulations])
