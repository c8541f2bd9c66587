from __future__ import annotations

import torch

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Units
from deepen.pretraining.steps.tempering import Tempered


def two_modes():
    """A machine that is almost always in one of two states, all on or all off."""
    machine = RestrictedBoltzmannMachine(Units("binary", 6), Units("binary", 2))
    with torch.no_grad():
        machine.W.fill_(6.0)
        machine.b.fill_(-6.0)
        machine.c.fill_(-18.0)
    return machine


def test_the_coldest_chains_have_the_exact_marginals_where_plain_chains_stay_where_they_began():
    machine, began = two_modes(), torch.zeros(300, 6)
    states = machine.visible.states()
    exact = ((-machine.free_energy(states)).softmax(0) @ states).mean()
    torch.manual_seed(0)
    with torch.no_grad():
        plain = machine.gibbs(began, 300).mean()
        tempered, seen = Tempered(300, 12), []
        for step in range(300):
            v = tempered.advance(machine, began, 1)
            seen += [v.mean()] if step >= 100 else []
    assert plain < 0.05
    assert abs(exact - 0.5) < 0.01
    assert abs(torch.stack(seen).mean() - exact) < 0.06


def test_a_resumed_one_goes_on_as_if_nothing_had_been():
    machine, v0 = two_modes(), torch.rand(4, 6).round()

    def three(tempered):
        torch.manual_seed(5)
        with torch.no_grad():
            return [tempered.advance(machine, v0, 1) for _ in range(3)][-1]

    first = Tempered(4, 3)
    first.advance(machine, v0, 1)
    second = Tempered(4, 3)
    second.load_state_dict({k: v.clone() for k, v in first.state_dict().items()})
    assert torch.equal(three(first), three(second))
