import torch

from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.mean_field_mlp import MeanFieldMLP
from deepen.nets.units import Units


def machine(hidden=(5, 4)):
    torch.manual_seed(0)
    found = DeepBoltzmannMachine(Units("binary", 6), hidden)
    with torch.no_grad():
        for p in found.parameters():
            p.normal_(std=0.5)
    return found


def test_untrained_it_gives_the_mean_field():
    for hidden in ((5, 4), (5, 4, 3)):
        known = machine(hidden)
        v = torch.rand(7, 6).round()
        converged = known.mean_field(v, steps=200)
        net = MeanFieldMLP(known, 3, steps=200)
        torch.testing.assert_close(net.features(v), converged[-1], atol=1e-5, rtol=1e-5)
        assert net(v).tolist() == torch.zeros(7, 3).tolist()


def test_the_machine_stays_and_the_copies_learn():
    known = machine()
    net = MeanFieldMLP(known, 3)
    before = {k: t.clone() for k, t in net.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=1.0)
    for _ in range(2):  # the head begins at zero, and nothing passes it at first
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(
            net(torch.rand(7, 6)), torch.tensor([0, 1, 2, 0, 1, 2, 0])
        ).backward()
        optimiser.step()
    changed = {k for k, t in net.state_dict().items() if not torch.equal(t, before[k])}
    assert changed == {
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "above.0.weight",
        "head.weight", "head.bias",
    }  # fmt: skip
    assert known.W[0].requires_grad and not torch.equal(known.W[0], net.layers[0].weight.t())


def test_its_marginals_tell_what_the_layer_above_says():
    net = MeanFieldMLP(machine(), 3)
    v = torch.rand(7, 6).round()
    with torch.no_grad():
        with_them = net.features(v)
        net.above[0].weight.zero_()
        assert not torch.allclose(net.features(v), with_them)


def test_pictures_are_read_as_rows():
    net = MeanFieldMLP(machine(), 3)
    v = torch.rand(2, 6)
    assert torch.equal(net(v), net(v.view(2, 1, 2, 3)))
