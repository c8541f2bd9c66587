from __future__ import annotations

import math

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.annealing import LogZ, annealed_log_z, log_z_of, path, summed
from deepen.pretraining.likelihood.deep_partition import annealed_deep_log_z
from deepen.pretraining.likelihood.partition import exact_log_z

MACHINES = [
    (Units("binary", 12), Units("binary", 8), 0.5),
    (Units("binary", 20), Units("binary", 10), 0.3),
    (Units("gaussian", 6), Units("binary", 5), 0.3),
    (Joined((Units("binary", 8), Units("softmax", 4))), Units("binary", 6), 0.5),
]


@pytest.mark.parametrize(("visible", "hidden", "spread"), MACHINES)
def test_the_estimate_equals_the_enumerated_value(visible, hidden, spread):
    torch.manual_seed(0)
    machine = RestrictedBoltzmannMachine(visible, hidden)
    with torch.no_grad():
        for p in machine.parameters():
            p.normal_(0, spread)
        machine.base.normal_(0, 0.5)  # any first distribution will do
    found, exact = annealed_log_z(machine, runs=2000, steps=400), exact_log_z(machine)
    assert found.effective > 0.5 * found.runs
    assert abs(found.value - exact) < 0.01
    assert found.low - 0.01 < exact < found.high + 0.01


def test_the_path_rises_from_0_to_1_and_is_dense_at_the_end():
    betas = path(500)
    assert betas[0] == 0
    assert betas[-1] == 1
    assert len(betas) == 501
    assert (betas.diff() > 0).all()
    assert betas.diff()[-1] < betas.diff()[0] / 10


def test_an_estimate_of_unequal_runs_says_how_few_they_are_worth():
    found = summed(torch.tensor([0.0, -50.0, -50.0, -50.0]).double(), 1.0)
    assert found.value == pytest.approx(1 + math.log(1 / 4))
    assert found.effective == pytest.approx(1)
    assert found.low == -math.inf
    assert "1.0 of 4 runs effective" in str(found)
    assert str(LogZ(2.0, 2.0, 2.0)) == "log Z 2.0000, exactly"


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"runs": 2.5}, {"steps": 2}, {"steps": 9.5}])
def test_no_runs_and_no_whole_number_of_them_are_refused(wrong):
    machine = RestrictedBoltzmannMachine(Units("binary", 3), Units("binary", 2))
    deep = DeepBoltzmannMachine(Units("binary", 3), [2, 2])
    for estimate, of in ((annealed_log_z, machine), (annealed_deep_log_z, deep)):
        with pytest.raises(SettingError, match=next(iter(wrong))):
            estimate(of, **{"runs": 2, "steps": 10, **wrong})


def test_rectified_units_are_refused():
    with pytest.raises(SettingError, match="no free energy"):
        annealed_log_z(RestrictedBoltzmannMachine(Units("binary", 3), Units("rectified", 3)), runs=2, steps=5)


def test_a_small_machine_is_summed_and_a_large_one_estimated_unless_it_is_said():
    small = RestrictedBoltzmannMachine(Units("binary", 30), Units("binary", 5))
    exact = log_z_of(small)
    assert (exact.runs, exact.value, exact.low) == (0, exact_log_z(small), exact.value)
    large = RestrictedBoltzmannMachine(Units("binary", 30), Units("binary", 17))
    found = log_z_of(large, runs=7, steps=5)
    assert found.runs == 7
    assert log_z_of(large, runs=7, steps=5) == found
    assert log_z_of(large, exact=True).value == pytest.approx(found.value, abs=0.1)


def test_the_interval_is_the_means_standard_errors():
    w = torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
    found = summed(w.log(), 0.5)
    error = 1.96 * (5 / 3) ** 0.5 / 2  # the variance of the four is 5/3
    for side, mean in ((found.low, 2.5 - error), (found.value, 2.5), (found.high, 2.5 + error)):
        assert side == pytest.approx(0.5 + math.log(mean))
    assert found.effective == pytest.approx(100 / 30)
