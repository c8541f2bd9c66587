"""Windows go along the text in order, stay in it, and can be gone back to."""

import numpy as np
import pytest
import torch

from deepen.compute.processes import World
from deepen.language.batches import Windows

CPU = torch.device("cpu")


def windows(n=1000, strands=4, length=10, seed=0, **more):
    return Windows(
        np.arange(n, dtype=np.int32), strands=strands, length=length, seed=seed, device=CPU, **more
    )


@pytest.mark.parametrize(
    ("n", "strands", "length"), [(1000, 4, 10), (999, 32, 64), (50, 8, 64), (7, 3, 3), (2, 1, 5)]
)
def test_each_window_goes_on_where_the_last_one_ended_and_none_leaves_the_text(n, strands, length):
    made = windows(n, strands, length)
    before = None
    for _ in range(3 * made.steps):
        window = made.next()
        ids, following = window.ids, window.following
        assert ids.shape == following.shape == (made.strands, made.length)
        assert torch.equal(following, ids + 1)
        assert int(following.max()) < n
        if window.fresh:
            before = None
        if before is not None:
            assert torch.equal(ids[:, 0], before)
        before = following[:, -1]


def test_an_epoch_reads_nearly_all_and_nothing_twice():
    made = windows(10_000, 8, 20)
    read = torch.cat([made.next().following.flatten() for _ in range(made.steps)])
    assert len(read.unique()) == len(read) > 0.95 * 10_000


def test_epochs_begin_at_different_places_that_follow_from_the_seed():
    made, again, other = windows(1000, 4, 50), windows(1000, 4, 50), windows(1000, 4, 50, seed=1)
    firsts = []
    for _ in range(3):
        for step in range(made.steps):
            a, b, c = (m.next() for m in (made, again, other))
            assert torch.equal(a.ids, b.ids)
            assert a.fresh == (step == 0)
            if step == 0:
                firsts.append(int(a.ids[0, 0]))
    assert len(set(firsts)) > 1
    assert int(c.ids[0, 0]) != int(a.ids[0, 0])


def test_going_back_to_a_state_gives_the_same_windows():
    made = windows()
    for _ in range(made.steps + 3):
        made.next()
    state = made.state_dict()
    after = [made.next() for _ in range(10)]
    again = windows()
    again.load_state_dict(state)
    for window in after:
        other = again.next()
        assert torch.equal(window.ids, other.ids)
        assert window.fresh == other.fresh


def test_halving_goes_on_from_about_the_same_place_with_a_fresh_state():
    made = windows(1000, 4, 10)
    for _ in range(12):
        made.next()
    assert made.halve()
    assert made.strands == 2
    assert made.next().fresh
    assert 22 <= made.state_dict()["at"] <= 26
    assert made.halve()
    assert not made.halve()


def test_processes_share_the_strands():
    whole = windows(1000, 4, 10).next()
    shares = [windows(1000, 4, 10, world=World(rank, 2, CPU)).next() for rank in (0, 1)]
    assert torch.equal(shares[0].ids, whole.ids[0::2])
    assert torch.equal(shares[1].ids, whole.ids[1::2])
