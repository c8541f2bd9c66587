import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.steps.joint import Joint, JointLearning, gradients


def made(sizes=(4, 3, 2), seed=0):
    torch.manual_seed(seed)
    net = DeepBoltzmannMachine(Units("binary", sizes[0]), sizes[1:]).double()
    with torch.no_grad():
        for p in net.parameters():
            p.normal_(std=0.7)
    return net


def enumerated(net):
    """Every joint state, and its probability."""
    layers = Joined(net.units)
    x = list(layers.split(layers.states().double()))
    with torch.no_grad():
        return x, (-net.energy(x)).softmax(0)


def objective(net, v, steps=60):
    """The mean bound on the log-likelihood, exactly."""
    x, _ = enumerated(net)
    return (net.bound(net.mean_field(v, steps=steps)) - (-net.energy(x)).logsumexp(0)).mean()


def exact(net, v, offsets=None):
    x, p = enumerated(net)
    with torch.no_grad():
        return gradients(net.mean_field(v, steps=60), x, offsets, weights=p)


@pytest.mark.parametrize("sizes", [(4, 3, 2), (3, 2, 2, 2)])
def test_with_exact_expectations_the_step_is_the_numerical_gradient_of_the_bound(sizes):
    net = made(sizes)
    v = torch.randint(0, 2, (6, sizes[0])).double()
    found = exact(net, v)
    for p, g in zip([*net.W, *net.b], found, strict=True):
        for at in range(p.numel()):
            values = []
            for change in (1e-5, -1e-5):
                with torch.no_grad():
                    p.view(-1)[at] += change
                    values.append(objective(net, v).item())
                    p.view(-1)[at] -= change
            assert -(values[0] - values[1]) / 2e-5 == pytest.approx(g.reshape(-1)[at].item(), abs=1e-7)


def test_the_centred_step_is_the_gradient_of_the_centred_machine():
    net, v = made(), torch.randint(0, 2, (6, 4)).double()
    offsets = [torch.rand(n).double() for n in (4, 3, 2)]
    # Its own parameters W and b', of which the plain biases are b'_l - W_l o_(l+1) - o_(l-1) W_(l-1).
    W = [w.detach().clone().requires_grad_() for w in net.W]
    own = [b.detach().clone() for b in net.b]
    for at, w in enumerate(net.W):
        own[at] += w.detach() @ offsets[at + 1]
        own[at + 1] += offsets[at] @ w.detach()
    own = [b.requires_grad_() for b in own]

    def plain(W, own):
        b = list(own)
        for at, w in enumerate(W):
            b[at] = b[at] - w @ offsets[at + 1]
            b[at + 1] = b[at + 1] - offsets[at] @ w
        return [*W, *b]

    names = [*(f"W.{at}" for at in range(2)), *(f"b.{at}" for at in range(3))]
    parameters = plain(W, own)

    class Objective(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, v):
            return objective(self.net, v)

    loss = -torch.func.functional_call(
        Objective(), {f"net.{n}": p for n, p in zip(names, parameters, strict=True)}, (v,)
    )
    loss.backward()
    # One small step along it, as the plain parameters see it.
    rate = 1e-6
    moved = plain([w.detach() - rate * w.grad for w in W], [b.detach() - rate * b.grad for b in own])
    for before, after, step in zip(parameters, moved, exact(net, v, offsets), strict=True):
        torch.testing.assert_close((before.detach() - after) / rate, step, atol=1e-4, rtol=1e-4)


def test_chains_long_enough_give_the_exact_gradient():
    net = made().float()
    v = torch.randint(0, 2, (8, 4)).float()
    step = JointLearning(Joint(k=60, n_chains=40_000, mean_field=200, tolerance=0.0, centring=0.0))
    torch.manual_seed(1)
    step(net, v).backward()
    expected = exact(net.double(), v.double())
    for p, g in zip([*net.W, *net.b], expected, strict=True):
        assert (p.grad - g).abs().max() < 0.015


def test_following_it_raises_the_bound_as_far_as_the_data_go():
    torch.manual_seed(0)
    net = DeepBoltzmannMachine(Units("binary", 4), [4, 3])
    v = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]).repeat(20, 1)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.5)
    step = JointLearning(Joint())
    for _ in range(200):
        optimiser.zero_grad()
        step(net, v).backward()
        optimiser.step()
    assert objective(net.double(), v.double()).item() > -1.4  # -0.69 is the most, -2.77 at chance


def test_chains_and_offsets_go_on_from_its_state():
    net = made().float()
    first = JointLearning(Joint(n_chains=7))
    first(net, torch.rand(5, 4))
    again = JointLearning(Joint(n_chains=7))
    again.load_state_dict(first.state_dict())
    losses = []
    for step in (first, again):
        net.zero_grad()
        torch.manual_seed(3)
        step(net, torch.ones(5, 4)).backward()
        losses.append([p.grad.clone() for p in net.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*losses, strict=True))
    assert [len(x) for x in first.state_dict()["chains"]] == [7, 7, 7]


def test_a_state_that_was_read_on_the_cpu_goes_on_where_the_net_is():
    net = made().float()
    how = Joint(n_chains=7, tolerance=0.0)
    first, again = JointLearning(how), JointLearning(how)
    first(net, torch.rand(5, 4))
    again.load_state_dict(first.state_dict())
    again(net.to("meta"), torch.rand(5, 4, device="meta"))
    kept = again.state_dict()
    assert {x.device.type for x in [*kept["offsets"], *kept["chains"]]} == {"meta"}


def test_offsets_follow_the_means_and_chains_go_on(monkeypatch):
    net, seen = made().float(), []
    monkeypatch.setattr(net, "gibbs", lambda x, k: seen.append(x) or [1 - part for part in x])
    step = JointLearning(Joint(centring=0.25))
    for v in (torch.zeros(5, 4), torch.ones(5, 4)):
        step(net, v)
    torch.testing.assert_close(step.state_dict()["offsets"][0], torch.full((4,), 0.25))
    for before, after in zip(*seen, strict=True):
        torch.testing.assert_close(after, 1 - before)


def test_wrong_settings_are_refused():
    for wrong in ({"k": 0}, {"mean_field": 0}, {"centring": 2.0}, {"tolerance": -1.0}, {"n_chains": 0}):
        with pytest.raises(SettingError):
            Joint(**wrong)
