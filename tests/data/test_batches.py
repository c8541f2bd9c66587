"""Batches: every row once in an epoch, in an order that the seed alone decides, however they are read."""

import itertools

import numpy as np
import pytest
import torch

from deepen.compute.processes import World
from deepen.data import batches as module
from deepen.data.batches import ShuffledBatches, in_order, resident

CPU = torch.device("cpu")
ROWS = 96


@pytest.fixture(params=["resident", "memory-mapped"])
def arrays(request, tmp_path, monkeypatch):
    """Make two inputs that tell which row they are of."""
    if request.param == "memory-mapped":
        monkeypatch.setattr(module, "resident", lambda arrays, rows, device: None)
    return mapped(tmp_path) if request.param == "memory-mapped" else plain()


def plain(rows=ROWS):
    at = np.arange(rows)
    return {"numbers": np.stack([at, -at], 1).astype(np.float32), "codes": (at[:, None] * 2).astype(np.int32)}


def mapped(folder):
    for name, array in plain().items():
        np.save(folder / f"{name}.npy", array)
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in plain()}


def make(arrays, *, rows=None, size=16, seed=0, world=None):
    count = len(arrays["numbers"])
    rows = np.arange(count) if rows is None else rows
    return ShuffledBatches(arrays, np.arange(count) * 10, rows, size=size, seed=seed, device=CPU, world=world)


def taken(batches, steps):
    """Give the rows of the next batches, seeing that inputs and targets are of the same row."""
    found = []
    for _ in range(steps):
        batch = batches.next()
        rows = batch.inputs["numbers"][:, 0].long()
        assert (batch.inputs["numbers"][:, 1].long() == -rows).all()
        assert (batch.inputs["codes"][:, 0] == 2 * rows).all()
        assert (batch.target == 10 * rows).all()
        found.append(rows.tolist())
    return found


def flat(batches):
    return list(itertools.chain.from_iterable(batches))


def test_every_row_comes_once_in_an_epoch_and_each_epoch_has_another_order(arrays):
    batches = make(arrays)
    assert batches.steps == 6
    first, second = (flat(taken(batches, 6)) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(ROWS))
    assert first != second


def test_the_last_smaller_batch_is_left_out_and_its_rows_come_in_time(arrays):
    batches = make(arrays, size=36)
    assert batches.steps == 2
    epochs = [flat(taken(batches, 2)) for _ in range(12)]
    assert all(len(set(epoch)) == 72 for epoch in epochs)
    assert set(flat(epochs)) == set(range(ROWS))


def test_only_the_rows_given_come(arrays):
    rows = np.arange(0, ROWS, 3)
    assert set(flat(taken(make(arrays, rows=rows, size=8), 4))) == set(rows.tolist())


def test_the_order_of_the_rows_given_does_not_part_inputs_from_targets(arrays):
    rows = np.random.default_rng(0).permutation(ROWS)
    assert sorted(flat(taken(make(arrays, rows=rows), 6))) == list(range(ROWS))
    some = np.r_[rows[:48], rows[:48]]
    assert set(flat(taken(make(arrays, rows=some), 6))) == set(rows[:48].tolist())


def test_the_same_seed_gives_the_same_order_and_another_another(arrays):
    assert taken(make(arrays, seed=3), 12) == taken(make(arrays, seed=3), 12)
    assert taken(make(arrays, seed=3), 6) != taken(make(arrays, seed=4), 6)


def test_memory_mapped_and_resident_give_the_same_batches(tmp_path, monkeypatch):
    here = taken(make(plain()), 14)
    monkeypatch.setattr(module, "resident", lambda arrays, rows, device: None)
    assert taken(make(mapped(tmp_path)), 14) == here


def test_a_memory_mapped_batch_does_not_come_sorted(tmp_path, monkeypatch):
    # Files lie class by class, and pictures are mixed with their neighbours in the batch.
    monkeypatch.setattr(module, "resident", lambda arrays, rows, device: None)
    assert all(batch != sorted(batch) for batch in taken(make(mapped(tmp_path)), 6))


@pytest.mark.parametrize("size", [2, 4])
def test_the_processes_share_each_global_batch(arrays, size):
    whole = make(arrays)
    shares = [make(arrays, world=World(rank, size, CPU)) for rank in range(size)]
    for _ in range(8):
        (together,) = taken(whole, 1)
        for rank, share in enumerate(shares):
            state = share.state_dict()
            assert share.next().rows == slice(rank, None, size)
            share.load_state_dict(state)
            assert taken(share, 1) == [together[rank::size]]


def test_a_batch_for_several_processes_is_a_whole_number_for_each(arrays):
    for size in (1, 15, 16, 17, 1000):
        batches = make(arrays, size=size, world=World(0, 3, CPU))
        assert batches.size % 3 == 0
        assert 3 <= batches.size <= ROWS


