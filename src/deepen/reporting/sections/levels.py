"""What each level of the net has learned, as ``deepen see`` found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepen.records import Measure
from deepen.reporting.blocks import Block, Cell, Drawn, Points, Section, Shot, Shots, Table
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.glossary import shown
from deepen.reporting.material import Material

__all__ = ["levels"]

_SIDE = 900  # pixels: the pictures hold many small ones
_MOST_LINES = 6


def levels(material: Material) -> Section | None:
    """Draw the probes by depth, tell each level in a sentence, and show the pictures of the folder."""
    seen = material.seen
    if not seen:
        return None
    blocks: list[Block] = []
    probes = seen.get("probes") or ()
    if probes:
        blocks.append(_depth(probes))
    sentences = [str(level["sentence"]) for level in seen.get("levels") or () if level.get("sentence")]
    if sentences:
        blocks.append(Points(sentences, "Level by level, from the input on"))
    if seen.get("findings"):
        blocks.append(Points([str(text) for text in seen["findings"]], "What was found"))
    said: Mapping[str, Any] = seen.get("pictures") or {}
    # What probes.png shows is drawn above, from its numbers.
    shots = [
        Shot(str(words), (), material.seen_pictures[name])
        for name, words in said.items()
        if name in material.seen_pictures and not (probes and name == "probes.png")
    ]
    if shots:
        blocks.append(Shots(shots, "pictures of levels", side=_SIDE, rank=2))
    if seen.get("notes"):
        blocks.append(Points([str(note) for note in seen["notes"]], "What to keep in mind"))
    how = []
    if probes:
        how.append(
            "A probe is a linear model that learns from one level alone (Alain and Bengio 2016): how high its line "
            "stands is how plainly the level says what is asked."
        )
    return Section("levels", "What each level has learned", blocks, how) if blocks else None


def _depth(probes: Sequence[Mapping[str, Any]]) -> Drawn:
    names = ["input", *probes[0]["levels"]]
    lines, rows, told = [], [], []
    for k, probe in enumerate(probes[:_MOST_LINES]):
        found = [Measure(**m) for m in (probe["input"], *probe["levels"].values())]
        tips = [f"{probe['name']}: {shown(m)}; {name}" for name, m in zip(names, found, strict=True)]
        lines.append(
            Line(
                str(probe["name"]), range(len(found)), [m.value for m in found], colour=k, dash=k, shape=k,
                low=[m.low for m in found], high=[m.high for m in found], tips=tips,
            )
        )  # fmt: skip
        told.append(
            f"{probe['name']} from {shown(found[0])} at the input to {shown(found[-1])} at the last level"
        )
        rows.append([Cell(str(probe["name"])), *(Cell(shown(m), m.value) for m in found)])
    share = all(probe.get("task") != "number" for probe in probes[:_MOST_LINES])
    chart = Curves(
        "Probes by depth", "; ".join(told) + ".", lines, x_names=[(float(k), name) for k, name in enumerate(names)],
        y_label="right by a linear model" if share else "accuracy or R²", percent=share,
    )  # fmt: skip
    return Drawn(chart, Table("Linear probes", ("asked for", *names), rows, folded=True))
