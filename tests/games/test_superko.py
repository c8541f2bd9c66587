from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from deepen.games import Go, GoBoards
from deepen.games.superko import keys, position_key


def play(rules: Go, boards: GoBoards, words: str) -> GoBoards:
    for word in words.split():
        move = rules.move(word)
        assert rules.legal(boards)[0, move], f"{word} is not legal\n{rules.text(boards)}"
        boards = rules.play(boards, torch.tensor([move]))
    return boards


def legal(rules: Go, boards: GoBoards, word: str) -> bool:
    return bool(rules.legal(boards)[0, rules.move(word)])


KO = (".XO..", "X.XO.", ".XO..", ".....", ".....")


def test_a_ko_may_not_be_taken_back_at_once(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn(*KO, turn=-1)
    boards = play(rules, boards, "B4")  # takes C4
    assert boards.stones[0, 1, 2] == 0
    assert not legal(rules, boards, "C4")
    boards = play(rules, boards, "E1 E2")  # a threat and its answer
    assert legal(rules, boards, "C4")
    boards = play(rules, boards, "C4")
    assert not legal(rules, boards, "B4")


def test_after_two_threats_less_the_ko_stays_closed(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn(*KO, turn=-1)
    boards = play(rules, boards, "B4")
    boards = play(rules, boards, "pass")
    assert boards.turn.tolist() == [-1]
    assert not boards.over.any()


def test_sending_two_returning_one(drawn: Callable[..., Any]) -> None:
    """White adds a stone, black takes both, and white may not take the one: the position was there."""
    rules, boards = drawn(".....", "..O..", "XXO..", "XXOO.", ".O.O.", turn=-1)
    sent = play(rules, boards, "A1")
    taken = play(rules, sent, "C1")
    assert taken.stones[0, 4].tolist() == [0, 0, 1, -1, 0]
    assert not legal(rules, taken, "B1")
    assert legal(rules, play(rules, taken, "E5 A5"), "B1")  # after an exchange it is another position


def test_a_position_may_come_back_without_a_capture(drawn: Callable[..., Any]) -> None:
    """The same shape begun one stone later: the move that is forbidden takes nothing."""
    rules, boards = drawn(".....", "..O..", "XXO..", "XXOO.", "OO.O.", turn=1)
    boards = play(rules, boards, "C1 B1 pass")
    assert not legal(rules, boards, "A1")


def test_the_sixth_move_of_a_triple_ko_is_forbidden(drawn: Callable[..., Any]) -> None:
    white = (".XO......", "XO.O.....", ".XO......")
    black = (".XO......", "X.XO.....", ".XO......")
    rules, boards = drawn(*white, *black, *white)
    boards = play(rules, boards, "C8 B5 C2 B8 C5")
    assert not legal(rules, boards, "B2")
    assert not legal(rules, boards, "B5")  # the simple ko
    assert legal(rules, play(rules, boards, "J9 H9"), "B2")


def brute(rules: Go, boards: GoBoards, past: list[set[bytes]]) -> tuple[Tensor, int]:
    """Play every move that is no suicide and look the stones up among all earlier ones."""
    out = torch.zeros(len(boards), rules.places, dtype=torch.bool)
    row, place = ((boards.stones.flatten(1) == 0) & ~boards.over[:, None]).nonzero(as_tuple=True)
    anew = rules.set_up(boards.stones[row], boards.turn[row])  # nothing was before, so no superko
    may = rules.legal(anew)[torch.arange(len(row)), place]
    row, place, after = row[may], place[may], rules.play(anew[may], place[may]).stones
    for i, p, stones in zip(row.tolist(), place.tolist(), after.numpy(), strict=True):
        out[i, p] = stones.tobytes() not in past[i]
    return out, len(row)


@pytest.mark.parametrize("size", [2, 3])
def test_every_repetition_is_found_on_small_boards(size: int) -> None:
    """On boards of two or three lines positions come back often: all are kept and compared."""
    rules = Go(size)
    generator = torch.Generator().manual_seed(0)
    boards = rules.begin(200)
    past = [{s.tobytes()} for s in boards.stones.numpy()]
    forbidden = 0
    for _ in range(rules.longest):
        may = rules.legal(boards)
        truth, tried = brute(rules, boards, past)
        assert torch.equal(may[:, :-1], truth)
        forbidden += tried - int(truth.sum())
        weight = may * torch.tensor([1.0] * rules.places + [0.05])  # passes are rare
        boards = rules.play(boards, (weight * torch.rand(may.shape, generator=generator)).argmax(1))
        for seen, s in zip(past, boards.stones.numpy(), strict=True):
            seen.add(s.tobytes())
    assert forbidden > 50


def test_keys_of_a_game_are_those_of_its_stones(wander: Callable[..., Any]) -> None:
    rules = Go(5)
    boards = rules.begin(20)
    for step in range(rules.longest):
        assert torch.equal(boards.key, position_key(boards.stones.flatten(1), 5))
        assert torch.equal(boards.history.gather(1, boards.moves[:, None].long())[:, 0], boards.key)
        boards = wander(rules, boards, 1, seed=step)


def test_keys_are_different_and_always_the_same() -> None:
    numbers = keys(19, torch.device("cpu"))
    assert numbers.unique().numel() == 2 * 361
    again = keys.__wrapped__(19, torch.device("cpu"))
    assert torch.equal(numbers, again)
