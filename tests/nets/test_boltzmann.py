from __future__ import annotations

import pytest
import torch

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units


def machine(visible=Units("binary", 4), hidden=Units("binary", 3), spread=1.0):  # noqa: B008 - frozen
    torch.manual_seed(0)
    made = RestrictedBoltzmannMachine(visible, hidden).double()
    with torch.no_grad():
        for p in made.parameters():
            p.normal_(0, spread)
    return made


@pytest.mark.parametrize(
    "visible", [Units("binary", 4), Units("softmax", 4), Joined((Units("binary", 2), Units("softmax", 3)))]
)
def test_free_energies_sum_the_energy_over_the_other_layer(visible):
    made = machine(visible)
    v, h = made.visible.states().double(), made.hidden.states().double()
    joint = torch.stack([made.energy(v, each.expand(len(v), -1)) for each in h], dim=1)  # (S, S')
    torch.testing.assert_close(made.free_energy(v), -(-joint).logsumexp(dim=1))
    torch.testing.assert_close(made.free_energy_of_hidden(h), -(-joint).logsumexp(dim=0))


def test_conditionals_are_those_of_the_joint():
    made = machine()
    v, h = made.visible.states().double(), made.hidden.states().double()
    p = (
        torch.stack([-made.energy(v, each.expand(len(v), -1)) for each in h], dim=1)
        .flatten()
        .softmax(0)
        .view(16, 8)
    )
    torch.testing.assert_close(made.hidden_mean(v), (p / p.sum(dim=1, keepdim=True)) @ h)
    torch.testing.assert_close(made.visible_mean(h), (p / p.sum(dim=0)).T @ v)


def test_the_gaussian_free_energy_is_the_joint_summed_too():
    made = machine(Units("gaussian", 4))
    v, h = torch.randn(5, 4, dtype=torch.float64), made.hidden.states().double()
    joint = torch.stack([made.energy(v, each.expand(5, -1)) for each in h], dim=1)
    torch.testing.assert_close(made.free_energy(v), -(-joint).logsumexp(dim=1))


def test_gibbs_chains_have_the_enumerated_marginals():
    made = machine(spread=0.8).float()
    states = made.visible.states()
    exact = (-made.free_energy(states)).softmax(0) @ states
    torch.manual_seed(1)
    with torch.no_grad():
        found = made.gibbs(torch.zeros(20_000, 4), 40).mean(dim=0)
    assert (found - exact).abs().max() < 0.015


def test_the_biases_start_at_the_datas_means_and_the_base_keeps_them():
    made = machine().float()
    made.start(torch.tensor([0.1, 0.5, 0.9, 0.3]))
    torch.testing.assert_close(torch.sigmoid(made.b), torch.tensor([0.1, 0.5, 0.9, 0.3]))
    assert torch.equal(made.state_dict()["base"], made.b)


def test_autocast_gives_float32_inputs():
    made = machine().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = made.hidden_input(torch.ones(2, 4))
        y = made.visible_input(torch.ones(2, 3))
    assert x.dtype == y.dtype == torch.float32
    torch.testing.assert_close(x, made.hidden_input(torch.ones(2, 4)), rtol=0.02, atol=0.05)
