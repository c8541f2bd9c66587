import pytest
import torch
from torch import Tensor, nn

from deepen.learning.averages import Average


def set_to(net: nn.Module, value: float) -> None:
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(value)


def values_of(average: Average) -> float:
    return float(next(iter(average.state_dict().values())).flatten()[0])


def test_it_is_the_moving_average_computed_by_hand() -> None:
    torch.manual_seed(0)
    net = nn.Linear(1, 1)
    set_to(net, 0.0)
    every, window, steps = 4, 0.1, 400
    average, by_hand = Average(net, window=window, every=every), 0.0
    for step in range(1, steps + 1):
        value = float(torch.randn(()))
        set_to(net, value)
        average.update(step, step / steps)
        if step % every == 0 or step < every:
            weight = min(1.0, max(every / (window * steps), 3 * every / (step + 3 * every)))
            by_hand = (1 - weight) * by_hand + weight * value
        assert values_of(average) == pytest.approx(by_hand, abs=1e-6)


def test_a_constant_net_is_its_own_average_and_noise_goes() -> None:
    torch.manual_seed(0)
    net = nn.Linear(50, 50)
    average = Average(net, window=0.2, every=1)
    for step in range(1, 1001):
        with torch.no_grad():
            net.weight.copy_(3 + torch.randn(50, 50))
            net.bias.fill_(1.0)
        average.update(step, step / 1000)
    mean = average.state_dict()
    torch.testing.assert_close(mean["bias"], torch.ones(50), atol=1e-5, rtol=0)
    assert abs(mean["weight"].mean().item() - 3) < 0.01
    assert mean["weight"].std().item() < 0.1  # the noise of a mean over 200 of variance 1 is 1 / sqrt(400)


def test_a_short_training_has_an_average_too() -> None:
    net = nn.Linear(1, 1)
    set_to(net, 0.0)
    average = Average(net, every=8)
    set_to(net, 1.0)
    for step in range(1, 4):
        average.update(step, step / 3)
    assert values_of(average) > 0.9


def test_in_place_lends_the_average_and_gives_the_weights_back() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = Average(net, every=1)
    set_to(net, 5.0)
    net(torch.randn(8, 2))
    own = {k: v.clone() for k, v in net.state_dict().items()}
    mean = {k: v.clone() for k, v in average.state_dict().items()}
    with pytest.raises(ZeroDivisionError), average.in_place():
        for name, value in net.state_dict().items():
            assert torch.equal(value, mean[name])
        raise ZeroDivisionError
    for name, value in net.state_dict().items():
        assert torch.equal(value, own[name])
        assert torch.equal(average.state_dict()[name], mean[name])


def test_shared_weights_come_back_too() -> None:
    one, two = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    two.weight = one.weight
    net = nn.Sequential(one, two)
    set_to(net, 0.0)
    average = Average(net)
    set_to(net, 1.0)
    with average.in_place():
        assert one.weight.sum() == 0
    assert one.weight.sum() == 4
    assert [t.sum().item() for t in average.state_dict().values()] == [0, 0]


def test_buffers_follow_and_counts_are_copied() -> None:
    net = nn.BatchNorm1d(2)
    average = Average(net, window=1.0, every=1)
    for step in range(1, 6):
        net(torch.randn(16, 2) + 10)
        average.update(step, step / 5)
    mean = average.state_dict()
    assert mean["num_batches_tracked"].item() == 5
    assert net.running_mean is not None
    assert (mean["running_mean"] > 0).all()
    assert (mean["running_mean"] < net.running_mean).all()


def test_it_does_not_share_memory_with_the_net_nor_need_its_graph() -> None:
    net = nn.Linear(2, 2)
    average = Average(net, every=1)
    net(torch.ones(1, 2)).sum().backward()
    average.update(1, 0.5)
    for mean, own in zip(average.state_dict().values(), net.parameters(), strict=True):
        assert not mean.requires_grad
        assert mean.data_ptr() != own.data_ptr()


def test_state_round_trip() -> None:
    net = nn.Linear(2, 2)
    a, b = Average(net), Average(net)
    state: dict[str, Tensor] = {k: torch.full_like(v, 7.0) for k, v in a.state_dict().items()}
    b.load_state_dict(state)
    assert values_of(b) == 7.0
    state["weight"].zero_()
    assert values_of(b) == 7.0