def test_a_resumed_order_goes_on_as_an_uninterrupted_one(arrays):
    straight = taken(make(arrays), 20)
    for done in (0, 1, 5, 6, 7, 14):  # in the middle, and at the ends of epochs
        first = make(arrays)
        assert taken(first, done) == straight[:done]
        state = first.state_dict()
        for size in (16, 4, 96):  # the state's own size counts, not that of the one made anew
            again = make(arrays, size=size)
            again.load_state_dict(state)
            assert again.state_dict() == state
            assert taken(again, 6) == straight[done : done + 6]


def test_the_state_is_plain_data(arrays):
    batches = make(arrays)
    taken(batches, 8)
    assert batches.state_dict() == {"epoch": 1, "at": 2, "size": 16}


@pytest.mark.parametrize("size", [16, 12, 33])
@pytest.mark.parametrize("done", [0, 1, 2])
def test_halved_batches_go_on_where_the_larger_ones_were(arrays, size, done):
    batches, whole = make(arrays, size=size), make(arrays, size=size)
    seen = flat(taken(batches, done))
    assert batches.halve()
    assert batches.size == size // 2
    left = len(flat(taken(whole, whole.steps))) - len(seen)
    rest = flat(taken(batches, left // batches.size))
    again = len(set(seen) & set(rest))
    assert again < batches.size, "at most the rest of a batch comes twice"


def test_a_batch_of_one_cannot_be_halved(arrays):
    batches = make(arrays, size=3)
    assert batches.halve() and batches.size == 1
    assert not batches.halve()
    assert not make(arrays, size=2, world=World(0, 2, CPU)).halve()


def test_a_larger_size_goes_on_at_the_same_rows(arrays):
    batches = make(arrays, size=8)
    seen = set(flat(taken(batches, 6)))
    batches.resize(24)
    assert set(flat(taken(batches, 2))) == set(range(ROWS)) - seen


def test_a_batch_larger_than_the_data_is_all_of_them(arrays):
    batches = make(arrays, size=10_000)
    assert batches.size == ROWS
    assert sorted(taken(batches, 1)[0]) == list(range(ROWS))


# -- resident and in order


def test_what_does_not_fit_is_not_resident(monkeypatch):
    monkeypatch.setattr(module, "memory_free", lambda device: 1000)
    assert resident(plain(), np.arange(ROWS), CPU) is None
    assert resident(plain(), np.arange(5), CPU) is not None


@pytest.mark.parametrize(
    "rows", [np.arange(ROWS), np.arange(ROWS)[::-1], np.arange(0, ROWS, 2), np.arange(0)]
)
def test_resident_rows_are_the_rows_asked_for(rows, tmp_path):
    for arrays in (plain(), mapped(tmp_path)):
        found = resident(arrays, rows, CPU)
        assert found is not None
        assert found["numbers"][:, 0].tolist() == rows.tolist()


@pytest.mark.parametrize("size", [1, 10, 96, 1000])
def test_in_order_gives_every_row_in_its_order_to_the_end(arrays, size):
    rows = np.arange(1, ROWS, 2)
    found = list(in_order(arrays, rows, size=size, device=CPU))
    assert torch.cat([batch["numbers"][:, 0] for batch in found]).tolist() == rows.tolist()
    assert len(found) == -(-len(rows) // size)
    assert found[0]["codes"].dtype == torch.int32
    assert list(in_order(arrays, np.arange(0), size=size, device=CPU)) == []


def test_rows_of_like_lengths_share_a_batch_and_epochs_differ() -> None:
    lengths = np.random.default_rng(0).integers(1, 100, 640)
    arrays = {"numbers": np.arange(640, dtype=np.float32)[:, None]}

    def epochs(count: int, **more) -> list[list[np.ndarray]]:
        batches = ShuffledBatches(
            arrays, np.zeros(640), np.arange(640), size=16, seed=1, device=torch.device("cpu"), **more
        )
        return [
            [batches.next().inputs["numbers"][:, 0].long().numpy() for _ in range(batches.steps)]
            for _ in range(count)
        ]

    first, second = epochs(2, lengths=lengths)
    assert sorted(np.concatenate(first)) == list(range(640)), "every row once"
    assert {frozenset(b.tolist()) for b in first}.isdisjoint({frozenset(b.tolist()) for b in second})

    def padding(batches: list[np.ndarray]) -> float:
        return float(np.mean([1 - lengths[b].mean() / lengths[b].max() for b in batches]))

    (plain,) = epochs(1)
    assert padding(first) < 0.1 < 0.4 < padding(plain)
    means = [lengths[b].mean() for b in first]
    assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) < 0.5, "long and short batches come in no order"
