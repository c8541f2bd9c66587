"""The policy and value net."""

from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.policy_value import PolicyValue
from deepen.nets.sizes import parameters
from deepen.shapes import Grid

SHAPE = Grid(3, 5, 6)


def changed(net: PolicyValue) -> PolicyValue:
    """One whose weights and norms are not as they began."""
    generator = torch.Generator().manual_seed(0)
    for p in net.parameters():
        p.data += 0.1 * torch.randn(p.shape, generator=generator)
    for _ in range(3):
        net(torch.rand(32, 3, 5, 6, generator=generator))
    return net


@pytest.mark.parametrize("norm", ["batch", "group"])
@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize("value", ["tanh", "outcomes"])
def test_shapes_ranges_and_gradients(norm: str, pooling: bool, value: str) -> None:
    net = changed(PolicyValue(SHAPE, 11, channels=16, blocks=2, norm=norm, pooling=pooling, value=value))
    x = torch.rand(7, 3, 5, 6)
    logits, values = net(x)
    assert logits.shape == (7, 11) and values.shape == (7,) and (values.abs() <= 1).all()
    policy, outcome = net.heads(x)
    loss = policy.square().mean() + net.loss(outcome, torch.linspace(-1, 1, 7)).mean()
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("norm", ["batch", "group"])
@pytest.mark.parametrize("last", [False, True])
def test_the_copy_for_playing_computes_the_same(norm: str, last: bool) -> None:
    net = changed(PolicyValue(SHAPE, 11, channels=16, blocks=3, norm=norm, pooling=True)).eval()
    x = torch.rand(7, 3, 5, 6)
    player = net.for_playing(channels_last=last)
    for a, b in zip(player(x), net(x), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in player.modules())


def test_group_norm_does_not_depend_on_the_batch() -> None:
    net = changed(PolicyValue(SHAPE, 11, channels=16, blocks=1, norm="group")).train()
    x = torch.rand(4, 3, 5, 6)
    torch.testing.assert_close(net(x)[0][:1], net(x[:1])[0], atol=1e-5, rtol=1e-4)


def test_pooling_sees_the_whole_board() -> None:
    """Five filters of 3x3 in a row see 5 places far: a stone reaches the place 8 further only by pooling."""
    for pooling in (False, True):
        net = PolicyValue(Grid(3, 9, 9), 82, channels=16, blocks=2, pooling=pooling).eval()
        for p in net.parameters():
            p.data += 0.1
        x = torch.zeros(2, 3, 9, 9)
        x[1, 0, 0, 0] = 1
        with torch.no_grad():
            out = net.tower(net.stem(x).relu())
        assert bool((out[0, :, 8, 8] != out[1, :, 8, 8]).any()) is pooling


def test_a_new_net_likes_all_moves_alike() -> None:
    logits, values = PolicyValue(SHAPE, 11).eval()(torch.rand(3, 3, 5, 6))
    assert (logits == 0).all() and (values.abs() < 1e-6).all()


def test_losses() -> None:
    """By pen: win, draw and loss by cross-entropy, a target between by a mixture; tanh by the square."""
    net = PolicyValue(SHAPE, 11, value="outcomes")
    outcome = torch.tensor([[0.7, 0.2, 0.1]]).log()
    for target, wanted in ((1.0, -(0.7**1)), (0.0, 0.2), (-1.0, 0.1)):
        loss = net.loss(outcome, torch.tensor([target]))
        torch.testing.assert_close(loss, -torch.tensor([abs(wanted)]).log())
    half = net.loss(outcome, torch.tensor([0.5]))
    torch.testing.assert_close(half, -0.5 * torch.tensor([0.7 * 0.2]).log())
    torch.testing.assert_close(net.expected(outcome), torch.tensor([0.6]))
    tanh = PolicyValue(SHAPE, 11, value="tanh")
    torch.testing.assert_close(tanh.loss(torch.zeros(1, 1), torch.tensor([-0.5])), torch.tensor([0.25]))


def test_one_dial() -> None:
    sizes = [parameters(PolicyValue(Grid(3, 9, 9), 82, size=s)) for s in ("tiny", "small", 1.5, "medium")]
    assert sizes == sorted(sizes) and sizes[0] < sizes[1]


@pytest.mark.parametrize(
    "wrong", [{"channels": 0}, {"blocks": -1}, {"norm": "layer"}, {"value": "sigmoid"}, {"size": "tin"}]
)
def test_what_is_refused(wrong: dict[str, int | str]) -> None:
    with pytest.raises(SettingError, match=next(iter(wrong))):
        PolicyValue(SHAPE, 11, **wrong)
