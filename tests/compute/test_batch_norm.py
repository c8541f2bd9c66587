"""Two processes are played by two threads, which add up what they have at a barrier."""

import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from deepen.compute.batch_norm import over_all_processes

SHARES = [slice(0, None, 2), slice(1, None, 2)]


class Meeting:
    """Sums over two threads."""

    def __init__(self) -> None:
        self.barrier, self.there = threading.Barrier(2, timeout=20), [torch.empty(0)] * 2
        self.calls = 0

    def total(self, rank: int) -> Callable[[Tensor], Tensor]:
        def total(tensor: Tensor) -> Tensor:
            self.there[rank] = tensor.detach().clone()
            self.calls += 1
            self.barrier.wait()
            found = self.there[0] + self.there[1]
            self.barrier.wait()
            return found

        return total


def in_two(net: nn.Module, x: Tensor, loss: Callable[[Tensor, Tensor], Tensor], half: bool = False) -> Any:
    """Output, gradient of x, and each process's net, of one step over two shares."""
    meeting, nets = Meeting(), [copy.deepcopy(net) for _ in SHARES]

    def work(rank: int) -> tuple[Tensor, Tensor]:
        mine = x[SHARES[rank]].detach().clone(memory_format=torch.preserve_format).requires_grad_()
        shared = over_all_processes(nets[rank], meeting.total(rank), 2)
        with torch.autocast("cpu", torch.bfloat16, enabled=half), shared:
            y = nets[rank](mine)
        loss(y, torch.arange(len(x))[SHARES[rank]]).backward()
        assert mine.grad is not None
        return y.detach(), mine.grad

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(work, range(2)))
    y, dx = (torch.stack(parts, dim=1).flatten(0, 1) for parts in zip(*found, strict=True))  # in x's order
    return y, dx, nets


def uneven(y: Tensor, rows: Tensor) -> Tensor:
    """A loss in which every value counts differently."""
    weight = torch.sin(1.0 + torch.arange(y[0].numel()) + 7.0 * rows[:, None]).view_as(y).to(y.dtype)
    return (weight * y.square() + torch.cos(weight * 3) * y).sum()


KINDS = [
    (nn.BatchNorm1d(3), (8, 3)),
    (nn.BatchNorm1d(3, momentum=None), (6, 3, 5)),
    (nn.BatchNorm2d(3, affine=False), (4, 3, 5, 4)),
    (nn.BatchNorm2d(3, momentum=0.3, eps=0.1), (2, 3, 5, 4)),
    (nn.BatchNorm3d(3, track_running_stats=False), (4, 3, 2, 3, 2)),
]


@pytest.mark.parametrize(("net", "shape"), KINDS)
def test_two_shares_give_what_the_whole_batch_gives(net: nn.Module, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    net = copy.deepcopy(net).double()
    for p in net.parameters():
        nn.init.normal_(p, 1.0)
    x = (5 + 2 * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    y, dx, nets = in_two(net, x, uneven)
    whole = net(x)
    uneven(whole, torch.arange(len(x))).backward()
    torch.testing.assert_close(y, whole.detach())
    torch.testing.assert_close(dx, x.grad)
    for name, p in net.named_parameters():
        shares = [n.get_parameter(name).grad for n in nets]
        torch.testing.assert_close(shares[0] + shares[1], p.grad)
    for n in nets:
        assert list(n.state_dict()) == list(net.state_dict())
        torch.testing.assert_close(dict(n.named_buffers()), dict(net.named_buffers()))


def test_the_gradient_is_the_numerical_one() -> None:
    torch.manual_seed(0)
    net = nn.BatchNorm1d(2).double()
    x, small = torch.randn(4, 2, dtype=torch.float64), 1e-6
    _, dx, _ = in_two(net, x, uneven)
    numerical = torch.empty_like(x)
    for i in range(len(x)):
        for c in range(2):
            ends = []
            for sign in (1, -1):
                moved = x.clone()
                moved[i, c] += sign * small
                ends.append(uneven(in_two(net, moved, uneven)[0], torch.arange(4)))
            numerical[i, c] = (ends[0] - ends[1]) / (2 * small)
    torch.testing.assert_close(dx, numerical, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
def test_in_float32_and_bfloat16_in_either_memory_format(half: bool, form: torch.memory_format) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True)).to(memory_format=form)
    x = torch.randn(8, 3, 6, 6).to(memory_format=form).requires_grad_()
    y, dx, nets = in_two(net, x, uneven, half)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        whole = net(x)
    uneven(whole, torch.arange(8)).backward()
    assert y.dtype == whole.dtype == (torch.bfloat16 if half else torch.float32)
    near = {"atol": 0.1, "rtol": 0.05} if half else {"atol": 1e-4, "rtol": 1e-4}
    torch.testing.assert_close(y, whole.detach(), **near)
    torch.testing.assert_close(dx, x.grad, **near)
    far = 1e-2 if half else 1e-5
    torch.testing.assert_close(dict(nets[0].named_buffers()), dict(net.named_buffers()), atol=far, rtol=0)
    with over_all_processes(net, lambda t: 2 * t, 2):
        assert net(x).is_contiguous(memory_format=form)


def test_a_mean_far_from_zero_leaves_the_variance_its_digits() -> None:
    net, x = nn.BatchNorm1d(1, eps=0.0), 1000 + torch.linspace(-1, 1, 64)[:, None]
    y, _, _ = in_two(net, x, uneven)
    torch.testing.assert_close(y.std(correction=0), torch.tensor(1.0), atol=1e-3, rtol=0)


def test_in_evaluation_mode_the_running_statistics_serve_and_nobody_waits() -> None:
    net = nn.BatchNorm1d(2).eval()

    def never(_: Tensor) -> Tensor:
        raise AssertionError("one process alone evaluates")

    x = torch.randn(5, 2)
    with over_all_processes(net, never, 2):
        torch.testing.assert_close(net(x), x, atol=1e-4, rtol=1e-4)


def test_the_modules_are_as_they_were_afterwards_whatever_happens() -> None:
    class Own(nn.BatchNorm1d):
        def forward(self, x: Tensor) -> Tensor:
            return x

    norm = nn.BatchNorm1d(2)
    net = nn.ModuleList([norm, Own(2), nn.LayerNorm(2), norm])
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(RuntimeError), over_all_processes(net, lambda t: t, 1):
        assert ["forward" in vars(m) for m in net] == [True, False, False, True]
        assert list(net.state_dict()) == list(before)
        raise RuntimeError
    assert not any("forward" in vars(m) for m in net)
    assert type(net[0]) is nn.BatchNorm1d
    net.load_state_dict(before)
