"""Every measure with its interval, beside what is simpler."""

from __future__ import annotations

from deepen.evidence.beside import Beside, seconds_said
from deepen.evidence.from_nothing import FromNothing
from deepen.records import Measure
from deepen.reporting.blocks import Block, Cell, Section, Table
from deepen.reporting.glossary import explained, named, shown, value_of
from deepen.reporting.material import Material

__all__ = ["scores"]


def scores(material: Material) -> Section | None:
    """A table of what was measured on the test part."""
    score = material.score
    if score is None or material.model.get("matches"):  # which the section on how it plays lists
        return None
    others = {name: found.measures for name, found in material.scores.items() if name != "test"}
    rows = [
        [
            Cell(named(name) + _arrow(m)),
            Cell(value_of(name, m.value), m.value),
            Cell(f"{value_of(name, m.low)} to {value_of(name, m.high)}" if m.has_interval else "–"),
            *(_beside(found.get(name)) for found in others.values()),
        ]
        for name, m in score.measures.items()
    ]
    caption = f"{material.wording.scored}; ↑ higher is better, ↓ lower is better"
    blocks: list[Block] = [Table(caption, ("measure", "this model", "95 % interval", *others), rows)]
    blocks += map(_learners, material.compared)
    return Section(
        "scores", "How good it is", blocks, [explained(m, material.unit) for m in score.measures.values()]
    )


def _learners(found: Beside) -> Table:
    """Every shallow learner of the run; or the net from nothing, and this one."""
    name, nothing = named(found.paired.measure), isinstance(found, FromNothing)
    rows = [
        [
            Cell(each.name + (" (chosen)" if each.name == found.chosen and not nothing else "")),
            Cell(value_of(found.paired.measure, each.valid), each.valid)
            if each.valid == each.valid
            else Cell("–"),
            Cell(f"{each.rows:,}" if each.rows else "no time was left", each.rows),
            Cell(seconds_said(each.seconds) if each.rows else "–", each.seconds),
        ]
        for each in found.learners
    ]
    caption = (
        "A net from nothing, and this one, judged on the validation part"
        if nothing
        else f"Shallow learners, fitted in {found.seconds:.0f} s before the net, judged on the validation part"
    )
    return Table(caption, ("learner", name, "training rows", "time"), rows)


def _arrow(measure: Measure) -> str:
    """Which way is better; of a coverage, neither more nor less than was promised."""
    if measure.name.startswith("coverage"):
        return ""
    return "\u00a0↑" if measure.better == "higher" else "\u00a0↓"


def _beside(measure: Measure | None) -> Cell:
    return Cell("–") if measure is None else Cell(shown(measure), measure.value)
