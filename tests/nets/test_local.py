from __future__ import annotations

import pytest
import torch

from deepen.nets.local import LocalNet, LocalStage, StageShape, contrast_normalised


def stage() -> LocalStage:
    torch.manual_seed(0)
    return LocalStage(2, 9, 7, StageShape(maps=3, field=3, stride=2, pool=2)).double()


def test_a_unit_is_the_product_of_its_own_weights_and_its_own_field() -> None:
    own, x = stage(), torch.rand(4, 2, 9, 7, dtype=torch.float64)
    h = own.filtered(own.fields(x))
    assert own.grid == (4, 3)
    for row in range(4):
        for column in range(3):
            seen = x[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3].flatten(1)
            place = 3 * row + column
            assert torch.allclose(h[place], seen @ own.W[place])


def test_a_pool_is_the_root_of_the_squares_of_its_map() -> None:
    own = stage()
    h = torch.randn(12, 5, 3, dtype=torch.float64)
    pools = own.pooled(h)
    assert pools.shape == (5, 3, 3, 2)
    four = h.unflatten(0, (4, 3))[1:3, 0:2, :, 2]  # the map 2, at row 1 and column 0
    assert torch.allclose(pools[:, 2, 1, 0], (four.square().sum(dim=(0, 1)) + 0.01).sqrt())


def test_the_gradient_of_the_cost_is_the_numerical_one() -> None:
    own, x = stage(), torch.rand(2, 2, 9, 7, dtype=torch.float64)
    own.cost(x, 0.3).backward()
    assert own.W.grad is not None
    with torch.no_grad():
        for at in ((0, 0, 0), (5, 7, 2), (11, 17, 1)):
            costs = []
            for step in (1e-5, -1e-5):
                own.W[at] += step
                costs.append(own.cost(x, 0.3))
                own.W[at] -= step
            assert own.W.grad[at] == pytest.approx(((costs[0] - costs[1]) / 2e-5).item(), rel=1e-5)


def test_as_many_orthogonal_units_as_numbers_lose_nothing() -> None:
    own = LocalStage(1, 6, 6, StageShape(maps=9, field=3, stride=3, pool=1))
    with torch.no_grad():
        own.W.copy_(torch.linalg.qr(torch.randn(4, 9, 9)).Q)
    assert own.cost(torch.rand(5, 1, 6, 6), 0.0) < 1e-10


def test_contrast_is_normalised_whatever_the_brightness_is() -> None:
    x = torch.rand(2, 3, 12, 12, dtype=torch.float64)
    assert torch.allclose(contrast_normalised(x, 5), contrast_normalised(4 * x + 7, 5), atol=1e-8)
    # A patch whose contrast is a hundredth of the others' comes nearer to them, and the window's mean is about none.
    faint = x.clone()
    faint[:, :, :, 6:] = 0.5 + 0.01 * (faint[:, :, :, 6:] - 0.5)
    assert contrast_normalised(x, 5).mean().abs() < 0.05


def test_what_a_stage_gives_is_what_the_next_one_reads() -> None:
    shapes = [StageShape(maps=4, field=5, stride=1, pool=2), StageShape(maps=6, field=3, stride=1, pool=3)]
    net = LocalNet(1, 14, 12, shapes, window=5)
    x = torch.rand(2, 1, 14, 12)
    assert net(x, 0).shape == x.shape
    assert net(x, 1).shape == (2, 4, 9, 7)
    assert net(x).shape == (2, 6, 5, 3)
    assert torch.equal(net(x), contrast_normalised(net.stages[1](net(x, 1)), 5))
