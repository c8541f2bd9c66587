"""Choosing moves in the tree by PUCT: a move's value so far, and a bonus for what the net likes and few have tried.

.. math:: a = argmax Q(s, a) + C(s) P(s, a) sqrt(N(s)) / (1 + N(s, a)),
          C(s) = log((1 + N(s) + c_base) / c_base) + c_init

(Silver et al. 2018, methods; after Rosin 2011 and Silver et al. 2017). N(s) counts the visits of all the moves and the
node's own, so that the net's favourite comes first at a new root, where it would be 0 otherwise.

Legend: B games, A moves.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.search.tree import LOW, Edges

__all__ = ["by_visits", "dirichlet", "puct"]

# A move that was never tried counts as the node's value less this times the square root of the prior already tried
# (cited: KataGo's fpuReductionMax, and Leela's rule).
_REDUCTION = 0.2


def puct(edges: Edges, *, c_init: float, c_base: float, first_play: str) -> Tensor:
    """Choose a move at one node of each game: (B,).

    Parameters
    ----------
    edges
        What the nodes know.
    c_init, c_base
        As above; Silver et al. have 1.25 and 19652.
    first_play
        What a move counts as that was never tried: ``zero``, as in AlphaGo Zero, or ``parent``: the node's own value,
        a little less.

    Examples
    --------
    >>> logits = torch.tensor([[0.0, 0.0, LOW]])
    >>> edges = Edges(logits, torch.tensor([[3.0, 1.0, 0.0]]), torch.tensor([[0.3, 0.1, 0.0]]), torch.zeros(1))
    >>> puct(edges, c_init=1.25, c_base=19652, first_play="zero").item()  # equal values: the one tried less
    1
    """
    priors = torch.softmax(edges.logits, 1)
    n = 1 + edges.visits.sum(1, keepdim=True)  # (B, 1)
    q = edges.q
    if first_play == "parent":
        tried = (edges.visits > 0).float()
        reduced = edges.value[:, None] - _REDUCTION * (priors * tried).sum(1, keepdim=True).sqrt()
        q = torch.where(edges.visits > 0, q, reduced)
    c = torch.log((1 + n + c_base) / c_base) + c_init
    score = q + c * priors * n.sqrt() / (1 + edges.visits)
    return score.masked_fill(~edges.open, -torch.inf).argmax(1)


def dirichlet(
    logits: Tensor, *, alpha: float, share: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Mix noise into the root's priors, so that every move may be tried: (B, A) logits to (B, A).

    ``P = (1 - share) p + share * Dirichlet(alpha)`` over the legal moves (Silver et al. 2017).

    Parameters
    ----------
    alpha
        0.03 for Go, 0.3 for chess: about ten over the number of moves.
    share
        (B,) of the noise; 0.25 in the paper, 0 for none.
    """
    legal = logits > LOW
    drawn = torch._standard_gamma(torch.full_like(logits, alpha), generator=generator) * legal
    noise = drawn / drawn.sum(1, keepdim=True).clamp(min=1e-30)
    mixed = torch.lerp(torch.softmax(logits, 1), noise, share[:, None])
    return mixed.clamp(min=1e-30).log().masked_fill(~legal, LOW)


def by_visits(visits: Tensor, *, temperature: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Choose a move (B,) in proportion to ``visits ** (1 / temperature)``, (B, A) and (B,); the most visited at 0."""
    warm = temperature > 0
    power = (visits / visits.amax(1, keepdim=True).clamp(min=1)).pow(1 / temperature.clamp(min=1e-2)[:, None])
    none = visits.sum(1) == 0  # a game that is over
    power[:, 0] += none
    drawn = torch.multinomial(power, 1, generator=generator).squeeze(1)
    return torch.where(warm, drawn, visits.argmax(1))
