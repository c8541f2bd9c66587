"""For a number: what was answered against what was true."""

from __future__ import annotations

from deepen.reporting.blocks import Drawn, Section
from deepen.reporting.charts.canvas import number
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.material import Material

__all__ = ["answers"]


def answers(material: Material) -> Section | None:
    """Draw a point for each kept row of the test part."""
    found = material.evaluation.answers if material.evaluation is not None else None
    if found is None or not found.truth:
        return None
    truth, answered = found.truth, found.answered
    name = ", ".join(material.targets)
    ends = (min(truth), max(truth))
    off = sorted(abs(a - t) for t, a in zip(truth, answered, strict=True))
    tips = [f"true {number(t)}, answered {number(a)}" for t, a in zip(truth, answered, strict=True)]
    lines = [
        Line("answered = true", ends, ends, colour=5, dash=1, tips=("", "")),
        Line("a test example", truth, answered, colour=0, shape=0, joined=False, tips=tips),
    ]
    said = f"Half of the answers lie within {number(off[len(off) // 2])} of what was true."
    chart = Curves(
        "Answered against true", said, lines, x_label=f"true {name}", y_label=f"answered {name}", height=340
    )
    kept, of = len(truth), found.of
    which = (
        "every row of the test part"
        if kept == of
        else f"{kept:,} of {of:,} rows of the test part, evenly by the true number"
    )
    return Section("answers", "Answers against the truth", [Drawn(chart)], [f"A point for {which}."])
