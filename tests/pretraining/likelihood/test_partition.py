from __future__ import annotations

import itertools

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.partition import exact_log_z, states_to_sum


def drawn(visible, hidden, spread=1.0):
    torch.manual_seed(0)
    machine = RestrictedBoltzmannMachine(visible, hidden)
    with torch.no_grad():
        for p in machine.parameters():
            p.normal_(0, spread)
    return machine


@pytest.mark.parametrize(("v", "h"), [(5, 3), (3, 5)])
def test_it_is_the_sum_over_all_joint_states(v, h):
    machine = drawn(Units("binary", v), Units("binary", h)).double()
    states = torch.tensor(list(itertools.product((0.0, 1.0), repeat=v + h)), dtype=torch.float64)
    total = (-machine.energy(states[:, :v], states[:, v:])).logsumexp(0).item()
    assert exact_log_z(machine.float()) == pytest.approx(total, abs=1e-5)


def test_either_side_gives_the_same_with_label_units():
    machine = drawn(Joined((Units("binary", 4), Units("softmax", 3))), Units("binary", 6)).double()
    by_visible = (-machine.free_energy(machine.visible.states().double())).logsumexp(0).item()
    by_hidden = (-machine.free_energy_of_hidden(machine.hidden.states().double())).logsumexp(0).item()
    assert by_visible == pytest.approx(by_hidden, abs=1e-9)
    assert exact_log_z(machine.float()) == pytest.approx(by_hidden, abs=1e-5)


def test_of_gaussian_visibles_the_hidden_side_is_summed():
    machine = drawn(Units("gaussian", 1), Units("binary", 2)).double()
    s = torch.linspace(-30, 30, 300_001, dtype=torch.float64)[:, None]
    with torch.no_grad():
        whole = torch.trapezoid((-machine.free_energy(s)).exp(), s[:, 0]).log().item()
    assert exact_log_z(machine.float()) == pytest.approx(whole, abs=1e-5)


def test_too_large_a_machine_is_refused_with_what_to_do():
    with pytest.raises(SettingError, match="annealed importance sampling"):
        exact_log_z(RestrictedBoltzmannMachine(Units("binary", 30), Units("binary", 30)))


def test_the_smaller_layer_is_the_one_to_sum_over():
    assert states_to_sum(drawn(Units("binary", 9), Units("binary", 4))) == 16
    assert states_to_sum(drawn(Joined((Units("binary", 2), Units("softmax", 5))), Units("binary", 9))) == 20
    assert states_to_sum(drawn(Units("gaussian", 2), Units("binary", 3))) == 8
