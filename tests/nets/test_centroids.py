from __future__ import annotations

import pytest
import torch

from deepen.nets.centroids import Centroids, regions


@pytest.fixture
def net() -> Centroids:
    torch.manual_seed(0)
    net = Centroids(2, 7, patch=3)
    net.floor = torch.tensor(0.01)
    net.mean, net.whitening = 0.1 * torch.randn(18), torch.eye(18) + 0.1 * torch.randn(18, 18)
    net.centroids = torch.randn(7, 18)
    return net


def by_hand(net: Centroids, picture: torch.Tensor) -> torch.Tensor:
    """The paper's recipe, one patch after the other, in double precision."""
    x = picture.double()
    sums = torch.zeros(2, 2, 7, dtype=torch.float64)
    rows, columns = x.shape[1] - 2, x.shape[2] - 2
    for r in range(rows):
        for c in range(columns):
            patch = x[:, r : r + 3, c : c + 3].flatten()
            patch = (patch - patch.mean()) / (patch.var(correction=0) + 0.01).sqrt()
            white = (patch - net.mean.double()) @ net.whitening.double()
            z = (white - net.centroids.double()).norm(dim=1)
            sums[2 * r // rows, 2 * c // columns] += (z.mean() - z).clamp_min(0)
    return sums.flatten()


def test_the_sums_are_those_of_the_recipe(net: Centroids) -> None:
    pictures = torch.rand(3, 2, 8, 7)
    expected = torch.stack([by_hand(net, picture) for picture in pictures])
    assert torch.allclose(net(pictures).double(), expected, atol=1e-4)


def test_half_precision_differs_by_a_hundredth_of_the_spread(net: Centroids) -> None:
    pictures = torch.rand(3, 2, 8, 7)
    exact = net(pictures)
    net.in_half = True
    assert (net(pictures) - exact).abs().max() < 0.02 * exact.std()


def test_a_patch_at_a_centroid_has_no_distance_and_no_rounding(net: Centroids) -> None:
    x = torch.randn(50, 18)
    net.centroids = x[:7].clone()
    assert torch.equal(net.distances(x)[:7].diag(), torch.full((7,), 0.01))


def test_brightness_and_contrast_do_not_matter(net: Centroids) -> None:
    net.floor = torch.tensor(1e-9)
    pictures = torch.rand(2, 2, 6, 6)
    assert torch.allclose(net(pictures), net(3 * pictures + 5), atol=1e-3)


def test_a_flat_patch_is_the_middle_not_a_division_by_zero(net: Centroids) -> None:
    assert torch.equal(net.normalised(torch.full((1, 18), 0.7)).round(decimals=4), torch.zeros(1, 18))


@pytest.mark.parametrize(
    ("grid", "pools", "count"), [((27, 27), 2, 4), ((1, 1), 2, 1), ((5, 1), 2, 2), ((4, 6), 3, 9)]
)
def test_every_place_is_in_one_region(grid: tuple[int, int], pools: int, count: int) -> None:
    over = regions(grid, pools)
    assert over.shape == (count, grid[0] * grid[1])
    assert torch.equal(over.sum(dim=0), torch.ones(grid[0] * grid[1]))
    assert (over.sum(dim=1) > 0).all()


def test_a_stride_skips_places(net: Centroids) -> None:
    net.stride = 2
    assert net.grid(8, 7) == (3, 3)
    assert net.patches(torch.rand(1, 2, 8, 7)).shape == (9, 18)
