from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Go, GoBoards


def play(rules: Go, boards: GoBoards, words: str) -> GoBoards:
    for word in words.split():
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    return boards


def legal(rules: Go, boards: GoBoards) -> set[str]:
    return {rules.word(m) for m in rules.legal(boards)[0].nonzero()[:, 0].tolist()}


def test_one_stone_in_the_corner_is_taken() -> None:
    rules = Go(5)
    boards = play(rules, rules.begin(1), "A1 A2 C3 B1")
    assert boards.stones[0, 4].tolist() == [0, -1, 0, 0, 0]
    assert boards.liberties[0, 4].tolist() == [0, 3, 0, 0, 0]


def test_two_chains_are_taken_by_one_move(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn(
        "OX.XO",
        "XX.XX",
        "OO.OO",
        "XX.XX",
        ".....",
        turn=1,
    )
    boards = play(rules, boards, "C3")
    assert boards.stones[0, 2].tolist() == [0, 0, 1, 0, 0]
    anew = rules.set_up(boards.stones, boards.turn)
    assert torch.equal(boards.liberties, anew.liberties)


def test_suicide_is_forbidden_but_taking_is_not(drawn: Callable[..., Any]) -> None:
    rows = (".O...", "O....", ".....", ".....", ".....")
    rules, boards = drawn(*rows)
    assert "A5" not in legal(rules, boards)
    rules, boards = drawn(*rows, turn=-1)
    assert "A5" in legal(rules, boards)
    rules, boards = drawn(".OX..", "OX...", "X....", ".....", ".....")
    assert "A5" in legal(rules, boards)
    boards = play(rules, boards, "A5")
    assert boards.stones[0, :2, :2].tolist() == [[1, 0], [0, 1]]


def test_suicide_of_many_is_forbidden(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn("X.O..", "XXO..", "OOO..", ".....", ".....")
    assert "B5" not in legal(rules, boards)
    rules, boards = drawn("X.O..", "XXO..", "OO...", ".....", ".....")
    assert "B5" not in legal(rules, boards)  # the chain has no liberty but this one
    rules, boards = drawn("X.O..", "XXO..", ".O...", ".....", ".....")
    assert "B5" in legal(rules, boards)


def test_two_passes_end_the_game_and_one_does_not() -> None:
    rules = Go(5, komi=0.5)
    boards = play(rules, rules.begin(1), "pass")
    assert not boards.over.any()
    boards = play(rules, boards, "C3 pass")
    assert not boards.over.any()
    assert rules.planes(boards)[0, -4].unique().tolist() == [1.0]
    boards = play(rules, boards, "pass")
    assert (boards.over.tolist(), boards.winner.tolist()) == ([True], [-1])
    assert boards.outcome.tolist() == [float(-boards.turn[0])]


def test_a_whole_komi_makes_draws() -> None:
    rules = Go(5, komi=25)
    boards = play(rules, rules.begin(1), "C3 pass pass")
    assert (boards.over.tolist(), boards.winner.tolist(), rules.score(boards).tolist()) == (
        [True],
        [0],
        [0.0],
    )


def test_the_longest_game_is_scored() -> None:
    rules = Go(2, komi=0.5)
    assert rules.longest == 8
    boards = rules.begin(1)
    for words in ("A1 pass", "B2 pass", "B1 A2", "pass"):
        boards = play(rules, boards, words)
    assert not boards.over.any()
    score = rules.score(boards)
    before = play(rules, boards, "")
    boards = play(rules, boards, "B1" if "B1" in legal(rules, boards) else "A1")
    assert boards.moves.tolist() == [8]
    assert boards.over.tolist() == [True]
    assert boards.winner.tolist() == rules.score(boards).sign().int().tolist()
    assert before.moves.tolist() == [7]
    assert score.shape == (1,)


def test_planes_of_a_position(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn(".O...", "O.X..", "..O..", ".....", ".....")
    boards = play(rules, boards, "D3 E1")
    planes = rules.planes(boards)[0]  # black's turn
    places = [
        sorted(rules.word(p) for p in plane.flatten().nonzero()[:, 0].tolist()) for plane in planes[:11]
    ]
    assert places == [
        [],
        [],
        ["C4", "D3"],
        [],
        ["C3", "E1"],
        ["A4", "B5"],
        ["E1"],
        ["D3"],
        [],
        [],
        ["A5"],
    ]
    assert [plane.unique().tolist() for plane in planes[11:]] == [[0], [1], [pytest.approx(2 / 50)], [1]]


def test_black_moves_again_after_a_handicap(drawn: Callable[..., Any]) -> None:
    rules, boards = drawn("X...X", ".....", ".....", ".....", "X...X", turn=-1)
    boards = play(rules, boards, "C3")
    assert boards.stones.sum().item() == 3
    assert boards.turn.tolist() == [1]


def test_names_and_settings() -> None:
    assert (Go().name, Go(19).name, Go(9, 6.5).name, Go(9, 7).name) == ("go:9", "go:19", "go:9:6.5", "go:9:7")
    assert (Go(9).actions, Go(9).move("PASS"), Go(9).word(81)) == (82, 81, "pass")
    with pytest.raises(SettingError, match="sizes 2 to 19"):
        Go(1)
    with pytest.raises(SettingError, match="whole or half points; came: 6.25"):
        Go(9, 6.25)


def test_the_drawing_marks_the_last_move() -> None:
    rules = Go(5)
    boards = play(rules, rules.begin(1), "C3 D4")
    assert rules.text(boards).splitlines()[1:3] == ["4  ·  ·  · (○) ·", "3  ·  ·  ●  ·  ·"]
    assert "(" not in rules.text(play(rules, boards, "pass"))


@pytest.mark.parametrize(("name", "games"), [("go:5", 50), ("go:9", 20)])
def test_rules_are_openspiels(against: ModuleType, name: str, games: int) -> None:
    seen = against.compare(name, games=games)
    assert seen.disagreements == 0, seen.first
    assert seen.games == games


@pytest.mark.slow
def test_rules_of_the_large_board_are_openspiels(against: ModuleType) -> None:
    seen = against.compare("go:19", games=20)
    assert seen.disagreements == 0, seen.first
