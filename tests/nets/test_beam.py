from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.nets.beam import beam_search

START, END, V, MOST = 1, 2, 6, 4
NOTHING = (torch.zeros(1, 3, 1), torch.zeros(1, 3, 1))


class World:
    """What comes next depends on the example, on the last token and, by way of the state, on all before it."""

    def __init__(self, examples: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.tables = torch.randn(examples, 5, V, V, generator=generator).mul(1.5).log_softmax(-1)
        h = torch.arange(examples).view(1, examples, 1).float()
        self.state = (h, torch.zeros(1, examples, 1))

    def step(self, tokens: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        h, c = state  # which example, and the sum of what was said
        example, total = h[0, :, 0].long(), c[0, :, 0].long()
        last = tokens.flatten()
        log_p = self.tables[example, total % 5, last].view(*tokens.shape, V)
        return log_p, (h, c + last.view(1, -1, 1))

    def log_p(self, example: int, string: tuple[int, ...]) -> float:
        total, last, sum_ = 0, START, 0.0
        for token in (*string, END):
            sum_ += self.tables[example, total % 5, last, token].item()
            total, last = total + last, token
        return sum_

    def all(self, example: int) -> list[tuple[float, tuple[int, ...]]]:
        strings = [s for n in range(MOST + 1) for s in itertools.product((3, 4, 5), repeat=n)]
        return [(self.log_p(example, s), s) for s in strings]


def string(tokens: Tensor) -> tuple[int, ...]:
    return tuple(t for t in tokens.tolist() if t)


@pytest.mark.parametrize("normalise", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_beam_as_large_as_the_space_finds_all_strings_in_order(normalise, seed):
    world = World(3, seed)
    found = beam_search(
        world.step, world.state, beams=130, most=MOST, start=START, end=END, normalise=normalise
    )
    for example in range(3):
        scored = [(lp / ((5 + len(s) + 1) / 6) ** normalise, lp, s) for lp, s in world.all(example)]
        scored.sort(reverse=True)
        assert len(scored) == 121
        assert [string(t) for t in found.tokens[example, :121]] == [s for _, _, s in scored]
        torch.testing.assert_close(found.log_p[example, :121], torch.tensor([lp for _, lp, _ in scored]))
        assert (found.log_p[example, 121:] == -math.inf).all()


@pytest.mark.parametrize("seed", range(5))
def test_one_beam_is_the_greedy_way(seed):
    world = World(3, seed)
    found = beam_search(world.step, world.state, beams=1, most=MOST, start=START, end=END)
    for example in range(3):
        said, total, last = [], 0, START
        while len(said) < MOST:
            row = world.tables[example, total % 5, last].clone()
            row[[0, START]] = -math.inf
            total, last = total + last, int(row.argmax())
            if last == END:
                break
            said.append(last)
        assert string(found.tokens[example, 0]) == tuple(said)
        assert found.log_p[example, 0].item() == pytest.approx(world.log_p(example, tuple(said)), abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_found_is_in_order_without_repeats_and_truly_so_probable(seed):
    world = World(3, seed)
    found = beam_search(world.step, world.state, beams=7, most=MOST, start=START, end=END)
    assert (found.scores.diff(dim=1) <= 0).all()
    for example in range(3):
        strings = [
            string(t)
            for t, p in zip(found.tokens[example], found.log_p[example], strict=True)
            if p > -math.inf
        ]
        assert len(strings) == len(set(strings))
        for s, log_p in zip(strings, found.log_p[example], strict=False):
            assert log_p.item() == pytest.approx(world.log_p(example, s), abs=1e-5)


def test_examples_of_a_batch_do_not_touch_one_another():
    world = World(3)
    together = beam_search(world.step, world.state, beams=5, most=MOST, start=START, end=END)
    for example in range(3):
        alone = beam_search(
            world.step,
            tuple(s[:, example : example + 1] for s in world.state),
            beams=5,
            most=MOST,
            start=START,
            end=END,
        )
        assert torch.equal(alone.tokens[0], together.tokens[example])


def test_without_normalising_short_strings_win():
    world = World(3, 4)

    def lengths(normalise):
        found = beam_search(
            world.step, world.state, beams=130, most=MOST, start=START, end=END, normalise=normalise
        )
        return (found.tokens[:, 0] > 0).sum().item()

    assert lengths(0.0) < lengths(3.0)


def test_padding_and_start_are_never_said():
    def step(tokens, state):
        return torch.tensor([0.45, 0.45, 0.01, 0.09, 0.0, 0.0]).log().expand(*tokens.shape, V), state

    found = beam_search(step, NOTHING, beams=3, most=MOST, start=START, end=END)
    finite = found.tokens[found.log_p > -math.inf]
    assert set(finite.flatten().tolist()) == {0, 3}
    assert not ((finite[:, :-1] == 0) & (finite[:, 1:] != 0)).any()


@pytest.mark.parametrize("option", [{"beams": 0}, {"most": 0}, {"normalise": -1}])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        beam_search(World(3).step, NOTHING, **{"beams": 2, "most": 2, "start": 1, "end": 2, **option})
