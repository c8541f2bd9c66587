"""A player of a board game: its thoughts, its games as they are watched, and its folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from deepen.errors import SettingError, TrainingError
from deepen.evidence.match import Game, Match
from deepen.games import Connect4, TicTacToe
from deepen.games.boards import Boards
from deepen.matches.board_player import BoardPlayer
from deepen.matches.chooser import RESIGN, Choosing
from deepen.matches.gtp_client import Gtp
from deepen.nets.policy_value import PolicyValue
from deepen.search.search import SearchSettings

RULES = TicTacToe()


@pytest.fixture
def player() -> BoardPlayer:
    torch.manual_seed(0)
    net = PolicyValue(RULES.shape, RULES.actions, channels=8, blocks=1)
    return BoardPlayer(
        net=net.eval(), game="tictactoe", net_settings=net.settings, searching=SearchSettings(simulations=8)
    )


def after(*moves: int) -> Boards:
    boards = RULES.begin(1)
    for move in moves:
        boards = RULES.play(boards, torch.tensor([move]))
    return boards


def of(move: int) -> Choosing:
    """Gives one move, whatever stands there."""
    return Choosing("stubborn", RULES, lambda boards: torch.full((len(boards),), move))


def test_the_first_thought_is_of_legal_moves_alone(player) -> None:
    boards = Boards.cat([after(), after(4), after(0, 1, 2, 3)])
    policy, values = player.policy(boards)
    assert torch.allclose(policy.sum(1), torch.ones(3)) and values.abs().max() <= 1
    assert not policy[~RULES.legal(boards)].any()
    over = player.policy(after(0, 3, 1, 4, 2))[0]
    assert over.tolist() == [[0.0] * 9]
    assert player.thinking(0).choose(boards).tolist() == policy.argmax(1).tolist()


def test_it_thinks_as_long_as_it_is_told(player) -> None:
    assert player.name == "deepen, 8 simulations" and player.thinking(None) is player
    assert player.thinking(0).name == "deepen, no simulations"
    assert player.thinking(40).called("other").name == "other, 40 simulations"
    assert player.thinking(0).thinking(5).searching.simulations == 5
    with pytest.raises(SettingError, match="simulations"):
        player.thinking(-1)


def test_who_has_not_searched_so_far_searches_as_it_learned(player) -> None:
    learned = dataclasses.replace(player, searching=None, settings={"c_scale": 0.3, "channels": 8})
    assert learned.thinking(5).searching == SearchSettings(simulations=5, c_scale=0.3)
    assert player.thinking(0).thinking(5).searching == SearchSettings(simulations=5)


def test_a_search_finds_the_move_that_wins(player) -> None:
    assert player.thinking(60).choose(after(0, 3, 1, 4)).tolist() == [2]
    assert player.look_ahead(after(0, 3, 1, 4), 60).value.item() > 0.3


def test_every_moment_of_a_game(player) -> None:
    first = Choosing("first", RULES, lambda boards: RULES.legal(boards).int().argmax(1))
    moments = list(player.watch(first, seed=1, pictures=False))
    assert moments[0][1] == "X: first, O: deepen, 8 simulations"
    assert moments[1][1].startswith("1. X A3; X expects ")
    stones = [sum(shown.count(mark) for mark in "●○") for shown, _ in moments]
    assert stones == list(range(len(moments)))
    assert f" after {len(moments) - 1} moves" in moments[-1][1] or moments[-1][1].startswith("a draw")
    picture, _ = next(player.watch(first))
    assert picture.ndim == 3 and picture.shape[2] == 3


@pytest.mark.parametrize(
    ("move", "told"),
    [
        (RESIGN, "O resigned"),
        (99, "O chose 99, which is not allowed"),
        (-7, "O chose -7, which is not allowed"),
    ],
)
def test_a_game_that_is_broken_off(player, move: int, told: str) -> None:
    moments = list(player.watch(of(move), pictures=False))
    assert moments[-1][1] == f"X wins after 1 moves: {told}" and len(moments) == 3


def test_a_move_on_a_stone_is_not_made(player) -> None:
    moments = list(player.watch(of(0), seed=1, pictures=False))
    assert moments[-1][1].startswith("O wins after ") and "X chose A3, which is not allowed" in moments[-1][1]


def test_no_more_than_the_longest_and_no_other_game(player) -> None:
    assert len(list(player.watch(player, longest=3, pictures=False))) == 4
    other = Choosing("four", Connect4(), lambda boards: torch.zeros(len(boards), dtype=torch.int64))
    with pytest.raises(SettingError, match="another game"):
        list(player.watch(other))


def test_a_program_is_watched_and_its_failure_is_named(player, program) -> None:
    with Gtp(program(), RULES, name="well") as well:
        assert " after " in list(player.watch(well, pictures=False))[-1][1]
    with (
        Gtp(program("dies", 1), RULES, name="dying") as dying,
        pytest.raises(TrainingError, match="dying: gave no move"),
    ):
        list(player.watch(dying, pictures=False))


@pytest.mark.parametrize(
    ("method", "told"), [("alphazero", "against itself"), ("experts", "games of experts")]
)
def test_its_folder(player, tmp_path: Path, method: str, told: str) -> None:
    player.method = method
    game = Game(number=0, moves=(0, 1), points=None, ending="fault", why="it died")
    player.matches = (Match(rules="tictactoe", one="net", other="dead", games=(game,)).to_dict(),)
    player.thinking(0).save(tmp_path / "model")
    again = BoardPlayer.load(tmp_path / "model", device="cpu")
    assert again.searching is None and again.method == method and again.matches[0]["other"] == "dead"
    again.report(tmp_path / "page.html")
    assert "nan" not in (tmp_path / "page.html").read_text().split("<body")[1].split("<script")[0]
    boards = after(4)
    assert torch.equal(again.policy(boards)[0], player.policy(boards)[0])
    card = (tmp_path / "model" / "README.md").read_text()
    assert told in card and "nan" not in card
