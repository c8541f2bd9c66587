import json
import math

import pytest

from deepen.errors import DataError
from deepen.evidence.match import Game, Match


def game(number, points, ending="rules", **more):
    return Game(number=number, moves=(number % 3, 1, 2), points=points, ending=ending, **more)


def match(*games, **more):
    return Match(rules="go:9", one="net", other="gnugo:1", games=games, **more)


PLAYED = match(
    game(0, 1.0), game(1, 0.0, "resigned", why="net resigned"), game(2, 0.5), game(3, None, "fault", why="died"),
    game(4, 1.0, "illegal move"), game(5, 1.0, margin=-3.5, said="B+2"), seed=3, opening=2, stopped="why",
)  # fmt: skip


def test_draws_are_half_and_faults_are_nobodys():
    assert PLAYED.results == (3, 1, 1)
    assert (PLAYED.score.value, PLAYED.score.n) == (3.5 / 5, 5)
    assert PLAYED.beginning.value == 2.5 / 3 and PLAYED.replying.value == 0.5
    assert PLAYED.elo.value == pytest.approx(400 * math.log10(0.7 / 0.3))
    assert PLAYED.elo.low < 0 < PLAYED.elo.value < PLAYED.elo.high
    assert PLAYED.length == 3.0 and PLAYED.different == 3


def test_the_notes_tell_what_one_should_know():
    assert PLAYED.notes == (
        "1 games do not count, since a program failed: died", "1 games were lost by an illegal move",
        "1 games were resigned", "1 games of which the other program names another winner", "stopped: why",
    )  # fmt: skip
    assert match(game(0, 1.0), game(1, 0.0)).notes == ()
    (same,) = match(*(game(3 * k, 1.0) for k in range(10))).notes
    assert same.startswith("only 1 of 10 games differ")


@pytest.mark.parametrize(
    ("margin", "said", "disputed"),
    [(3.5, "B+3.5", False), (3.5, "b+1.5", False), (-3.5, "B+1.5", True), (0.0, "0", False), (0.0, "W+1", True),
     (None, "W+1", False), (1.0, "", False), (1.0, "?", False)],
)  # fmt: skip
def test_another_winner_is_a_dispute(margin, said, disputed):
    assert game(0, 1.0, margin=margin, said=said).disputed == disputed


def test_a_match_without_a_game_or_without_a_loss():
    nothing = match(stopped="interrupted")
    assert math.isnan(nothing.score.value) and math.isnan(nothing.elo.value)
    assert "interrupted" in str(nothing) and nothing.length == 0
    assert "Elo +inf [" in str(match(game(0, 1.0)))


def test_plain_data_and_back():
    data = json.loads(json.dumps(PLAYED.to_dict()))
    assert Match.from_dict(data) == PLAYED
    with pytest.raises(DataError, match="not a match"):
        Match.from_dict({"one": 3})
    with pytest.raises(DataError, match="not a match"):
        Match.from_dict({**data, "colour": 1})
