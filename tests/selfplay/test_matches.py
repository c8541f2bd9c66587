import sys

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Connect4, Go
from deepen.selfplay import gtp_session
from deepen.selfplay.chooser import RESIGN, Choosing
from deepen.selfplay.gtp_client import Gtp
from deepen.selfplay.matches import match
from deepen.selfplay.opponents import RandomMoves, gnugo, opponent


@pytest.fixture(autouse=True)
def _no_long_farewell(monkeypatch):
    monkeypatch.setattr(gtp_session, "_FAREWELL", 0.3)


def constant(rules, name, answer):
    return Choosing(name, rules, lambda boards: torch.full((len(boards),), answer))


class Seen:
    def __init__(self):
        self.stages = []

    def stage(self, name, done=0, total=0):
        self.stages.append((name, done, total))


def test_colours_alternate_and_every_game_is_replayed_to_its_result(rules, first):
    watch = Seen()
    played = match(rules, first, RandomMoves(rules), games=30, watch=watch)
    assert [g.number for g in played.games] == list(range(30)) and played.stopped == ""
    assert watch.stages == [("games", 0, 30), ("games", 30, 30)]
    for game in played.games:
        boards = rules.begin(1)
        for ply, move in enumerate(game.moves):
            assert bool(rules.legal(boards)[0, move])
            if ply % 2 == game.number % 2:  # the moves of one
                assert move == int(first.choose(boards))
            boards = rules.play(boards, torch.tensor([move]))
        assert bool(boards.over) and game.ending == "rules"
        sign = 1 if game.number % 2 == 0 else -1
        assert game.points == (1 + sign * int(boards.winner)) / 2
    assert played.beginning.n == played.replying.n == 15


def test_a_player_against_itself_wins_as_often_as_it_loses(rules, first):
    played = match(rules, first, first, games=10)
    assert played.score.value == 0.5 and played.different == 1


def test_two_games_in_a_row_begin_alike():
    rules = Connect4()
    played = match(rules, RandomMoves(rules, seed=1), RandomMoves(rules, seed=2), games=21, opening=4, seed=7)
    begun = [g.moves[:4] for g in played.games]
    assert all(begun[n] == begun[n - 1] for n in range(1, 21, 2))
    assert len(set(begun)) > 8
    again = match(rules, RandomMoves(rules, seed=1), RandomMoves(rules, seed=2), games=21, opening=4, seed=7)
    assert again.games == played.games


def test_resigning_and_illegal_moves_lose(rules, first):
    played = match(rules, first, constant(rules, "coward", RESIGN), games=4)
    assert [g.ending for g in played.games] == ["resigned"] * 4 and played.score.value == 1
    assert [len(g.moves) for g in played.games] == [1, 0, 1, 0] and played.games[0].why == "coward resigned"
    played = match(rules, constant(rules, "stubborn", 4), first, games=4)
    assert [g.ending for g in played.games] == ["illegal move"] * 4 and played.score.value == 0
    assert played.games[0].why == "stubborn chose B2"
    for answer in (9, -7):
        assert match(rules, constant(rules, "lost", answer), first, games=2).score.value == 0


def test_players_of_another_game_are_refused(rules, first):
    with pytest.raises(SettingError, match="random plays another game; allowed: tictactoe; came: connect4"):
        match(rules, first, RandomMoves(Connect4()))
    with pytest.raises(SettingError, match="games"):
        match(rules, first, first, games=0)
    with pytest.raises(SettingError, match="opening"):
        match(rules, first, first, opening=9)


def test_a_program_plays_a_few_games_at_a_time(program, rules, first):
    watch = Seen()
    with Gtp(program(), rules, name="prog", at_once=3) as player:
        played = match(rules, first, player, games=8, opening=1, watch=watch)
        assert len(player._sessions) == 0 and len(player._spare) == 3
    assert [done for _, done, _ in watch.stages] == [0, 3, 6, 8]
    # Both take the first free place, so the program is as good as the function.
    assert (
        played.games == match(rules, first, Choosing("prog", rules, first.choose), games=8, opening=1).games
    )


def test_games_of_a_program_that_fails_are_nobodys(program, rules, first):
    with Gtp(program("dies", 2), rules, name="prog", at_once=2) as player:
        played = match(rules, first, player, games=10)
    assert {g.ending for g in played.games} == {"fault"}
    assert len(played.games) == 3 and played.score.n == 0
    assert played.stopped.startswith(
        "3 games in a row ended by a fault; the last one: prog ended at 'genmove"
    )
    with Gtp(program("cheats", 1), rules, name="prog") as player:
        played = match(rules, first, player, games=4)
    assert {g.ending for g in played.games} == {"illegal move"} and played.score.value == 1.0


