from __future__ import annotations

import pytest
import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.nets.belief import DeepBeliefNet, DirectedLayer
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Units


def filled(module: torch.nn.Module, scale: float = 0.8) -> None:
    """Large weights, so that nothing is nearly independent."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(scale * torch.randn_like(p))


def distribution(machine: RestrictedBoltzmannMachine) -> tuple[Tensor, Tensor]:
    """Every visible state and the logarithm of its probability, by enumeration."""
    states = machine.visible.states()
    return states, (-machine.free_energy(states)).log_softmax(dim=0)


def log_p(net: DeepBeliefNet) -> Tensor:
    """``log p(v)`` of every v, by enumeration from the top down."""
    states, found = distribution(net.top)
    for layer in reversed(net.layers):
        below = layer.visible.states()
        joint = torch.stack([layer.log_generated(below, h.expand(len(below), -1)) for h in states], dim=1)
        states, found = below, (joint + found).logsumexp(dim=1)
    return found


@torch.no_grad()
def test_with_the_transposed_weights_on_top_it_is_the_lower_machine():
    torch.manual_seed(0)
    machine = RestrictedBoltzmannMachine(Units("binary", 5), Units("binary", 4))
    filled(machine)
    net = DeepBeliefNet(Units("binary", 5), [4, 5])
    net.layers[0].tie(machine)
    net.top.W.copy_(machine.W.t())
    net.top.b.copy_(machine.c)
    net.top.c.copy_(machine.b)
    torch.testing.assert_close(log_p(net), distribution(machine)[1])


@torch.no_grad()
def test_its_probabilities_sum_to_one_and_dreams_follow_them():
    torch.manual_seed(1)
    net = DeepBeliefNet(Units("binary", 4), [3, 4, 3, 2])
    filled(net, 1.5)
    p = log_p(net).exp()
    assert p.sum().item() == pytest.approx(1, abs=1e-5)
    states, top = distribution(net.top)
    h = states[torch.multinomial(top.exp(), 40_000, replacement=True)]
    v = torch.bernoulli(net.down(h))
    counts = torch.bincount((v @ 2.0 ** torch.arange(4)).long(), minlength=16) / len(v)
    torch.testing.assert_close(counts, p, atol=0.01, rtol=0)  # four standard errors


@torch.no_grad()
def test_the_generative_probabilities_sum_to_one_whatever_the_units():
    torch.manual_seed(0)
    layer = DirectedLayer(Units("binary", 4), Units("binary", 3))
    filled(layer)
    v, h = layer.visible.states(), torch.tensor([1.0, 0.0, 1.0])
    assert layer.log_generated(v, h.expand(16, -1)).exp().sum().item() == pytest.approx(1, abs=1e-5)
    normal = DirectedLayer(Units("gaussian", 1), Units("binary", 3))
    filled(normal)
    v = torch.linspace(-12, 12, 4001)[:, None]
    density = normal.log_generated(v, h.expand(len(v), -1)).exp()
    assert torch.trapezoid(density, v[:, 0]).item() == pytest.approx(1, abs=1e-4)


@torch.no_grad()
def test_the_perceptron_gives_the_same_features_and_begins_undecided():
    torch.manual_seed(0)
    net = DeepBeliefNet(Units("gaussian", 6), [5, 4], classes=3)
    filled(net)
    x = torch.randn(7, 6)
    mlp = net.to_mlp(3)
    torch.testing.assert_close(mlp.features(x), net(x))
    assert (mlp(x) == 0).all()
    mlp.layers[0].weight.zero_()  # and it is a net of its own
    assert (net.layers[0].R != 0).all()


@torch.no_grad()
def test_recognition_and_generation_are_tied_first_and_then_apart():
    torch.manual_seed(0)
    net = DeepBeliefNet(Units("binary", 4), [3, 2])
    machine = RestrictedBoltzmannMachine(Units("binary", 4), Units("binary", 3))
    filled(machine)
    layer = net.layers[0]
    layer.tie(machine)
    v, h = torch.rand(5, 4), torch.rand(5, 3)
    torch.testing.assert_close(layer.recognised(v), machine.hidden_mean(v))
    torch.testing.assert_close(layer.generated(h), machine.visible_mean(h))
    layer.R.zero_()
    torch.testing.assert_close(layer.generated(h), machine.visible_mean(h))


def test_a_layer_needs_a_unit():
    with pytest.raises(SettingError, match="units: out of range"):
        DeepBeliefNet(Units("binary", 4), [3, 0])
