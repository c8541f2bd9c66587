from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from deepen.nets.belief import DeepBeliefNet
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Units
from deepen.pretraining.likelihood.bound import entropy, log_probability_bound
from deepen.pretraining.likelihood.of_labels import free_energy_without_labels
from deepen.pretraining.likelihood.partition import exact_log_z


def belief(hidden: list[int], *, classes: int = 0, scale: float = 1.0, seed: int = 0) -> DeepBeliefNet:
    torch.manual_seed(seed)
    net = DeepBeliefNet(Units("binary", 4), hidden, classes=classes)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(scale * torch.randn_like(p))
    return net


def free_energy(net: DeepBeliefNet, h: Tensor) -> Tensor:
    """``- log sum_{t, k} exp(-E(h, k, t))``, every label on in turn."""
    if not net.classes:
        return net.top.free_energy(h)
    each = [
        net.top.free_energy(torch.cat([h, one.expand(len(h), -1)], dim=1)) for one in torch.eye(net.classes)
    ]
    return -torch.stack(each).neg().logsumexp(dim=0)


@torch.no_grad()
def enumerated(net: DeepBeliefNet) -> tuple[Tensor, Tensor, Tensor]:
    """All v, ``log p(v)`` and the bound, each state of two hidden layers weighed."""
    v = Units("binary", 4).states()
    log_z = exact_log_z(net.top)
    first, second = net.layers
    log_p, bound = [], []
    for x in v:
        joint, weight, surprise = [], [], []
        for h1 in first.hidden.states():
            h2 = second.hidden.states()
            n = len(h2)
            x1, x2 = first.hidden_input(x), second.hidden_input(h1)
            log_q = (h1 * x1).sum() - first.hidden.log_partition(x1)
            log_q = log_q + (h2 * x2).sum(dim=1) - second.hidden.log_partition(x2)
            joint.append(
                first.log_generated(x.expand(n, -1), h1.expand(n, -1))
                + second.log_generated(h1.expand(n, -1), h2)
                - free_energy(net, h2)
                - log_z
            )
            weight.append(log_q.exp())
            surprise.append(-log_q)
        joint, weight, surprise = torch.cat(joint), torch.cat(weight), torch.cat(surprise)
        log_p.append(joint.logsumexp(dim=0))
        bound.append((weight * (joint + surprise)).sum())
    return v, torch.stack(log_p), torch.stack(bound)


@pytest.mark.parametrize("classes", [0, 2])
def test_it_is_below_the_exact_and_the_average_of_its_draws_is_it(classes):
    net = belief([3, 3, 2], classes=classes)
    v, log_p, bound = enumerated(net)
    assert log_p.exp().sum().item() == pytest.approx(1, abs=1e-4)
    assert (bound < log_p).all()
    torch.manual_seed(0)
    runs = torch.stack([log_probability_bound(net, v, samples=30) for _ in range(20)])  # (20, S)
    found = runs.mean(dim=0) - exact_log_z(net.top)
    sure = runs.std(dim=0) / math.sqrt(len(runs))
    assert ((found - bound).abs() < 4.5 * sure + 1e-4).all()


@torch.no_grad()
def test_with_transposed_weights_on_top_it_is_exact():
    torch.manual_seed(0)
    machine = RestrictedBoltzmannMachine(Units("binary", 4), Units("binary", 3))
    for p in machine.parameters():
        p.copy_(torch.randn_like(p))
    net = belief([3, 4])
    net.layers[0].tie(machine)
    for name, p in (("W", machine.W.t()), ("b", machine.c), ("c", machine.b)):
        getattr(net.top, name).copy_(p)
    v = machine.visible.states()
    # q is the true posterior; what is left is the noise of its draws.
    runs = torch.stack([log_probability_bound(net, v, samples=50) for _ in range(20)]) - exact_log_z(net.top)
    exact = (-machine.free_energy(v)).log_softmax(dim=0)
    assert ((runs.mean(dim=0) - exact).abs() < 4.5 * runs.std(dim=0) / math.sqrt(20) + 1e-4).all()


@pytest.mark.parametrize("classes", [0, 3])
@torch.no_grad()
def test_of_one_layer_it_is_the_likelihood(classes):
    net = belief([3], classes=classes)
    v = Units("binary", 4).states()
    found = log_probability_bound(net, v) - exact_log_z(net.top)
    assert found.exp().sum().item() == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(found, (-free_energy(net, v)).log_softmax(dim=0))


@torch.no_grad()
def test_labels_are_summed_over():
    net = belief([3], classes=3)
    v = torch.rand(5, 4)
    torch.testing.assert_close(free_energy_without_labels(net.top, v), free_energy(net, v))


def test_entropy_is_that_of_every_state():
    units, x = Units("binary", 3), torch.tensor([0.5, -2.0, 0.1])
    log_q = (units.states() * x).sum(dim=1).log_softmax(dim=0)
    assert entropy(units, x).item() == pytest.approx(-(log_q.exp() * log_q).sum().item(), abs=1e-5)
