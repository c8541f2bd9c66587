"""Whether probabilities can be believed: what was said against what happened."""

from __future__ import annotations

from deepen.reporting.blocks import Cell, Drawn, Section, Table
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.material import Material

__all__ = ["calibration"]


def calibration(material: Material) -> Section | None:
    """Draw the bins of the reliability diagram."""
    found = material.evaluation.reliability if material.evaluation is not None else None
    if found is None or not found.bins:
        return None
    bins = found.bins
    tips = [f"said {b.said:.1%}, happened {b.happened:.1%}, {b.n:,} answers" for b in bins]
    lines = [
        Line("as it should be", (0.0, 1.0), (0.0, 1.0), colour=5, dash=1, tips=("", "")),
        Line("this model", [b.said for b in bins], [b.happened for b in bins], colour=0, shape=0,
             low=[b.low for b in bins], high=[b.high for b in bins], tips=tips),
    ]  # fmt: skip
    inside = sum(b.low <= b.said <= b.high for b in bins)
    said = f"In {inside} of {len(bins)} steps what was said lies in the 95 % interval of what happened."
    chart = Curves(
        "Said and happened", said, lines, x_label="probability that was said", y_label="share that happened",
        frame=(0.0, 1.0), percent=True,
    )  # fmt: skip
    cells = [
        [Cell(f"{b.said:.1%}", b.said), Cell(f"{b.happened:.1%}", b.happened),
         Cell(f"{b.low:.1%} to {b.high:.1%}"), Cell(f"{b.n:,}", b.n)]
        for b in bins
    ]  # fmt: skip
    table = Table("The steps", ("said", "happened", "95 % interval", "answers"), cells, folded=True)
    several = (
        " Of several labels the probability of each counts." if material.task == "several labels" else ""
    )
    how = [
        "Test examples sorted by the probability of the answer and cut into steps of about equally many "
        f"(Niculescu-Mizil and Caruana 2005); intervals by Wilson’s method.{several}"
    ]
    return Section("calibration", "Can its probabilities be believed?", [Drawn(chart, table)], how)
