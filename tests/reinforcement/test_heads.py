from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.reinforcement.heads import Head, Heads, heads


def test_one_ring_has_a_quicker_way():
    assert isinstance(heads(1, 5, torch.Tensor.numpy), Head) and isinstance(
        heads(2, 5, torch.Tensor.numpy), Heads
    )


def rows(found):
    return list(range(found.start, found.stop)) if isinstance(found, slice) else found.tolist()


@pytest.mark.parametrize("native", [torch.Tensor.numpy, lambda x: x], ids=["numpy", "torch"])
def test_one_ring_goes_as_the_first_of_several(native):
    """Over more than two rounds, some moves left out; and after going back to where it stood."""
    one, several = Head(5), Heads(3, 5, native)
    chance = np.random.default_rng(0)
    for step in range(30):
        there = bool(chance.random() < 0.6)
        which = [native(torch.tensor([there] * n)) for n in (1, 3)] if step % 3 else [slice(None)] * 2
        moved = [head.move(w) for head, w in zip((one, several), which, strict=True)]
        assert rows(moved[0]) == rows(moved[1])[:1]
        assert rows(one.newest) == rows(several.newest)[:1]
        for more in (1, 4):
            ahead = [head.ahead(w, more) for head, w in zip((one, several), which, strict=True)]
            assert rows(ahead[0]) == rows(ahead[1])[:1]
        assert one.most == several.most and one.written.tolist() == several.written.tolist()[:1]
        if step % 7 == 6:
            for head in (one, several):
                written = head.written
                head.set(None)
                assert head.most == 0
                head.set(written)


def test_rings_move_apart():
    each = Heads(2, 4, torch.Tensor.numpy)
    each.move(slice(None))
    assert each.move(np.array([False, True])).tolist() == [4 + 1]
    assert each.newest.tolist() == [0, 5] and each.written.tolist() == [1, 2]
