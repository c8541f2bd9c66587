"""PUCT's formula, the noise and the choice by visits."""

from __future__ import annotations

import math

import torch

from deepen.search.puct import by_visits, dirichlet, puct
from deepen.search.tree import LOW, Edges


def edges(priors: list[float], visits: list[float], sums: list[float], value: float = 0.0) -> Edges:
    logits = torch.tensor([priors]).log().clamp(min=LOW)
    return Edges(logits, torch.tensor([visits]), torch.tensor([sums]), torch.tensor([value]))


def by_pen(e: Edges, c_init: float, c_base: float) -> list[float]:
    """The formula of the paper, a move at a time."""
    priors = e.logits[0].exp().tolist()
    n = 1 + sum(e.visits[0].tolist())
    c = math.log((1 + n + c_base) / c_base) + c_init
    each = zip(priors, e.visits[0].tolist(), e.sums[0].tolist(), strict=True)
    return [(w / k if k else 0.0) + c * p * math.sqrt(n) / (1 + k) for p, k, w in each]


def test_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        priors = torch.rand(5, generator=generator)
        visits = torch.randint(0, 4, (5,), generator=generator).float()
        sums = visits * (2 * torch.rand(5, generator=generator) - 1)
        e = edges((priors / priors.sum()).tolist(), visits.tolist(), sums.tolist())
        for base in (20.0, 19652.0):
            score = by_pen(e, 1.25, base)
            chosen = puct(e, c_init=1.25, c_base=base, first_play="zero").item()
            assert score[int(chosen)] > max(score) - 1e-5


def test_an_untried_move_counts_as_the_parent_or_as_zero() -> None:
    """The node is won: one tried move has 0.9, and the untried one is no worse than a little below the node."""
    e = edges([0.5, 0.5], [9.0, 0.0], [8.1, 0.0], value=0.95)
    assert puct(e, c_init=0.0, c_base=1e12, first_play="zero").item() == 0
    lost = edges([0.5, 0.5], [9.0, 0.0], [-8.1, 0.0], value=-0.95)
    assert puct(lost, c_init=0.0, c_base=1e12, first_play="zero").item() == 1
    assert puct(lost, c_init=0.0, c_base=1e12, first_play="parent").item() == 0


def test_illegal_moves_are_never_chosen() -> None:
    e = edges([0.5, 0.5, 0.0], [3.0, 3.0, 0.0], [-3.0, -3.0, 0.0], value=-1.0)
    assert puct(e, c_init=0.0, c_base=1e12, first_play="zero").item() in (0, 1)


def test_dirichlet_noise_has_its_mean_and_spares_illegal_moves() -> None:
    logits = torch.tensor([[0.5, 0.25, 0.25]]).log()
    logits = torch.cat([logits, torch.tensor([[LOW]])], 1).repeat(20_000, 1)
    mixed = dirichlet(
        logits, alpha=0.3, share=torch.full((20_000,), 0.25), generator=torch.Generator().manual_seed(0)
    )
    p = torch.softmax(mixed, 1)
    assert (p[:, 3] == 0).all()
    wanted = 0.75 * torch.tensor([0.5, 0.25, 0.25]) + 0.25 / 3
    torch.testing.assert_close(p[:, :3].mean(0), wanted, atol=0.005, rtol=0)
    # Dirichlet(0.3, 0.3, 0.3) has the variance (1/3)(2/3) / 1.9.
    spread = torch.full((3,), 0.25**2 * (2 / 9) / 1.9)
    torch.testing.assert_close(p[:, :3].var(0), spread, atol=2e-4, rtol=0)
    same = dirichlet(logits[:1], alpha=0.3, share=torch.zeros(1))
    torch.testing.assert_close(torch.softmax(same, 1), torch.softmax(logits[:1], 1))


def test_by_visits() -> None:
    visits = torch.tensor([[1.0, 3.0, 0.0]]).repeat(30_000, 1)
    generator = torch.Generator().manual_seed(0)
    drawn = by_visits(visits, temperature=torch.ones(30_000), generator=generator)
    torch.testing.assert_close((drawn == 1).float().mean(), torch.tensor(0.75), atol=0.01, rtol=0)
    warm = by_visits(visits, temperature=torch.full((30_000,), 0.5), generator=generator)
    torch.testing.assert_close((warm == 1).float().mean(), torch.tensor(0.9), atol=0.01, rtol=0)
    assert (by_visits(visits, temperature=torch.zeros(30_000)) == 1).all()
    assert by_visits(torch.zeros(1, 3), temperature=torch.ones(1)).item() == 0
