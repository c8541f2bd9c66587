"""The README of what was seen of a player.

Legend: U units, D numbers of a vector.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepen.nets.levels import Level
from deepen.seeing.moments import INPUT, Moments
from deepen.seeing.page import escaped
from deepen.seeing.player_seen import SeenPlayer

__all__ = ["write_page"]

_SHOWN = 3  # moments told for each unit where they are numbers
_NUMBERS = 8  # of a vector that are told

_WHAT = {
    "similarity.png": (
        "Similarity between levels",
        "CKA (Kornblith et al. 2019): 1 where two levels hold the same moments to be alike, 0 where they have nothing "
        "in common.",
    ),
    "filters.png": ("First filters", "What the first layer looks through."),
}


def write_page(path: Path, seen: SeenPlayer, moments: Moments) -> None:
    """Write the page: what was found of its play, decisions, searches, and each level."""
    lines = ["# What the player looks at", "", *(f"- {escaped(text)}" for text in seen.findings), ""]
    if seen.notes:
        lines += ["What to keep in mind:", "", *(f"- {escaped(text)}" for text in seen.notes), ""]
    decisions = [name for name in seen.pictures if name.startswith("decisions")]
    if decisions:
        lines += ["## What decisions rest on", "", _explanation(seen, moments), ""]
        for name in decisions:
            lines += [_picture(seen, name), ""]
    trees = [name for name in seen.pictures if name.startswith("tree-")]
    if trees:
        lines += ["## What the search looks at", ""]
        for name in trees:
            lines += [f"{escaped(seen.pictures[name])}.", "", _picture(seen, name), ""]
    for name, (title, words) in _WHAT.items():
        if name in seen.pictures:
            lines += [f"## {title}", "", words, "", _picture(seen, name), ""]
    for level, told in zip(seen.levels, seen.sentences[len(seen.findings) :], strict=True):
        lines += [
            f"## {level.name.capitalize()}",
            "",
            f"{escaped(told)}. Read by `{level.read_by.removeprefix('net.')}`.",
            "",
        ]
        name = f"{level.name.replace(' ', '-')}.png"
        if name in seen.pictures:
            lines += [_picture(seen, name), ""]
        if moments.form == "table":
            lines += [*_numbers(level, seen, moments), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _explanation(seen: SeenPlayer, moments: Moments) -> str:
    covered = {
        "table": "a number is put to its mean",
        "image": "a part is covered",
        "grid": "a cell is emptied",
    }
    aims = "how far the chosen action's value is above the mean of all, and that value itself"
    if "move" in seen.aims:
        aims = "the chosen move's log-probability among the legal ones, and what the net expects of the game"
    return (
        f"Occlusion (Zeiler and Fergus 2014): how far an output falls when {covered[moments.form]}. Integrated "
        "gradients (Sundararajan et al. 2017) share out how far it is from what it would be if nothing were there. The "
        f"outputs are {aims}. The moments are those of each choice in turn in which it beat the second best by most."
    )


def _numbers(level: Level, seen: SeenPlayer, moments: Moments) -> list[str]:
    """The moments that excite each unit most, as a table of numbers."""
    best = seen.preferred[level.name]
    names = ", ".join(moments.observation_names[:_NUMBERS])
    named = f" ({escaped(names)})" if names else ""
    lines = [f"| unit | excited most by{named}, and how strongly |", "|---|---|"]
    for unit in seen.units[level.name]:
        told = [
            f"{_vector(moments.inputs(np.array([row]))[INPUT][0].cpu().numpy())}: {value:.3g}"
            for row, value in zip(best.rows[unit][:_SHOWN], best.values[unit], strict=False)
            if value != 0
        ]
        lines.append(f"| {unit} | {'<br>'.join(told) or 'nothing'} |")
    return lines


def _vector(x: np.ndarray) -> str:
    more = ", ..." if len(x) > _NUMBERS else ""
    return f"({', '.join(f'{v:.3g}' for v in x[:_NUMBERS])}{more})"


def _picture(seen: SeenPlayer, name: str) -> str:
    return f"![{escaped(seen.pictures[name])}]({name})"
