import math

import pytest

from deepen.errors import DataError, SettingError
from deepen.evidence.elo import difference
from deepen.evidence.match import Game, Match
from deepen.evidence.standings import Standing, standings, table


def match(one, other, won, drawn, lost, rules="connect4"):
    points = [1.0] * won + [0.5] * drawn + [0.0] * lost + [None]
    games = tuple(Game(number=k, moves=(k,), points=p, ending="rules") for k, p in enumerate(points))
    return Match(rules=rules, one=one, other=other, games=games)


def test_players_are_rated_over_all_matches():
    rows = standings(
        [match("net", "random", 70, 0, 30), match("net", "mcts", 40, 20, 40), match("net", "random", 5, 0, 5)]
    )
    assert [s.name for s in rows] == ["net", "mcts", "random"] or [s.name for s in rows] == [
        "mcts",
        "net",
        "random",
    ]
    by = {s.name: s for s in rows}
    assert by["random"].rating == by["random"].low == by["random"].high == 0.0
    assert by["net"].games == 210 and by["net"].points == 75 + 50
    # Two matches in a chain are fitted one by one; each player brings a drawn game, the net's is shared out.
    drawn = 1 + 110 / 210
    assert by["net"].rating == pytest.approx(difference((75 + drawn / 2) / (110 + drawn)))
    assert by["mcts"].rating == pytest.approx(by["net"].rating)


def test_one_who_won_all_has_a_rating_without_an_upper_end():
    (best, _) = standings([match("perfect", "random", 30, 0, 0)], at=1000)
    assert best.name == "perfect" and math.isfinite(best.rating) and best.high == math.inf and best.low > 1000


def test_the_table_lines_up():
    rows = standings([match("a player with a long name", "r", 3, 1, 2)], anchor="a player with a long name")
    assert len({len(line) for line in table(rows).split("\n")}) == 1
    assert table([]).startswith("player") and isinstance(rows[0], Standing)


def test_what_cannot_be_rated():
    with pytest.raises(DataError, match="no games that count"):
        standings([])
    with pytest.raises(DataError, match="no games that count"):
        standings([match("a", "b", 0, 0, 0)])
    with pytest.raises(DataError, match="different games; came: connect4, go:9"):
        standings([match("a", "b", 1, 0, 0), match("a", "b", 1, 0, 0, rules="go:9")])
    with pytest.raises(SettingError, match=r"anchor: 'rendom' is not known. Did you mean 'random'\?"):
        standings([match("net", "random", 1, 0, 0)], anchor="rendom")
    with pytest.raises(DataError, match="net cannot be rated against itself"):
        standings([match("net", "net", 1, 0, 0), match("net", "a", 1, 0, 0)])
    with pytest.raises(DataError, match="never met"):
        standings([match("a", "b", 1, 0, 1), match("c", "d", 1, 0, 1)])
