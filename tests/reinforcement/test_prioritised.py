from __future__ import annotations

import pytest
import torch

from deepen.environments.base import Moved
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.shapes import Vector

N = 40


def filled(steps: int = N, *, rows: int = 200, **how: float) -> PrioritisedReplay:
    """One copy that sees 0, 1, 2, ... without an end."""
    size = PrioritisedReplay.bytes_for(rows, Vector(1), torch.float32)
    memory = PrioritisedReplay(Vector(1), torch.float32, copies=1, size=size, discount=0.9, **how)
    memory.begin(torch.zeros(1, 1))
    no = torch.tensor([False])
    for i in range(1, steps + 1):
        x = torch.full((1, 1), float(i))
        memory.add(torch.zeros(1, dtype=torch.int64), Moved(x, torch.zeros(1), no, no, x))
    return memory


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_steps_are_drawn_as_the_powers_of_their_errors(alpha):
    memory = filled(alpha=alpha)
    errors = torch.linspace(0.1, 4.0, N)
    memory.sample(1)
    memory.learned(torch.arange(N), errors * torch.tensor([1.0, -1.0]).repeat(N // 2))
    shares = (errors.double() + 1e-6).pow(alpha)
    shares /= shares.sum()
    drawn = torch.cat([memory.sample(8).rows for _ in range(1000)])
    counts = torch.bincount(drawn, minlength=N)
    square = ((counts - 8000 * shares).square() / (8000 * shares)).sum().item()
    # Of 39 degrees of freedom one in ten thousand lies beyond; fewer yet here, as the parts even the draws out.
    assert square < 80.1


def test_a_batch_takes_one_step_of_each_part_of_the_line():
    memory = filled(alpha=0.0)
    assert sorted(memory.sample(N).rows.tolist()) == list(range(N))


def test_the_weights_undo_the_drawing():
    memory = filled(alpha=1.0)
    errors = torch.linspace(0.5, 2.0, N)
    memory.sample(1)
    memory.learned(torch.arange(N), errors)
    memory.beta = 1.0
    drawn = memory.sample(4000)
    # The weighted mean is that of uniform draws: here of the numbers 0 to 39 that were seen.
    mean = (drawn.weights * drawn.seen[:, 0]).sum() / drawn.weights.sum()
    assert mean.item() == pytest.approx((N - 1) / 2, abs=0.3)
    torch.testing.assert_close(drawn.weights, errors[drawn.rows].min() / errors[drawn.rows])
    memory.beta = 0.0
    assert (memory.sample(100).weights == 1).all()


def test_new_steps_have_the_largest_priority_so_far():
    memory = filled(alpha=1.0)
    memory.sample(1)
    memory.learned(torch.arange(N), torch.full((N,), 5.0))
    memory.learned(torch.arange(N), torch.full((N,), 1e-3))
    no, x = torch.tensor([False]), torch.full((1, 1), -7.0)
    memory.add(torch.zeros(1, dtype=torch.int64), Moved(x, torch.zeros(1), no, no, x))
    assert (memory.sample(1000).rows == N).float().mean().item() > 0.98


def test_steps_written_over_are_never_drawn():
    memory = filled(500, rows=50, alpha=1.0)
    seen = memory.sample(2000).seen[:, 0]
    assert set(seen.tolist()) == set(map(float, range(500 - 49, 500)))


def test_an_error_that_is_no_number_spoils_nothing():
    memory = filled(alpha=0.6)
    memory.sample(1)
    memory.learned(torch.arange(3), torch.tensor([torch.nan, torch.inf, 1.0]))
    drawn = memory.sample(100)
    assert drawn.weights.isfinite().all()


@pytest.mark.parametrize("size", [3e3, 1e5, 1e6, 5e7])
def test_priorities_are_of_the_bytes_that_were_given(size):
    memory = PrioritisedReplay(Vector(4), torch.float32, copies=2, size=size, discount=0.9)
    rows = [memory._frames, memory._actions, memory._rewards, memory._kinds]
    taken = sum(part.nbytes for part in rows) + sum(level.nbytes for level in memory._tree._levels)
    assert 0.9 * size < taken <= size


def test_priorities_are_of_the_bytes_that_a_checkpoint_may_take():
    # 40 steps are 440 bytes or so, the priorities of 200 rows 1,600.
    assert filled(keep=1000.0).state_dict()["kept"] is None
    assert filled(keep=3000.0).state_dict()["kept"] is not None
