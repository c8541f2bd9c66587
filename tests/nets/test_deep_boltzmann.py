import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Joined, Units


def made(sizes, seed=0, scale=0.8):
    """A machine of random weights, large enough that its units depend on one another, in double precision."""
    torch.manual_seed(seed)
    net = DeepBoltzmannMachine(Units("binary", sizes[0]), sizes[1:]).double()
    with torch.no_grad():
        for p in net.parameters():
            p.normal_(std=scale)
    return net


def every_state(net):
    """All joint states, as a list of layers, by brute force."""
    layers = Joined(net.units)
    return list(layers.split(layers.states().double()))


@pytest.mark.parametrize("sizes", [(4, 3, 2), (3, 2, 3, 2)])
def test_either_side_summed_in_closed_form_gives_the_brute_force_sum(sizes):
    net = made(sizes)
    x = every_state(net)
    log_z = (-net.energy(x)).logsumexp(0)
    for side in (net.odd, net.even):
        units = Joined(tuple(net.units[at] for at in side))
        parts = dict(zip(side, units.split(units.states().double()), strict=True))
        known = [parts.get(at) for at in range(len(sizes))]
        known = [units.states() if part is None else part for part in known]
        torch.testing.assert_close((-net.free_energy(known, side)).logsumexp(0), log_z)


def test_energy_is_that_of_its_definition():
    net = made((2, 2, 1))
    v, h, g = (
        torch.tensor([[1.0, 0.0]]).double(),
        torch.tensor([[1.0, 1.0]]).double(),
        torch.ones(1, 1).double(),
    )
    by_hand = v @ net.b[0] + h @ net.b[1] + g @ net.b[2] + v @ net.W[0] @ h[0] + h @ net.W[1] @ g[0]
    torch.testing.assert_close(net.energy([v, h, g]), -by_hand)


def test_conditionals_are_those_of_the_energy():
    net = made((3, 2, 2))
    x = every_state(net)
    p = (-net.energy(x)).softmax(0)
    given = [
        torch.tensor([[1.0, 0.0, 1.0]]).double(),
        torch.zeros(1, 2).double(),
        torch.tensor([[0.0, 1.0]]).double(),
    ]
    same = (x[0] == given[0]).all(1) & (x[2] == given[2]).all(1)
    torch.testing.assert_close(
        net.expected(given, net.odd)[1][0], (p[same, None] * x[1][same]).sum(0) / p[same].sum()
    )


@pytest.mark.parametrize("sizes", [(3, 2, 2), (3, 2, 2, 2)])
def test_marginals_of_block_gibbs_are_the_enumerated_ones(sizes):
    net = made(sizes).float()
    x = [layer.float() for layer in every_state(net)]
    p = (-net.energy(x)).softmax(0)
    torch.manual_seed(1)
    with torch.no_grad():
        chains = net.gibbs(net.begun(torch.zeros(20_000, 3)), 30)
    for states, layer in zip(x, chains, strict=True):
        assert (
            layer.mean(0) - (p[:, None] * states).sum(0)
        ).abs().max() < 0.015  # four deviations of 20,000 draws
    joint = (chains[0].t() @ chains[1]) / 20_000
    assert (joint - (p[:, None] * x[0]).t() @ x[1]).abs().max() < 0.015


@pytest.mark.parametrize("seed", range(5))
def test_the_bound_is_never_above_the_likelihood_and_no_step_lowers_it(seed):
    net = made((4, 3, 3, 2), seed=seed)
    x = every_state(net)
    v = Units("binary", 4).states().double()
    joint = -net.energy(x)
    unnormalised = torch.stack([joint[(x[0] == row).all(1)].logsumexp(0) for row in v])
    before = torch.full((len(v),), -torch.inf).double()
    for steps in (0, 1, 2, 5, 20, 100):
        bound = net.bound(net.mean_field(v, steps=steps))
        assert (bound <= unnormalised + 1e-9).all()
        assert (bound >= before - 1e-9).all()
        before = bound
    assert (unnormalised - before).max() < 2.0  # it says something, too


def test_the_bound_is_exact_where_the_posterior_is_factorial():
    net = made((4, 3, 2))
    with torch.no_grad():
        net.W[1].zero_()
    x, v = every_state(net), Units("binary", 4).states().double()
    joint = -net.energy(x)
    exact = torch.stack([joint[(x[0] == row).all(1)].logsumexp(0) for row in v])
    torch.testing.assert_close(net.bound(net.mean_field(v, steps=1)), exact)


def test_mean_field_ends_where_nothing_changes():
    net = made((4, 3, 2), scale=0.3)
    v = Units("binary", 4).states().double()
    short, long = net.mean_field(v, steps=1000, tolerance=1e-6), net.mean_field(v, steps=1000)
    torch.testing.assert_close(short[2], long[2], atol=1e-5, rtol=0)
    torch.testing.assert_close(net.expected(long, net.odd)[1], long[1])  # a fixed point


def test_mean_field_goes_on_while_any_layer_changes():
    net = made((4, 3, 3, 2, 2))
    with torch.no_grad():
        net.W[3].zero_()  # the top, which is asked last, is told nothing and never changes
    v = Units("binary", 4).states().double()
    short, long = net.mean_field(v, steps=1000, tolerance=1e-7), net.mean_field(v, steps=1000)
    torch.testing.assert_close(short[1], long[1], atol=1e-6, rtol=0)


def test_with_one_hidden_layer_it_is_the_restricted_machine():
    net = made((4, 3))
    machine = RestrictedBoltzmannMachine(Units("binary", 4), Units("binary", 3)).double()
    with torch.no_grad():
        machine.W.copy_(net.W[0])
        machine.b.copy_(net.b[0])
        machine.c.copy_(net.b[1])
    v = Units("binary", 4).states().double()
    torch.testing.assert_close(net.free_energy([v, v], net.even), machine.free_energy(v))
    torch.testing.assert_close(net.bound(net.mean_field(v, steps=1)), -machine.free_energy(v))


def test_gaussian_visible_units_have_their_base():
    torch.manual_seed(0)
    net = DeepBoltzmannMachine(Units("gaussian", 3), [2, 2]).double()
    v, h, g = torch.randn(5, 3).double(), torch.ones(5, 2).double(), torch.zeros(5, 2).double()
    expected = 0.5 * v.square().sum(1) - (v @ net.W[0]).sum(1)
    torch.testing.assert_close(net.energy([v, h, g]), expected)
    assert net.expected([v, h, g], (0,))[0].shape == v.shape


def test_the_stack_is_the_first_guess():
    net = made((4, 3, 3, 2)).float()
    v = torch.rand(5, 4)
    torch.testing.assert_close(net.to_stack()(v), net.bottom_up(v)[-1])


def test_no_hidden_layer_is_refused():
    with pytest.raises(SettingError, match="hidden layer"):
        DeepBoltzmannMachine(Units("binary", 3), [])
    with pytest.raises(SettingError):
        DeepBoltzmannMachine(Units("binary", 3), [0])
