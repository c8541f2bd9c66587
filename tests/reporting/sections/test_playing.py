"""The section about playing: curves by time, references beside them, and matches."""

from __future__ import annotations

import dataclasses
import math

from deepen.evidence.match import Game, Match
from deepen.records import History, Measure, Moment, Score
from deepen.reporting.blocks import Drawn, Table
from deepen.reporting.material import Material
from deepen.reporting.sections.playing import playing

from ..conftest import SCRIPT


def material(form, *, figures=(), scores=(), matches=()):
    moments = tuple(
        Moment(10 * at, 0.0, 2.0 * at, 1e-3, 0.5, dict(valid)) for at, valid in enumerate(figures)
    )
    measured = {name: Score({"return": Measure("return", v, v, v, "", 9)}).to_dict() for name, v in scores}
    return Material(
        model={
            "form": form, "scores": measured, "history": History(moments, (), "complete").to_dict(),
            "matches": [one.to_dict() for one in matches],
        }
    )  # fmt: skip


def curves(section):
    (drawn,) = [block for block in section.blocks if isinstance(block, Drawn)]
    return drawn.chart


def a_match(other, points):
    games = tuple(Game(number=n, moves=(n, 1, 2), points=p, ending="rules") for n, p in enumerate(points))
    return Match(rules="tictactoe", one="net", other=other, games=games)


def test_nothing_is_said_of_what_does_not_play():
    assert playing(Material()) is None
    assert playing(material("player", figures=[{"return": 1.0}])) is None  # one look is no curve


def test_returns_by_time_with_what_chance_comes_to():
    figures = [{"minus_return": math.inf}, {"return": 1.0, "training_return": 0.5}, {"return": 3.0}]
    section = playing(material("player", figures=figures, scores=[("test", 3.0), ("at random", 0.25)]))
    line, chance = curves(section).lines
    assert (line.x, line.y) == ([2.0, 4.0], [1.0, 3.0])  # a look at which no episode ended is left out
    assert (chance.name, chance.y, chance.x) == ("at random", [0.25, 0.25], [2.0, 4.0])
    assert "from 1 to 3" in curves(section).says
    assert "sum of an episode's rewards" in section.how[0]


def test_a_match_is_a_row_and_one_without_games_that_count_has_no_figures():
    won = a_match(SCRIPT, [1.0, 1.0, 0.5, 0.0])
    dead = dataclasses.replace(a_match("dead", [None]), stopped="a fault")
    section = playing(material("board player", matches=[won, dead]))
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    first, second = ([cell.text for cell in row] for row in table.rows)
    assert first[:5] == [SCRIPT, "4", "2", "1", "1"] and first[5].startswith("62.5% [")
    assert second == ["dead", "0", "0", "0", "0", "", "", "3"]
    assert "Wilson" in section.how[0]


def test_points_of_a_board_game_by_time():
    figures = [{"against_chance": 0.5}, {"against_chance": 0.9, "against_last": 0.6}, {"against_last": 0.7}]
    chart = curves(playing(material("board player", figures=figures)))
    assert [line.y for line in chart.lines] == [[0.5, 0.9], [0.6, 0.7]]
