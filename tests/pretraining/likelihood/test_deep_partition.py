import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.deep_partition import annealed_deep_log_z, exact_deep_log_z, units_to_sum


def made(sizes, scale, seed=0):
    torch.manual_seed(seed)
    net = DeepBoltzmannMachine(Units("binary", sizes[0]), sizes[1:])
    with torch.no_grad():
        for p in net.parameters():
            p.normal_(std=scale)
        net.start(torch.rand(sizes[0]))
    return net


@pytest.mark.parametrize("sizes", [(3, 4, 2), (6, 2, 5), (3, 2, 3, 2)])
def test_enumerating_one_side_is_enumerating_all(sizes):
    net = made(sizes, 1.0)
    layers = Joined(net.units)
    log_z = (-net.energy(list(layers.split(layers.states())))).logsumexp(0).item()
    assert exact_deep_log_z(net) == pytest.approx(log_z, abs=1e-4)
    assert units_to_sum(net) == min(sum(sizes[at] for at in s) for s in (net.odd, net.even))
    assert net.W[0].dtype == torch.float32  # it was summed in a copy


@pytest.mark.parametrize(
    ("sizes", "scale"), [((8, 5, 4), 0.5), ((12, 6, 6), 0.3), ((6, 5, 4, 3), 0.5), ((9, 4, 7), 0.6)]
)
def test_annealing_gives_the_enumerated_value(sizes, scale):
    net = made(sizes, scale)
    torch.manual_seed(1)
    found = annealed_deep_log_z(net, runs=3000, steps=200)
    assert found.effective > found.runs / 2
    assert found.value == pytest.approx(exact_deep_log_z(net), abs=0.01)
    assert found.low < exact_deep_log_z(net) < found.high


def test_gaussian_visible_units_are_summed_over_too():
    torch.manual_seed(0)
    net = DeepBoltzmannMachine(Units("gaussian", 3), [3, 2])
    with torch.no_grad():
        net.W[0].normal_(std=0.5)
    torch.manual_seed(1)
    found = annealed_deep_log_z(net, runs=3000, steps=200)
    assert found.value == pytest.approx(exact_deep_log_z(net), abs=0.01)


def test_too_large_a_machine_is_refused():
    with pytest.raises(SettingError, match="too large to sum"):
        exact_deep_log_z(DeepBoltzmannMachine(Units("binary", 30), [30, 30]))