def test_an_interrupted_match_keeps_its_games(program, rules, first):
    calls = []

    def choose(boards):
        calls.append(len(boards))
        if len(calls) > 12:
            raise KeyboardInterrupt
        return first.choose(boards)

    with Gtp(program(), rules, at_once=2) as player:
        played = match(rules, Choosing("busy", rules, choose), player, games=20)
    assert (
        played.stopped == "interrupted" and 0 < len(played.games) < 20 and played.score.n == len(played.games)
    )


def go5(rules, *words):
    return [rules.move(word) for word in words]


class Judge:
    """Follows a script, passes behind its end, and calls the stones at some places dead."""

    def __init__(self, rules, script, dead):
        self.rules, self.name, self.at_once = rules, "judge", 1
        self.script, self.dead, self.left = script, dead, []

    def follow(self, games):
        return {
            n: self.script[len(m)] if len(m) < len(self.script) else self.rules.places
            for n, m in games.items()
        }

    def judge(self, number, moves):
        return self.dead, "W+7.5"

    def leave(self, number):
        self.left.append(number)

    def close(self):
        pass


def test_stones_that_their_own_side_calls_dead_are_taken_away():
    rules = Go(5)
    # Black has a wall of C, white stones at A1 and E5 behind it: each colour's stone in the other's territory or not.
    script = go5(rules, "C1", "A1", "C2", "E5", "C3", "pass", "C4", "pass", "C5", "pass", "pass", "pass")
    black = Choosing("black", rules, lambda boards: torch.tensor([script[int(boards.moves[0])]]))
    a1, e5, c3 = go5(rules, "A1", "E5", "C3")
    played = match(rules, black, Judge(rules, script, ()), games=1)
    assert played.games[0].margin == 5 - 2 - 7.5  # as the stones stand no side owns the free places
    assert played.score.value == 0 and not played.games[0].disputed
    judge = Judge(rules, script, (a1, e5, c3, 99))
    (game,) = match(rules, black, judge, games=1).games
    # White's stones go, since white says so; that white calls a black one dead takes nothing away.
    assert game.dead == tuple(sorted((a1, e5))) and game.margin == 25 - 7.5 and game.points == 1
    assert game.disputed and judge.left == [0]


@pytest.mark.parametrize("takes", [True, False])
def test_gnugo_takes_what_is_dead_before_it_passes(has_gnugo, takes):
    rules = Go(7)
    # White owns the columns A to D, black E to G; black's stone at B4 is dead, and black only passes from here on.
    walls = [place for row in range(1, 8) for place in (f"E{row}", f"D{row}")]
    moves = [rules.move(word) for word in (*walls, "B4")]
    boards = rules.begin(1)
    for move in moves:
        boards = rules.play(boards, torch.tensor([move]))
    with gnugo_with(rules, takes) as white:
        while not bool(boards.over):
            mine = int(boards.turn) == 1
            moves.append(rules.places if mine else white.follow({0: moves})[0])
            boards = rules.play(boards, torch.tensor([moves[-1]]))
        dead, said = white.judge(0, moves)
    margin = float(rules.score(boards))
    if takes:  # as every opponent named gnugo is started: it is counted as if B4 had never been played
        assert margin == 21 - 28 - 7.5 and said == "W+14.5" and dead == ()
    else:  # as it would be otherwise: the stone stays, and what white has around it is nobody's
        assert margin == 22 - int((boards.stones < 0).sum()) - 7.5 > 0
        assert said == "W+14.5" and dead == (rules.move("B4"),)


def gnugo_with(rules, takes):
    started = gnugo(rules)
    if takes:
        return started
    started.close()
    command = [part for part in started.command if part != "--capture-all-dead"]
    return Gtp(command, rules)


@pytest.mark.slow
def test_our_server_plays_gnugo_and_both_agree(has_gnugo):
    rules = Go(5)
    code = (
        "from deepen.games import Go; from deepen.selfplay.gtp import serve; "
        "from deepen.selfplay.opponents import RandomMoves; serve(RandomMoves(Go(5), seed=3))"
    )
    with (
        Gtp([sys.executable, "-c", code], rules, name="deepen", at_once=2) as ours,
        gnugo(rules) as theirs,
    ):
        played = match(rules, ours, theirs, games=2, opening=2)
    assert played.results == (0, 0, 2) and [g.ending for g in played.games] == ["rules"] * 2
    assert not any(g.disputed for g in played.games)


def test_a_match_against_gnugo_is_counted_as_gnugo_counts(has_gnugo):
    rules = Go(5)
    with opponent("gnugo:1", rules) as player:
        played = match(rules, RandomMoves(rules), player, games=4, opening=2)
    assert played.results == (0, 0, 4) and played.stopped == ""
    for game in played.games:
        assert game.ending == "rules" and not game.disputed
        assert float(game.said[2:]) == abs(game.margin)
