import torch

from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.doubled import DoubledMachine, compose
from deepen.nets.units import Units


def machines():
    torch.manual_seed(0)
    units = [Units("binary", n) for n in (5, 4, 3, 2)]
    found = [DoubledMachine(units[at], units[at + 1], lowest=at == 0, top=at == 2) for at in range(3)]
    with torch.no_grad():
        for machine in found:
            for p in machine.parameters():
                p.normal_()
    return found


def test_the_lowest_has_its_visible_units_twice_and_the_top_its_hidden_ones():
    low, _, top = machines()
    v, h = torch.rand(6, 5), torch.rand(6, 4)
    twice = torch.cat([low.W, low.W])
    torch.testing.assert_close(low.hidden_input(v), torch.cat([v, v], 1) @ twice + low.c)
    torch.testing.assert_close(low.visible_input(h), h @ low.W.t() + low.b)
    g, f = torch.rand(6, 3), torch.rand(6, 2)
    torch.testing.assert_close(top.hidden_input(g), g @ top.W + top.c)
    torch.testing.assert_close(
        top.visible_input(f), torch.cat([f, f], 1) @ torch.cat([top.W, top.W], 1).t() + top.b
    )


def test_in_the_deep_machine_both_neighbours_tell_half_of_what_they_told_alone():
    low, middle, top = machines()
    net = DeepBoltzmannMachine(Units("binary", 5), [4, 3, 2])
    compose(net, [low, middle, top])
    x = [torch.rand(6, n) for n in (5, 4, 3, 2)]
    half = 0.5 * (low.hidden_input(x[0]) + middle.visible_input(x[2]))
    torch.testing.assert_close(net.layer_input(x, 1), half)
    half = 0.5 * (middle.hidden_input(x[1]) + top.visible_input(x[3]))
    torch.testing.assert_close(net.layer_input(x, 2), half)
    torch.testing.assert_close(net.layer_input(x, 0), low.visible_input(x[1]))
    torch.testing.assert_close(net.layer_input(x, 3), top.hidden_input(x[2]))
