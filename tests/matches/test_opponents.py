import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Connect4, Go, TicTacToe
from deepen.matches import gtp_client
from deepen.matches.matches import match
from deepen.matches.opponents import RandomMoves, gnugo, opponent


def test_random_moves_are_legal_and_follow_from_the_seed(rules):
    boards = rules.play(rules.begin(200), torch.arange(200) % 9)
    one, same, other = (RandomMoves(rules, seed=s).choose(boards) for s in (0, 0, 1))
    assert bool(rules.legal(boards).gather(1, one[:, None]).all())
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert len(one.unique()) == 9


def test_opponents_by_name(rules):
    assert opponent("random", rules).name == "random"
    assert opponent("mcts", rules).name == "mcts:100"
    assert opponent("mcts:7", rules).simulations == 7
    assert opponent("minimax", rules).name == "minimax:4"


def test_perfect_play_never_loses_and_minimax_seldom(rules):
    best = opponent("perfect", rules)
    assert match(rules, best, opponent("random", rules), games=60).results[2] == 0
    assert match(rules, best, opponent("minimax:6", rules), games=20).results[2] == 0
    assert match(rules, opponent("minimax:2", rules), opponent("random", rules), games=40).score.value > 0.8
    boards = rules.begin(30)
    assert len(set(best.choose(boards).tolist())) > 3  # all first moves are as good
    with pytest.raises(SettingError, match="only tic-tac-toe is solved from every position; came: go:5"):
        opponent("perfect", Go(5))


def test_the_nearest_move_that_wins_is_found():
    rules = Connect4()
    boards = rules.begin(3)
    for word in "172737":
        boards = rules.play(boards, torch.full((3,), rules.move(word)))
    for name in ("minimax:1", "minimax:3"):
        assert opponent(name, rules).choose(boards).tolist() == [rules.move("4")] * 3


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("rando", r"'rando' is not known. Did you mean 'random'\?"),
        ("gnu-go:1", r"Did you mean 'gnugo'\?"),
        ("stockfish", "There are: 'gnugo', 'mcts', 'minimax', 'perfect', 'random'"),
        ("", "There are"),
        ("mcts:", "allowed: mcts, or mcts:N with N simulations for a move; came: 'mcts:'"),
        ("mcts:0", "came: 'mcts:0'"),
        ("mcts:-3", "cannot be read"),
        ("mcts:²", "cannot be read"),
        ("random:3", "allowed: random; came: 'random:3'"),
        ("gnugo:11", "no such level; allowed: 1 to 10; came: 11"),
    ],
)
def test_names_that_are_none(name, what):
    with pytest.raises(SettingError, match=what):
        opponent(name, Go(5))


def test_gnugo_plays_go_alone_and_is_told_how_to_get(monkeypatch):
    with pytest.raises(SettingError, match="GNU Go plays Go alone; came: connect4"):
        gnugo(Connect4())
    monkeypatch.setattr(gtp_client, "_FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingError, match="no program 'gnugo'.*sudo apt install gnugo"):
        gnugo(Go(5))


def test_gnugo_answers(has_gnugo):
    rules = Go(5)
    with opponent("gnugo:1", rules) as player:
        found = player.follow({0: [], 1: [rules.move("C3")]})
        assert all(0 <= move < rules.actions for move in found.values())
        # A game in which black has everything but two eyes, and a white stone stands in it dead.
        walls = [f"{column}{row}" for column in "BD" for row in range(1, 6)]
        words = [walls[0], "A1", *(w for wall in walls[1:] for w in (wall, "pass")), "pass"]
        dead, said = player.judge(5, [rules.move(word) for word in words])
        assert dead == (rules.move("A1"),) and said == "B+17.5"


def test_tictactoe_has_no_gnugo():
    with pytest.raises(SettingError):
        opponent("gnugo", TicTacToe())
