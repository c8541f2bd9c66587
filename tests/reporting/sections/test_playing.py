"""What the page says of players: of the game, not of data, rows or passes."""

import re

import pytest

from deepen.evidence.match import Match
from deepen.records import History, Moment
from deepen.reporting.blocks import Drawn, Headline, Points, Table, Words
from deepen.reporting.material import Material
from deepen.reporting.page import render
from deepen.reporting.sections.data import data
from deepen.reporting.sections.made import made
from deepen.reporting.sections.playing import playing
from deepen.reporting.sections.scores import scores
from deepen.reporting.sections.summary import summary
from deepen.reporting.sections.training import training

from ..conftest import SCRIPT, board_player, expert, match, player, returned


def blocks(section, form):
    return [block for block in section.blocks if isinstance(block, form)]


def test_returns_are_drawn_over_the_steps_in_the_environment():
    found = playing(player(**{"a person": returned(30.0, 30.0, 30.0, "published", 0)}))
    chart = blocks(found, Drawn)[0].chart
    assert chart.x_label == "steps in the environment" and not chart.percent
    lines = {line.name: list(line.y) for line in chart.lines}
    assert lines["at random"] == [1.0, 1.0] and lines["a person"] == [30.0, 30.0]
    assert lines["playing its best"] == [2.0, 4.0, 9.0, 20.0, 19.0], (
        "in order, whatever the order of the looks"
    )
    assert chart.says.startswith("Return of an episode over steps") and chart.says.endswith(".")
    assert "fixed beforehand" in found.how[0]


def test_points_are_drawn_in_per_cent_and_matches_listed():
    found = playing(board_player())
    chart = blocks(found, Drawn)[0].chart
    assert chart.percent and [line.name for line in chart.lines] == [
        "against chance (no search)",
        "against itself, one look before",
    ]
    (table,) = blocks(found, Table)
    assert [c.text for c in table.rows[1]][:6] == ["gnugo:1", "20", "6", "0", "14", "30.0 % [14.5, 51.9]"]
    assert table.rows[0][6].text == "+∞ [+287, +∞]"
    assert found.how[1:] == ["random: play at random.", "gnugo:1: GNU Go at level 1."]


def test_games_none_of_which_counts_are_listed_too():
    nothing = Match(rules="go:9", one="a", other="b", games=())
    (table,) = blocks(
        playing(Material(model={"form": "board player", "matches": [nothing.to_dict()]})), Table
    )
    assert [c.text for c in table.rows[0]][5:7] == [
        "unknown [0.0, 100.0]",
        "unknown [-∞, +∞]",
    ]


def test_one_look_makes_no_curve():
    moments = (Moment(1, 1, 1, 1, 1, {"return": 1.0}), Moment(2, 1, 1, 1, 1, {"minus_return": float("inf")}))
    assert playing(Material(model={"form": "player", "history": History(moments).to_dict()})) is None
    assert playing(Material(model={"matches": []})) is None


def test_the_summary_of_a_player():
    found = summary(player())
    assert blocks(found, Words)[0].text == (
        f"It plays ‘{SCRIPT}’. It learned by playing, from what it saw and was rewarded for, in 15 seconds."
    )
    (head,) = blocks(found, Headline)
    assert (head.figure, head.interval, head.of) == ("21", "18 to 24", "return on 100 episodes")
    assert [row.name for row in blocks(found, Drawn)[0].chart.rows] == ["this player", "at random"]
    assert any("another seed" in how for how in found.how) and any(
        "resampling the episodes" in how for how in found.how
    )


def test_the_summary_of_a_board_player_is_by_opponent():
    found = summary(board_player())
    (head,) = blocks(found, Headline)
    assert head.figure == "30.0 %" and head.of == "points on 20 games against GNU Go at level 1"
    chart = blocks(found, Drawn)[0].chart
    assert [(row.name, row.own) for row in chart.rows] == [
        ("against gnugo:1", True),
        ("against random", False),
    ]
    assert chart.percent and chart.label == "points, 50 % is even"


def test_a_training_by_playing_has_no_passes_and_no_validation():
    found = training(player())
    assert "steps of learning" in found.blocks[0].text and "steps in the environment" in found.blocks[0].text
    table = blocks(found, Drawn)[0].numbers
    assert "return" in table.columns and not {"epoch", "minus return", "validation return"} & set(
        table.columns
    )
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "epoch" not in blocks(found, Drawn)[0].chart.lines[0].tips[0]
    table = blocks(training(board_player()), Drawn)[0].numbers
    assert table.rows[0][table.columns.index("against last")].text == "–"
    assert "experts" in training(expert()).how[0] and "passes" in training(expert()).blocks[0].text


def test_scores_are_of_what_was_played():
    (table,) = blocks(scores(player(**{"a person": returned(30.0, 30.0, 30.0, "published", 0)})), Table)
    assert table.caption.startswith("Of whole episodes") and table.rows[0][-1].text == "30"
    assert scores(board_player()) is None, "its matches are listed where it plays"
    (table,) = blocks(scores(expert()), Table)
    assert "where an expert moved" in table.caption and table.rows[1][1].text == "60.0 %"


def test_what_was_noted_is_of_the_world():
    assert data(player()).title == "The environment" and not data(player()).how
    assert data(board_player()).title == "The game" and data(expert()).title == "The data"
    assert "Games are divided as wholes" in data(expert()).how[0]
    rows = {row[0].text: row[1].text for table in blocks(made(player()), Table) for row in table.rows}
    assert rows["discount"] == "0.99" and rows["width"] == "–" and rows["world: sticky"] == "0.25"
    assert not blocks(made(player()), Points), "nothing of a study or of levels is missing"


@pytest.mark.parametrize(("material", "title"), [
    (player(), "A player of &lt;script&gt;"), (board_player(), "A player of go:9<"),
    (expert(), "A player of go:19, from games.zip<"),
])  # fmt: skip
def test_a_whole_page_speaks_of_play(material, title):
    page = render(material)
    assert title in page and len(page) < 100_000
    words = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script).*?</\1>", " ", page, flags=re.S))
    assert "nan" not in words.split() and "None" not in words.split()
    if material.task != "experts’ moves":
        for foreign in (
            "training part",
            "test part",
            "validation",
            "test examples",
            "simpler",
            "deepen evaluate",
        ):
            assert foreign not in words, foreign


def test_a_match_of_another_program_is_called_as_it_calls_itself():
    model = {"form": "board player", "matches": [match(SCRIPT, 0.5).to_dict()]}
    found = playing(Material(model=model))
    assert blocks(found, Table)[0].rows[0][0].text == SCRIPT and len(found.how) == 1
