"""What is said while a training goes on, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from deepen.cli.show import Screen
from deepen.learning.watch import Progress


def shown(*looks, terminal=False, width=100):
    """Give the lines of a training with these figures at its looks."""
    out = io.StringIO()
    with Screen(Console(file=out, width=width, force_terminal=terminal, highlight=False)) as screen:
        for k, valid in enumerate(looks, 1):
            now = Progress(share=k / len(looks), step=k, epoch=k, elapsed=k, left=65.0, loss=0.5, valid=valid)
            screen.progress(now)
    return out.getvalue()


def test_returns_are_explained_once_and_told_without_epochs_and_losses():
    said = shown(
        {}, {"training_return": 9.5}, {"return": 44.75, "training_return": 54.25, "environment_steps": 46080.0},
        {"return": 50.0, "training_return": 55.0, "environment_steps": 50000.0},
    ).splitlines()  # fmt: skip
    assert said[0].split() == ["training", "25%", "1:05", "left", "epoch", "1.0", "loss", "0.500"]
    assert said[1].endswith("1:05 left  exploring 9.5")
    assert (
        said[2]
        == "  return: the rewards of an episode, added up; exploring: with actions by chance among its own"
    )
    assert said[3].endswith("1:05 left  return 44.75, exploring 54.25  46,080 steps")
    assert said[4].endswith("return 50, exploring 55  50,000 steps") and len(said) == 5


def test_points_are_shares_against_whom():
    said = shown({"against_chance": 0.5}, {"against_chance": 0.93, "against_last": 0.55}).splitlines()
    assert said[0].startswith("  points: a win is 100 %")
    assert said[1].endswith("left  points 50% against random moves")
    assert (
        said[2].endswith("left  points 93% against random moves, 55% against itself before")
        and len(said) == 3
    )


def test_what_is_no_player_has_epochs_and_a_score():
    said = shown({"score": 0.9, "low": 0.85, "high": 0.95})
    assert "epoch 1.0  loss 0.500  valid 0.900 [0.850, 0.950]" in said and "return" not in said


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_it_fits_the_line(width):
    looks = {"return": 44.75, "training_return": 54.25, "environment_steps": 46080.0}
    assert "return 44.75, exploring 54.25  46,080 steps" in shown(looks, terminal=True, width=width)
