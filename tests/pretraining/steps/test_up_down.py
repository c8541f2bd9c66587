from __future__ import annotations

import itertools

import pytest
import torch
import torch.nn.functional as F

from deepen.nets.belief import DeepBeliefNet, DirectedLayer
from deepen.nets.units import Units
from deepen.pretraining.likelihood.bound import log_probability_bound
from deepen.pretraining.likelihood.partition import exact_log_z
from deepen.pretraining.steps import up_down
from deepen.pretraining.steps.divergence import ContrastiveDivergence, Divergence
from deepen.pretraining.steps.up_down import UpDown, generative_gradient, recognition_gradient


def belief(hidden: list[int], *, classes: int = 0, scale: float = 0.5) -> DeepBeliefNet:
    torch.manual_seed(0)
    net = DeepBeliefNet(Units("binary", 6), hidden, classes=classes)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(scale * torch.randn_like(p))
    return net


@pytest.mark.parametrize("kind", ["binary", "gaussian"])
def test_the_directions_gradients_are_those_of_their_log_probabilities(kind):
    torch.manual_seed(0)
    layer = DirectedLayer(Units(kind, 5), Units("binary", 4))
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(torch.randn_like(p))
    v, h = torch.bernoulli(torch.full((7, 5), 0.5)), torch.bernoulli(torch.full((7, 4), 0.5))
    (-layer.log_generated(v, h).mean()).backward()
    found = generative_gradient(layer, v, h)
    for p in (layer.G, layer.b):
        torch.testing.assert_close(found[p], p.grad)
    (F.binary_cross_entropy_with_logits(layer.hidden_input(v), h, reduction="sum") / 7).backward()
    found = recognition_gradient(layer, v, h)
    for p in (layer.R, layer.c):
        torch.testing.assert_close(found[p], p.grad)


def test_without_lower_layers_it_is_contrastive_divergence():
    net, how = belief([4], classes=2), Divergence(k=2)
    v = torch.cat([torch.rand(20, 6), torch.eye(2)[torch.arange(20) % 2]], dim=1)
    found = []
    for step, of in ((UpDown(how, net), net), (ContrastiveDivergence(how, net.top), net.top)):
        torch.manual_seed(1)
        loss = step(of, v)
        found.append([loss, *torch.autograd.grad(loss, list(net.top.parameters()))])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_every_weight_has_a_gradient():
    net = belief([5, 4, 3], classes=2)
    v = torch.cat([torch.rand(50, 6), torch.eye(2)[torch.arange(50) % 2]], dim=1)
    torch.manual_seed(0)
    UpDown(Divergence(), net)(net, v).backward()
    assert all(p.grad is not None and (p.grad != 0).any() for p in net.parameters())


@pytest.mark.parametrize("hidden", [[3, 2], [3]])
def test_the_layer_of_numbers_counts_a_fiftieth(monkeypatch, hidden):
    torch.manual_seed(0)
    net, rows = DeepBeliefNet(Units("gaussian", 6), hidden), torch.randn(20, 6)
    found = []
    for rate in (up_down.GAUSSIAN_RATE, 1.0):
        monkeypatch.setattr(up_down, "GAUSSIAN_RATE", rate)
        torch.manual_seed(1)
        step = UpDown(Divergence(), net)
        found.append(torch.autograd.grad(step(net, rows), list(net.parameters())))
    lowest = {id(p) for p in (net.layers[0] if net.layers else net.top).parameters()}
    for p, slow, plain in zip(net.parameters(), *found, strict=True):
        torch.testing.assert_close(slow, plain * (0.02 if id(p) in lowest else 1))


def test_asleep_what_the_memory_dreamed_is_brought_down_and_recognised(monkeypatch):
    net, rows = belief([4, 3]), torch.rand(10, 6)
    step, dreamed = UpDown(Divergence(), net), torch.eye(4)
    found = step._memory.estimate(net.top, torch.rand(10, 4).round())
    monkeypatch.setattr(step._memory, "estimate", lambda *_: found._replace(chains=dreamed))
    step(net, rows).backward()
    (layer,) = net.layers
    wanted = recognition_gradient(layer, layer.generated(dreamed), dreamed)
    for p in (layer.R, layer.c):
        torch.testing.assert_close(p.grad, wanted[p])


def test_it_makes_the_data_likelier():
    net = belief([5, 5], scale=0.1)
    data = torch.tensor([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]).repeat(25, 1)
    step = UpDown(Divergence(chains="persistent", n_chains=50), net)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def bound() -> float:
        torch.manual_seed(9)
        return (log_probability_bound(net, data, samples=50).mean() - exact_log_z(net.top)).item()

    before = bound()
    torch.manual_seed(0)
    for _ in range(400):
        optimiser.zero_grad()
        step(net, data).backward()
        optimiser.step()
    assert before < -3.5  # six coins are at -4.2, two patterns at -0.7
    assert bound() > -2.2


def test_a_step_goes_on_from_its_state():
    net, how = belief([4, 3]), Divergence(chains="persistent", n_chains=8)
    first, second = UpDown(how, net), UpDown(how, net)
    rows = torch.rand(10, 6)
    torch.manual_seed(0)
    first(net, rows)
    second.load_state_dict(first.state_dict())
    found = []
    for step in (first, second):
        torch.manual_seed(1)
        found.append(torch.autograd.grad(step(net, rows), list(net.parameters())))
    assert all(torch.equal(a, b) for a, b in itertools.zip_longest(*found))


def test_a_training_that_goes_back_forgets_the_memorys_chains():
    torch.manual_seed(0)
    net = DeepBeliefNet(Units("binary", 4), [3, 2])
    step = UpDown(Divergence(chains="persistent", n_chains=5), net)
    step(net, torch.rand(6, 4).round())
    assert len(step.state_dict()["chains"]) == 5
    step.begin_anew()
    assert len(step.state_dict()["chains"]) == 0
