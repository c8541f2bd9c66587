from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from deepen.games import Boards, game
from deepen.games.rules import turned

NAMES = ["tictactoe", "connect4", "gomoku:9", "go:5", "go:7:6.5"]


def same(a: Boards, b: Boards) -> bool:
    return all(torch.equal(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))


@pytest.mark.parametrize("name", NAMES)
def test_many_boards_are_played_as_each_alone(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    generator = torch.Generator().manual_seed(1)
    many = rules.begin(6)
    alone = [rules.begin(1) for _ in range(6)]
    while not bool(many.over.all()):
        legal = rules.legal(many)
        assert torch.equal(legal, torch.cat([rules.legal(b) for b in alone]))
        assert torch.equal(rules.planes(many), torch.cat([rules.planes(b) for b in alone]))
        moves = torch.where(legal, torch.rand(legal.shape, generator=generator), -1.0).argmax(1)
        many = rules.play(many, moves)
        alone = [rules.play(b, moves[i : i + 1]) for i, b in enumerate(alone)]
        assert same(many, Boards.cat(alone))


@pytest.mark.parametrize("name", NAMES)
def test_play_changes_nothing_in_place(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    for steps in (0, 4, 30):
        boards = wander(rules, rules.begin(8), steps)
        before = boards.map(Tensor.clone)
        rules.planes(boards)
        wander(rules, boards, 3, seed=1)
        assert same(boards, before)


@pytest.mark.parametrize("name", NAMES)
def test_every_game_ends_and_stays_as_it_is(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(20), rules.longest)
    assert bool(boards.over.all())
    assert not rules.legal(boards).any()
    assert rules.legal(boards).shape == (20, rules.actions)
    for move in (0, rules.actions - 1):
        assert same(rules.play(boards, torch.full((20,), move)), boards)


@pytest.mark.parametrize("name", NAMES)
def test_a_turned_game_has_turned_planes(name: str) -> None:
    rules = game(name)
    generator = torch.Generator().manual_seed(2)
    for symmetry in range(rules.symmetries):
        source = rules.turned_moves(symmetry)  # turned move a comes from source[a]
        turned_move = source.argsort()
        plain, other = rules.begin(5), rules.begin(5)
        for _ in range(25):
            legal = rules.legal(plain)
            assert torch.equal(rules.legal(other), legal[:, source])
            assert torch.equal(rules.planes(other), rules.turned(rules.planes(plain), symmetry))
            moves = torch.where(legal, torch.rand(legal.shape, generator=generator), -1.0).argmax(1)
            plain, other = rules.play(plain, moves), rules.play(other, turned_move[moves])
        assert torch.equal(plain.winner, other.winner)


def test_the_symmetries_of_a_square_are_eight_different_ones() -> None:
    x = torch.arange(9.0).view(3, 3)
    assert len({tuple(turned(x, s).flatten().tolist()) for s in range(8)}) == 8


@pytest.mark.parametrize("name", NAMES)
def test_planes_are_what_their_shape_says_and_see_the_board_from_both_sides(name: str) -> None:
    rules = game(name)
    boards = rules.begin(2)
    boards = rules.play(boards, torch.tensor([3, 3]))
    planes = rules.planes(boards)
    assert planes.shape == (2, rules.shape.c, rules.shape.h, rules.shape.w)
    assert planes.dtype == torch.float32
    swapped = dataclasses.replace(boards, stones=-boards.stones, turn=-boards.turn)
    # the same but for the plane that says who began
    assert (rules.planes(swapped) != planes).any((2, 3)).sum(1).tolist() == [1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_every_move_has_a_word_and_is_found_by_it(name: str) -> None:
    rules = game(name)
    words = [rules.word(m) for m in range(rules.actions)]
    assert len(set(words)) == rules.actions
    assert [rules.move(w) for w in words] == list(range(rules.actions))
    assert [rules.move(w.lower()) for w in words] == list(range(rules.actions))


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_made_on_the_boards_own_device(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(4), rules.longest)  # tables are made now
    boards = rules.begin(4)
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):  # whatever is made without a device cannot meet the boards
        for _ in range(rules.longest):
            legal = rules.legal(boards)
            drawn = torch.rand(legal.shape, generator=generator, device="cpu")
            boards = rules.play(boards, torch.where(legal, drawn, -1.0).argmax(1))
        planes = rules.planes(boards)
    assert planes.device.type == "cpu"
    assert bool(boards.over.all())


@pytest.mark.parametrize("name", NAMES)
def test_no_boards_at_all_are_played_too(name: str) -> None:
    rules = game(name)
    boards = rules.play(rules.begin(3)[:0], torch.zeros(0, dtype=torch.int64))
    assert rules.legal(boards).shape == (0, rules.actions)
    assert rules.planes(boards).shape[0] == len(boards) == 0
    assert len(boards.cat([boards, boards])) == 0


@pytest.mark.parametrize("name", NAMES)
def test_planes_are_the_same_with_legal_moves_that_are_known(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(8), 20)
    assert torch.equal(rules.planes(boards, rules.legal(boards)), rules.planes(boards))


@pytest.mark.parametrize("name", NAMES)
def test_whose_the_places_are_is_asked_of_games_about_places(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(8), 20)
    if rules.territory:
        difference = rules.owners(boards).flatten(1).sum(1) - rules.komi
        assert torch.equal(difference, rules.score(boards))
    else:
        with pytest.raises(NotImplementedError, match=name):
            rules.owners(boards)
