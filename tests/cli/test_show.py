"""What the command prints: names of users' data as they are, figures with their intervals, no bar in a file."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from deepen.answers import Forecast
from deepen.cli import show
from deepen.data.schema import ColumnPlan, Schema
from deepen.findings import Finding, Findings
from deepen.learning.watch import Progress
from deepen.records import History, Measure, Score

HOSTILE = ("[/bold]", ":-1:", "[red]x")


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=120, highlight=False)


def printed(console):
    return console.file.getvalue()


def test_columns_are_shown_as_they_are_called_the_target_first(console):
    plans = [ColumnPlan(name, "number", "input", why=f"as {name} is") for name in HOSTILE]
    schema = Schema((*plans, ColumnPlan("[y]", "category", "target")), "two classes", ("[y]",))
    show.Screen(console).understood(schema, 1234)
    lines = printed(console).splitlines()
    assert lines[0] == "1,234 rows; the task: two classes"
    assert lines[2].split() == ["[y]", "category", "target"]
    assert [line.split()[0] for line in lines[3:6]] == list(HOSTILE)
    assert lines[3].endswith("as [/bold] is")


@pytest.mark.parametrize(
    ("inputs", "more"), [(23, ""), (24, "and 1 more inputs"), (1500, "and 1,477 more inputs")]
)
def test_a_screenful_of_columns_is_shown(console, inputs, more):
    plans = tuple(ColumnPlan(f"c{k}", "number", "input") for k in range(inputs))
    schema = Schema((*plans, ColumnPlan("y", "category", "target")), "two classes", ("y",))
    show.Screen(console).understood(schema, 10)
    assert more in printed(console) and ("more inputs" in printed(console)) == bool(more)
    assert "c22" in printed(console) and "c23" not in printed(console)


def now(share, **valid):
    return Progress(share, step=3, epoch=1.25, elapsed=5.0, left=61.4, loss=0.5, valid=valid)


def test_a_file_gets_a_line_for_each_tenth_of_a_training(console):
    screen = show.Screen(console)
    for share in np.linspace(0, 1, 201):
        screen.progress(now(float(share), score=0.5, low=0.25, high=0.75))
    lines = printed(console).splitlines()
    assert [line.split()[1] for line in lines] == [f"{10 * k}%" for k in range(11)]
    assert lines[0].endswith("1:01 left  epoch 1.2  loss 0.500  valid 0.500 [0.250, 0.750]")


def test_another_training_gets_lines_of_its_own(console):
    screen = show.Screen(console)
    for share in (0.0, 1.0):
        screen.progress(now(share))
    screen.stage("another net")
    screen.progress(now(0.0))
    assert [line.split()[1] for line in printed(console).splitlines()] == ["0%", "100%", "net", "0%"]


def test_a_score_without_an_interval_stands_alone(console):
    show.Screen(console).progress(now(0.5, score=0.5, low=float("nan"), high=float("nan")))
    assert printed(console).endswith("valid 0.500\n")


def test_before_the_first_step_there_is_no_loss_and_a_player_has_figures_of_its_own(console):
    start = Progress(0.0, step=0, epoch=0.0, elapsed=0.0, left=0.0, loss=float("nan"), valid={})
    show.Screen(console).progress(start)
    show.Screen(console).progress(replace(start, valid={"return": 12.0}))
    learned, explained, played = printed(console).splitlines()
    assert learned == "  training   0%  0:00 left  epoch 0.0"
    assert explained.startswith("  return: ")
    assert played == "  training   0%  0:00 left  return 12"


def test_a_stage_is_said_once_and_a_quiet_screen_says_nothing(console):
    for screen in (show.Screen(console), show.Screen(Console(file=console.file, quiet=True))):
        with screen:
            screen.stage("reading")
            screen.stage("reading")
            for done in range(3):
                screen.stage("reading", done, 5000)
            screen.note("a [b] :-1: c")
    assert printed(console) == "reading ...\n  a [b] :-1: c\n"


def test_a_terminal_gets_a_bar_that_goes_when_the_next_stage_comes():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with show.Screen(console) as screen:
        screen.stage("encoding", 1, 2001)
        assert screen._bar is not None
        screen.stage("fitting")
        assert screen._bar is None
        screen.progress(now(0.5))
        assert screen._bar is not None
    assert screen._bar is None


def test_scores_stand_beside_the_others_and_their_classes_are_called_as_they_are(console):
    counts = ((1, 0, 0), (0, 1000, 2), (0, 0, 3))
    net = Score({"log_loss": Measure("log_loss", 0.25, 0.125, 0.5, "bootstrap", 3)}, HOSTILE, counts)
    other = Score({"log_loss": Measure("log_loss", 0.75, 0.5, 1.0, "bootstrap", 3)})
    show.scores(console, {"net": net, "linear": other})
    lines = printed(console).splitlines()
    assert lines[0].split() == ["test", "part", "net", "95", "%", "interval", "linear"]
    assert lines[1].split() == ["log", "loss", "0.25", "[0.125,", "0.5]", "0.75"]
    assert lines[3].split() == list(HOSTILE)
    assert [line.split() for line in lines[4:]] == [
        [HOSTILE[0], "1", ".", "."], [HOSTILE[1], ".", "1,000", "2"], [HOSTILE[2], ".", ".", "3"],
    ]  # fmt: skip


def test_no_table_of_many_classes(console):
    labels = tuple(map(str, range(13)))
    all_right = {"accuracy": Measure("accuracy", 1.0, 0.8, 1.0, "wilson", 13)}
    score = Score(all_right, labels, tuple(map(tuple, np.eye(13, dtype=int))))
    show.scores(console, {"net": score})
    assert "rows: true" not in printed(console)


def test_a_forecast_is_shown_as_far_as_a_screen_goes(console):
    quantiles = np.arange(2 * 3 * 1 * 5, dtype=float).reshape(2, 3, 1, 5)
    dates, levels = (("d1", "d2", "d3"),) * 2, (0.05, 0.1, 0.5, 0.9, 0.95)
    found = Forecast(("[/n]", "south"), dates, ("[sold]",), levels, quantiles, "[store]")
    show.forecast(console, found, 4)
    lines = printed(console).splitlines()
    assert lines[0].split() == ["[store]", "date", "[sold]", "80", "%", "interval"]
    assert lines[1].split() == ["[/n]", "d1", "2", "[1,", "3]"]
    assert len(lines) == 6 and lines[5] == "and 2 more; write them all with --out forecast.csv"


def test_how_a_training_ended_is_said_where_it_was_cut(console):
    show.history(console, History(ended="complete", events=()))
    assert printed(console) == ""
    show.history(console, History(ended="stopped by Ctrl-C", events=("a [b]",)))
    assert printed(console) == "training: stopped by Ctrl-C\n  a [b]\n"


def test_findings_are_shown_a_few_of_each_kind(console):
    found = tuple(
        Finding(kind="leak", severity=0.5, text=f"[/x] {k}", where=(f"[/row] {k}",)) for k in range(6)
    )
    show.findings(console, Findings("t.csv", 1000, "two classes", found, seconds=2.0))
    out = printed(console)
    assert (
        "leak: 6" in out
        and "[/x] 3" in out
        and "[/row] 3" in out
        and "[/x] 4" not in out
        and "and 2 more" in out
    )
    assert out.endswith("1,000 rows looked at in 2 s\n")
