from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Connect4, Go, TicTacToe
from deepen.games import minimax as module
from deepen.games.minimax import minimax, standing, windows
from deepen.games.perfect import perfect


def test_to_the_end_it_is_perfect() -> None:
    solved, rules = perfect(), TicTacToe()
    boards = rules.begin(40)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        legal = rules.legal(boards)
        boards = rules.play(
            boards, torch.where(legal, torch.rand(legal.shape, generator=generator), -1.0).argmax(1)
        )
    for _ in range(6):
        moves = minimax(rules, boards, depth=9, generator=generator)
        good = solved.best(boards)[torch.arange(40), moves]
        assert bool((good | boards.over).all())
        boards = rules.play(boards, moves)


def test_the_quicker_win_is_taken_and_a_loss_put_off() -> None:
    rules = Connect4()
    boards = rules.begin(1)
    for word in "112233":
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    for depth in (1, 2, 3, 4):
        assert rules.word(int(minimax(rules, boards, depth))) == "4"
    boards = rules.play(boards, torch.tensor([6]))  # not taken: the other has three in the second row ...
    assert rules.word(int(minimax(rules, boards, 3))) == "4"


def test_many_boards_in_turns_are_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Connect4()
    boards = rules.begin(5)
    for step in range(6):
        boards = rules.play(boards, torch.tensor([(step * i) % 7 for i in range(5)]))
    once = minimax(rules, boards, 3)
    monkeypatch.setattr(module, "MOST", 10)
    assert torch.equal(minimax(rules, boards, 3), once)


def test_equal_moves_are_drawn() -> None:
    rules = TicTacToe()
    boards = rules.play(rules.begin(10), torch.full((10,), 4))
    drawn = minimax(rules, boards, 8, torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == {0, 2, 6, 8}  # the corners alone hold the draw
    assert minimax(rules, boards[:1], 8).tolist() == [0]


def test_standing_changes_sign_with_the_player() -> None:
    rules = Connect4()
    assert len(windows(6, 7, 4, torch.device("cpu"))) == 69
    boards = rules.play(rules.begin(1), torch.tensor([3]))
    assert standing(rules, boards) < 0
    assert standing(Go(5), Go(5).begin(1)) < 0  # komi


def test_a_depth_of_none() -> None:
    with pytest.raises(SettingError, match="depth: out of range"):
        minimax(TicTacToe(), TicTacToe().begin(1), 0)


def test_a_sooner_win_is_worth_more() -> None:
    """Both A3 and C3 win for who is to move, but A3 at once."""
    rules = TicTacToe()
    boards = rules.begin(1)
    for word in ("A1", "B1", "A2", "C1"):
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    each = module._each(rules, boards, 5)[0]
    assert each[rules.move("A3")] == 5
    assert sorted(each[torch.isfinite(each)].tolist())[-2] <= 3
