from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from deepen.environments.base import Moved
from deepen.errors import SettingError, TrainingError
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.replay import Replay
from deepen.shapes import Grid, Vector

DISCOUNT = 0.5


@dataclass
class Diary:
    """What really happened, kept without thrift: of each copy its episodes, each a list of (seen, action, reward)."""

    seen: list[list[list[Tensor]]] = field(default_factory=list)
    done: list[list[list[tuple[int, float]]]] = field(default_factory=list)
    ends: list[list[str]] = field(default_factory=list)

    def step(self, copy: int, episode: int, at: int, n: int) -> tuple[Tensor, int, float, float, Tensor]:
        """The transition over n steps from one place on, by the definition."""
        done, seen = self.done[copy][episode], self.seen[copy][episode]
        m = min(n, len(done) - at)
        value = sum(DISCOUNT**j * done[at + j][1] for j in range(m))
        over = self.ends[copy][episode] == "ended" and at + m == len(done)
        return seen[at], done[at][0], value, 0.0 if over else DISCOUNT**m, seen[at + m]


def lived(memory: Replay, steps: int, *, stack: int = 0, seed: int = 0, often: float = 0.15) -> Diary:
    """Fill a memory with random episodes, and write down what happened.

    Without ``stack`` observations are numbers that never come again; with it stacks of one-pixel frames, of which the
    first of an episode holds frames that were never seen alone.
    """
    generator, B, counter = torch.Generator().manual_seed(seed), memory.copies, iter(range(10**6))

    def fresh() -> Tensor:
        if not stack:
            return torch.tensor([float(next(counter)), -1.0])
        return torch.tensor([float(next(counter)) for _ in range(stack)]).view(stack, 1, 1)

    def onward(seen: Tensor) -> Tensor:
        return torch.cat([seen[1:], torch.tensor([[[float(next(counter))]]])]) if stack else fresh()

    now = [fresh() for _ in range(B)]
    diary = Diary([[[x]] for x in now], [[[]] for _ in range(B)], [[""] for _ in range(B)])
    memory.begin(torch.stack(now))
    for _ in range(steps):
        actions = torch.randint(3, (B,), generator=generator)
        rewards = torch.randn(B, generator=generator)
        coin = torch.rand(B, generator=generator)
        ended, cut = coin < often, (coin >= often) & (coin < 2 * often)
        last = [onward(x) for x in now]
        now = [fresh() if e or c else x for x, e, c in zip(last, ended, cut, strict=True)]
        over = memory.add(actions, Moved(torch.stack(now), rewards, ended, cut, torch.stack(last)))
        assert (over is None and not (ended | cut).any()) or torch.equal(over, ended | cut)
        for b in range(B):
            diary.done[b][-1].append((int(actions[b]), float(rewards[b])))
            diary.seen[b][-1].append(last[b])
            if ended[b] or cut[b]:
                diary.ends[b][-1] = "ended" if ended[b] else "cut"
                diary.seen[b].append([now[b]])
                diary.done[b].append([])
                diary.ends[b].append("")
    return diary


def sized(copies: int, rows: int, *, stack: int = 1, kind: type[Replay] = Replay, **how: object) -> Replay:
    shape = Vector(2) if stack == 1 else Grid(stack, 1, 1)
    each = kind.bytes_for(1, shape, torch.float32, stack=stack)
    size = each * rows * copies
    return kind(shape, torch.float32, copies=copies, size=size, discount=DISCOUNT, stack=stack, **how)


def key(seen: Tensor) -> tuple[float, ...]:
    return tuple(seen.flatten().tolist())


@pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])
@pytest.mark.parametrize(
    ("copies", "rows", "steps"), [(1, 50, 30), (1, 50, 400), (3, 40, 35), (3, 40, 500), (2, 11, 50)]
)
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("stack", [1, 3])
def test_every_transition_is_as_it_happened(kind, copies, rows, steps, n, stack):
    memory = sized(copies, rows, stack=stack, n=n, kind=kind)
    diary = lived(memory, steps, stack=stack if stack > 1 else 0)
    happened = {}
    for b in range(copies):
        for e, episode in enumerate(diary.done[b]):
            for at in range(len(episode)):
                found = diary.step(b, e, at, n)
                happened[key(found[0])] = found
    drawn = memory.sample(2000)
    for i in range(2000):
        seen, action, value, discount, following = happened[key(drawn.seen[i])]
        assert drawn.actions[i] == action
        assert drawn.returns[i].item() == pytest.approx(value, abs=1e-5)
        assert drawn.discounts[i].item() == pytest.approx(discount)
        if discount > 0:
            assert torch.equal(drawn.following[i], following)


@pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])
@pytest.mark.parametrize("stack", [1, 3])
@pytest.mark.parametrize("copies", [1, 3])
def test_the_newest_steps_are_all_there_and_the_oldest_go(kind, stack, copies):
    memory = sized(copies, 60, stack=stack, kind=kind)
    diary = lived(memory, 300, stack=stack if stack > 1 else 0)
    held = {key(x) for x in memory.sample(20_000).seen}
    each = len(held) / copies
    for b in range(copies):
        steps = [key(s) for e, d in enumerate(diary.done[b]) for s in diary.seen[b][e][: len(d)]]
        mine = [s in held for s in steps]
        kept = sum(mine)
        assert all(mine[len(steps) - kept :]) and not any(mine[: len(steps) - kept])
    # Of sixty rows some hold no step: one for each cut, and the frames before each episode's first.
    assert each > (60 - 1) / (1 + 0.15 + 0.3 * (stack - 1)) - 14
    assert len(memory) == len(held)


def chi_square(counts: list[int], shares: list[float]) -> float:
    total = sum(counts)
    return sum((c - total * p) ** 2 / (total * p) for c, p in zip(counts, shares, strict=True))


@pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])
def test_all_steps_are_equally_likely(kind):
    memory = sized(3, 30, kind=kind)
    lived(memory, 200)
    found = Counter(torch.cat([memory.sample(500).rows for _ in range(100)]).tolist())
    assert len(found) == len(memory)
    # 65 or so degrees of freedom: beyond twice as many lies less than one in a hundred thousand.
    assert chi_square(list(found.values()), [1 / len(found)] * len(found)) < 2 * len(found)


def test_a_memory_of_stacks_takes_a_row_for_each_frame():
    atari = Grid(4, 84, 84)
    assert Replay.bytes_for(1e6, atari, torch.uint8, stack=4) == pytest.approx(7.06e9, rel=0.01)
    assert Replay.bytes_for(1e6, atari, torch.uint8) == pytest.approx(28.2e9, rel=0.01)


def test_stacks_that_do_not_move_on_by_a_frame_are_found_out():
    memory = sized(1, 50, stack=3)
    first = torch.arange(3.0).view(1, 3, 1, 1)
    memory.begin(first)
    no = torch.tensor([False])
    with pytest.raises(TrainingError, match="moved on by a frame"):
        memory.add(torch.tensor([0]), Moved(first + 7, torch.ones(1), no, no, first + 7))


def test_too_few_bytes_and_channels_that_are_no_stack_are_refused():
    with pytest.raises(SettingError, match="too small a memory"):
        Replay(Vector(4), torch.float32, copies=8, size=100, discount=0.9)
    with pytest.raises(SettingError, match="divisor of 3"):
        Replay(Grid(3, 9, 9), torch.uint8, copies=1, size=1e6, discount=0.9, stack=2)
    with pytest.raises(SettingError, match="only a Grid"):
        Replay(Vector(4), torch.float32, copies=1, size=1e6, discount=0.9, stack=2)


@pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])
@pytest.mark.parametrize("steps", [20, 300])
def test_it_goes_on_from_its_state(kind, steps):
    memory, again = sized(2, 60, kind=kind, seed=1), sized(2, 60, kind=kind, seed=2)
    lived(memory, steps)
    if kind is PrioritisedReplay:
        drawn = memory.sample(64)
        memory.learned(drawn.rows, drawn.returns)
    assert again.load_state_dict(memory.state_dict())
    for _ in range(2):
        for a, b in zip(memory.sample(32), again.sample(32), strict=True):
            assert (a is None and b is None) or torch.equal(a, b)
        no, x = torch.tensor([False, False]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        for each in (memory, again):
            each.add(torch.tensor([1, 2]), Moved(x, torch.ones(2), no, no, x))


@pytest.mark.parametrize("kind", [Replay, PrioritisedReplay])
def test_one_too_large_to_be_saved_says_so_and_comes_back_empty(kind):
    memory = sized(2, 60, kind=kind, keep=1000.0)
    lived(memory, 100)
    state = memory.state_dict()
    assert state["kept"] is None
    again = sized(2, 60, kind=kind)
    lived(again, 10)
    assert not again.load_state_dict(state)
    assert len(again) == 0
    lived(again, 5)
    assert len(again) == 10
    assert len(again.sample(20).rows) == 20


def test_an_episode_that_is_broken_off_by_beginning_anew_counts_as_cut():
    memory = sized(1, 50, n=3)
    no, x = torch.tensor([False]), torch.tensor([[5.0, 5.0]])
    memory.begin(x)
    memory.add(torch.tensor([1]), Moved(x + 1, torch.ones(1), no, no, x + 1))
    memory.begin(x + 10)
    memory.add(torch.tensor([1]), Moved(x + 11, torch.ones(1), no, no, x + 11))
    drawn = memory.sample(50)
    assert set(drawn.discounts.tolist()) == {DISCOUNT}
    assert {key(d) for d in drawn.following} == {(6.0, 6.0), (16.0, 16.0)}
