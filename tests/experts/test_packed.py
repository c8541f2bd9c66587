from __future__ import annotations

import pytest
import torch

from deepen.experts.packed import PackedPlanes, packed
from deepen.games.go import Go


@pytest.mark.parametrize(("h", "w"), [(1, 1), (3, 5), (4, 4), (19, 19)])
def test_planes_come_out_as_they_went_in(h: int, w: int) -> None:
    torch.manual_seed(0)
    planes = torch.randint(0, 2, (7, 4, h, w)).float()
    planes[:, 1] = torch.rand(7, 1, 1)  # a number all over
    kept = packed(planes)
    rows = torch.tensor([5, 0, 5])
    assert torch.equal(kept.planes(rows), planes[rows])
    assert torch.equal(PackedPlanes.cat([kept, kept]).planes(rows + 7), planes[rows])


def test_a_position_of_go_takes_a_thirtieth_of_its_planes() -> None:
    rules = Go(19)
    planes = rules.planes(rules.begin(3))
    kept = packed(planes)
    assert kept.bytes * 28 < planes.numel() * planes.element_size()


def test_a_plane_of_neither_sort_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="a plane is places, or one number all over"):
        packed(torch.tensor([[[[0.0, 1.0], [0.5, 0.5]]]]))
