"""Sequential halving's schedule, completed values, and that the policy is improved for certain."""

from __future__ import annotations

import math

import pytest
import torch

from deepen.search import gumbel
from deepen.search.tree import LOW, Edges

WEIGHTS = {"c_visit": 50.0, "c_scale": 1.0}


def random_edges(n: int, actions: int, seed: int, tried: float) -> tuple[Edges, torch.Tensor]:
    """Nodes with exact values q of all moves, some of them tried; the node's own value is the prior's exact one."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(n, actions, generator=generator)
    legal = torch.rand(n, actions, generator=generator) < 0.8
    legal[:, 0] = True
    logits = logits.masked_fill(~legal, LOW)
    q = 2 * torch.rand(n, actions, generator=generator) - 1
    visits = torch.randint(1, 9, (n, actions), generator=generator).float() * legal
    visits *= torch.rand(n, actions, generator=generator) < tried
    value = (torch.softmax(logits, 1) * q).sum(1)
    return Edges(logits, visits, visits * q, value), q


@pytest.mark.parametrize("c_scale", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("tried", [0.0, 0.3, 1.0])
def test_the_policy_is_improved_for_certain(c_scale: float, tried: float) -> None:
    """With exact values the expected one under the improved policy is never below that under the prior."""
    edges, q = random_edges(5000, 9, 0, tried)
    if tried < 1:  # the mixture stands for all that was not tried: what is claimed is of the completed values
        q = gumbel.completed(edges)
    better = (gumbel.improved(edges, c_visit=50.0, c_scale=c_scale) * q).sum(1)
    prior = (torch.softmax(edges.logits, 1) * q).sum(1)
    assert (better >= prior - 1e-6).all()
    if tried == 1.0:
        assert (better - prior).mean() > 0.02


def test_the_mixture_is_the_papers() -> None:
    """``(v + n * sum pi q / sum pi) / (1 + n)``, the sums over the tried moves, by pen."""
    logits = torch.tensor([[0.5, 0.3, 0.2]]).log()
    visits = torch.tensor([[3.0, 1.0, 0.0]])
    edges = Edges(logits, visits, torch.tensor([[1.5, -0.2, 0.0]]), torch.tensor([0.1]))
    known = (0.5 * 0.5 + 0.3 * -0.2) / 0.8
    wanted = torch.tensor([[0.5, -0.2, (0.1 + 4 * known) / 5]])
    torch.testing.assert_close(gumbel.completed(edges), wanted)


def test_nothing_tried_leaves_the_prior() -> None:
    edges, _ = random_edges(100, 5, 1, 0.0)
    torch.testing.assert_close(gumbel.improved(edges, **WEIGHTS), torch.softmax(edges.logits, 1))


def test_the_chosen_move_is_drawn_from_the_prior_where_values_say_nothing() -> None:
    """The Gumbel-max trick: the best of gumbel and logit is a draw from the softmax."""
    n = 40_000
    logits = torch.tensor([0.5, 0.3, 0.2]).log().repeat(n, 1)
    edges = Edges(logits, torch.zeros(n, 3), torch.zeros(n, 3), torch.zeros(n))
    drawn = gumbel.noise(logits, scale=torch.ones(n), generator=torch.Generator().manual_seed(0))
    move = gumbel.considered(edges, drawn, torch.zeros(n), **WEIGHTS)
    shares = torch.bincount(move, minlength=3) / n
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.3, 0.2]), atol=0.01, rtol=0)


def test_sequential_halving_with_exact_values_is_an_improvement_too() -> None:
    """Of m moves drawn without replacement the best is played: on average better than a draw from the prior."""
    edges, q = random_edges(20_000, 9, 2, 1.0)
    even = Edges(edges.logits, edges.legal.float(), edges.legal * q, edges.value)
    drawn = gumbel.noise(even.logits, scale=torch.ones(20_000), generator=torch.Generator().manual_seed(1))
    among = (drawn + even.logits).topk(3, 1).indices
    visits = torch.zeros_like(q).scatter_(1, among, 1.0) * even.legal
    tried = Edges(even.logits, visits, visits * q, even.value)
    move = gumbel.considered(tried, drawn, torch.ones(20_000), **WEIGHTS)
    assert even.legal.gather(1, move[:, None]).all()
    gain = q.gather(1, move[:, None])[:, 0] - edges.value
    assert gain.mean() > 5 * gain.std() / math.sqrt(20_000)


@pytest.mark.parametrize("m", [0, 1, 2, 3, 4, 7, 16, 81])
@pytest.mark.parametrize("simulations", [1, 2, 16, 50, 64])
def test_the_schedule_can_be_followed(m: int, simulations: int) -> None:
    """Whoever takes any move with the wanted count always finds one, and half the moves are left after each round."""
    visits = [0] * max(1, m)
    for wanted in gumbel.schedule(m, simulations):
        at = [i for i, v in enumerate(visits) if v == wanted]
        assert at, "no move was tried so often"
        visits[at[0]] += 1
    assert sum(visits) == simulations
    if m >= 2 and simulations >= m:
        assert min(visits) >= 1
        most = max(visits)
        assert sum(v >= most - 1 for v in visits) >= 2


def test_the_schedule_of_sixteen_moves_is_the_papers() -> None:
    """16 moves, 64 simulations, four rounds of 16 each: 1, 2, 4 and 8 visits more."""
    counts = [0] * 16
    for wanted in gumbel.schedule(16, 64):
        counts[counts.index(wanted)] += 1
    assert sorted(counts) == [1] * 8 + [3] * 4 + [7] * 2 + [15] * 2


def test_below_the_root_visits_follow_the_improved_policy() -> None:
    """Equation 14 without its noise: after many visits the shares are the policy's."""
    logits = torch.tensor([[0.6, 0.3, 0.1]]).log()
    visits = torch.zeros(1, 3)
    for _ in range(1000):
        edges = Edges(logits, visits, torch.zeros(1, 3), torch.zeros(1))
        visits[0, gumbel.inner(edges, **WEIGHTS)] += 1
    torch.testing.assert_close(visits / 1000, torch.tensor([[0.6, 0.3, 0.1]]), atol=0.002, rtol=0)


def test_illegal_moves_are_never_chosen() -> None:
    edges, _ = random_edges(2000, 6, 3, 0.5)
    drawn = gumbel.noise(edges.logits, scale=torch.ones(2000), generator=torch.Generator().manual_seed(0))
    for move in (
        gumbel.inner(edges, **WEIGHTS),
        gumbel.considered(edges, drawn, torch.zeros(2000), **WEIGHTS),
    ):
        untried = ((edges.visits == 0) & edges.legal).any(1)
        assert edges.legal.gather(1, move[:, None])[untried].all()
