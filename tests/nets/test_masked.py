from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.nets.cnn import Residual
from deepen.nets.masked import masked, masked_mean, masked_norm


def own_of(ends: list[int], t: int) -> torch.Tensor:
    return (torch.arange(t) < torch.tensor(ends)[:, None]).unsqueeze(1)  # (B, 1, T)


def test_a_norm_over_own_steps_equals_the_norm_of_those_steps_alone():
    torch.manual_seed(0)
    ends, x = [6, 2, 4], torch.randn(3, 5, 6)
    own = own_of(ends, 6)
    ours, theirs = nn.BatchNorm1d(5), nn.BatchNorm1d(5)
    with torch.no_grad():
        for norm in (ours, theirs):
            norm.weight.copy_(torch.arange(1, 6))
            norm.bias.copy_(torch.arange(5))
    laid_out = torch.cat([x[i, :, :end] for i, end in enumerate(ends)], dim=1).T  # (12, C)
    wanted = theirs(laid_out).T
    got = masked_norm(ours, x, own)
    torch.testing.assert_close(torch.cat([got[i, :, :end] for i, end in enumerate(ends)], dim=1), wanted)
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    ours.eval(), theirs.eval()
    torch.testing.assert_close(masked_norm(ours, x, own), theirs(x))


def test_the_norms_gradient_is_that_of_small_differences():
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(2).double()
    x = torch.randn(2, 2, 3).double().requires_grad_()
    own = own_of([3, 1], 3)
    assert torch.autograd.gradcheck(lambda x: masked_norm(norm, x, own).masked_fill(~own, 0), x)


def test_where_all_is_own_the_module_runs_as_it_is():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(4), Residual(4))
    x = torch.randn(3, 1, 6, 8)
    all_own = torch.ones(3, 1, 1, 8, dtype=torch.bool)
    y, own = masked(net, x, all_own)
    torch.testing.assert_close(y, net(x))
    assert own.shape == (3, 1, 1, 4)
    assert masked(net, x, None)[1] is None


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (nn.Conv1d(1, 1, 7, padding=3), [7, 5, 1]),
        (nn.Conv1d(1, 1, 9, stride=4, padding=4), [2, 2, 1]),
        (nn.MaxPool1d(2, ceil_mode=True), [4, 3, 1]),
        (nn.MaxPool1d(2), [3, 2, 0]),
        (nn.Conv1d(1, 1, 4, stride=2, padding=1), [3, 2, 0]),
    ],
)
def test_how_many_steps_are_own_behind_a_stride(layer, kept):
    ends = [7, 5, 1]
    y, own = masked(layer, torch.rand(3, 1, 7), own_of(ends, 7))
    assert own.sum(2).flatten().tolist() == kept
    assert own.shape[2] == y.shape[2]
    for i, end in enumerate(ends):
        if kept[i]:
            x = torch.rand(3, 1, 7)
            torch.testing.assert_close(
                masked(layer, x, own_of(ends, 7))[0][i, :, : kept[i]], layer(x[i : i + 1, :, :end])[0]
            )


def test_the_mean_by_hand():
    x = torch.tensor([[[[1.0, 2.0, 9.0], [3.0, 6.0, 9.0]]]])  # (1, 1, 2, 3)
    own = torch.tensor([[[[True, True, False]]]])
    assert masked_mean(x, own).item() == 3
    assert masked_mean(x, None).item() == 5
