from __future__ import annotations

import pytest
import torch

from deepen.reinforcement.sum_tree import SumTree


@pytest.mark.parametrize("rows", [1, 2, 127, 128, 129, 1000, 16384, 16385, 300_000])
def test_every_place_is_found_as_the_cumulative_sums_say(rows):
    generator = torch.Generator().manual_seed(rows)
    weights = torch.randint(0, 5, (rows,), generator=generator).double()
    weights[-1] = 3
    tree = SumTree(rows)
    tree.set(torch.arange(rows), weights)
    assert tree.total.item() == weights.sum().item()
    places = torch.rand(500, generator=generator, dtype=torch.float64) * weights.sum()
    places[0] = 0.0
    assert tree.find(places).tolist() == torch.searchsorted(weights.cumsum(0), places, right=True).tolist()


def test_changes_reach_the_top_and_leave_no_error_behind():
    tree, generator = SumTree(5000), torch.Generator().manual_seed(0)
    weights = torch.zeros(5000, dtype=torch.float64)
    for _ in range(50):
        rows = torch.randint(5000, (200,), generator=generator).unique()
        values = 1e6 * torch.rand(len(rows), generator=generator, dtype=torch.float64)
        tree.set(rows, values)
        weights[rows] = values
    tree.set(torch.arange(5000), torch.full((5000,), 1e-3, dtype=torch.float64))
    assert tree.total.item() == pytest.approx(5.0, rel=1e-12)


def test_no_place_finds_a_row_without_weight_not_even_the_end():
    tree = SumTree(1000)
    tree.set(torch.tensor([10, 500]), torch.tensor([0.1, 0.2]))
    ends = torch.stack([torch.zeros((), dtype=torch.float64), tree.total, tree.total * (1 + 1e-12)])
    assert tree.find(ends).tolist() == [10, 500, 500]


def test_it_goes_on_from_its_state():
    tree, again = SumTree(20_000), SumTree(20_000)
    tree.set(torch.arange(20_000), torch.rand(20_000, generator=torch.Generator().manual_seed(1)))
    again.load_state_dict(tree.state_dict())
    places = torch.linspace(0, 1, 300, dtype=torch.float64) * tree.total
    assert again.find(places).tolist() == tree.find(places).tolist()
