import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets import CNN, MLP, Assembled, NetSettings
from deepen.nets.assemble import OwnNet, reads_as_given, start_from_prior
from deepen.shapes import Codes, Grid, Vector

SHAPES = {"numbers": Vector(3), "codes": Codes((4, 5)), "image a": Grid(1, 8, 8), "image b": Grid(3, 16, 16)}


def inputs(names) -> dict[str, torch.Tensor]:
    made = {
        "numbers": torch.randn(6, 3), "codes": torch.randint(0, 4, (6, 2)), "image a": torch.randn(6, 1, 8, 8),
        "image b": torch.randn(6, 3, 16, 16),
    }  # fmt: skip
    return {name: made[name] for name in names}


@pytest.mark.parametrize(
    "names", [["numbers"], ["codes"], ["numbers", "codes"], ["image a"], ["image a", "image b"], list(SHAPES)]
)
def test_any_set_of_inputs_makes_one_net_in_which_every_weight_learns(names) -> None:
    net = Assembled({n: SHAPES[n] for n in names}, 4, NetSettings(size="tiny"))
    out = net(inputs(names))
    assert out.shape == (6, 4)
    torch.manual_seed(0)
    for p in net.parameters():  # what starts at zero would hide the gradients behind it
        nn.init.normal_(p, std=0.1) if p.ndim > 1 else nn.init.constant_(p, 0.5)
    net(inputs(names)).square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_one_input_is_read_by_its_own_net_alone() -> None:
    (cnn,) = Assembled({"image a": SHAPES["image a"]}, 4, NetSettings(size="tiny")).readers
    (mlp,) = Assembled({"numbers": Vector(3)}, 4, NetSettings(size="tiny", members=3)).readers
    assert isinstance(cnn, CNN)
    assert isinstance(mlp, MLP)
    assert mlp(torch.randn(5, 3)).shape == (5, 3, 4)


def test_a_net_without_inputs_is_refused() -> None:
    with pytest.raises(SettingError, match="at least one input"):
        Assembled({}, 2, NetSettings())


@pytest.mark.parametrize("names", [["numbers"], ["image a"], list(SHAPES)])
@pytest.mark.parametrize("members", [1, 4])
def test_an_untrained_net_answers_with_the_prior(names, members) -> None:
    net = Assembled({n: SHAPES[n] for n in names}, 3, NetSettings(size="tiny", members=members)).eval()
    prior = torch.tensor([0.7, 0.2, 0.1]).log()
    start_from_prior(net, prior)
    out = net(inputs(names))
    torch.testing.assert_close(out, prior.expand_as(out))


def test_a_module_of_ones_own_gets_its_inputs_by_position() -> None:
    class Sum(nn.Module):
        def forward(self, a, b):
            return a.sum(1, keepdim=True) + b.sum(1, keepdim=True)

    given = inputs(["numbers", "codes"])
    torch.testing.assert_close(
        OwnNet(Sum())(given), given["numbers"].sum(1, True) + given["codes"].sum(1, True)
    )


def test_a_module_may_say_that_it_reads_inputs_as_given():
    net = nn.Linear(2, 1)
    assert not reads_as_given(net)
    assert not reads_as_given(None)
    net.as_given = True
    assert reads_as_given(net)
