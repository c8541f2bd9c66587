"""Preferred inputs: the best of all batches, in order, and the part that a unit sees."""

from __future__ import annotations

import numpy as np
import torch

from deepen.nets.axes import Axis
from deepen.nets.standing import Standing
from deepen.seeing.preferred import Best, seen_at


def test_the_best_of_all_batches_are_those_of_one_sort():
    values = torch.randn(50, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    best = Best(k=7)
    for first in range(0, 50, 8):
        best.add(np.arange(first, min(50, first + 8)), Standing(values[first : first + 8]))
    found = best.found()
    peaks, at = values.flatten(2).max(2)
    for unit in range(4):
        order = peaks[:, unit].argsort(descending=True)[:7]
        assert found.rows[unit].tolist() == order.tolist()
        assert np.allclose(found.values[unit], peaks[order, unit])
        places = [(int(i) // 6, int(i) % 6) for i in at[order, unit]]
        assert [tuple(p) for p in found.places[unit]] == places


def test_batches_of_unlike_length_keep_their_own_places():
    best = Best(k=1)
    best.add(np.array([0]), Standing(torch.tensor([[[0.0, 5.0, 0.0]]])))
    best.add(np.array([1]), Standing(torch.tensor([[[0.0, 0.0, 0.0, 0.0, 9.0]]])))
    assert (best.found().rows.item(), best.found().places.item()) == (1, 4)


def test_what_lies_behind_the_end_excites_nobody():
    standing = Standing(torch.tensor([[[1.0, 2.0, 9.0]]]), own=torch.tensor([[True, True, False]]))
    best = Best(k=1)
    best.add(np.array([3]), standing)
    assert (best.found().values.item(), best.found().places.item()) == (2.0, 1)


def test_fewer_rows_than_asked_for_are_all_kept():
    best = Best(k=9)
    best.add(np.array([4, 2]), Standing(torch.tensor([[1.0], [2.0]])))
    assert best.found().rows.tolist() == [[2, 4]]


def test_the_part_seen_is_cut_at_the_border():
    axis = Axis(2).filtered(5, padding=2)
    field = (None, None, axis, Axis(3).filtered(5, padding=2))
    parts = seen_at(field, np.array([0, 4]), (1, 8, 6))
    assert parts == (slice(0, 1), slice(0, 3), slice(2, 6))
    assert seen_at(None, np.array([3]), (7,)) == (slice(0, 7),)
    # Bands lie on the input's last axis and frames before it; on the level it is the other way round.
    swapped = (None, None, Axis(2).filtered(3), Axis(1).filtered(2))
    assert seen_at(swapped, np.array([4, 1]), (9, 12)) == (slice(1, 3), slice(4, 7))
