"""Whether probabilities can be believed: what was said against what happened."""

from __future__ import annotations

from deepen.reporting.blocks import Cell, Drawn, Section, Table
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.material import Material

__all__ = ["calibration"]


def calibration(material: Material) -> Section | None:
    """Draw the bins that the folder keeps under ``reliability``.

    Each is ``{"said": mean probability, "happened": share, "low": , "high": , "n": examples}``.
    """
    bins = material.evidence.get("reliability") or ()
    if not bins:
        return None
    x, y = [b["said"] for b in bins], [b["happened"] for b in bins]
    low, high = ([b.get(end, b["happened"]) for b in bins] for end in ("low", "high"))
    tips = [f"said {b['said']:.1%}, happened {b['happened']:.1%}, {b['n']:,} examples" for b in bins]
    lines = [
        Line("as it should be", (0.0, 1.0), (0.0, 1.0), colour=5, dash=1, tips=("", "")),
        Line("this model", x, y, colour=0, shape=0, low=low, high=high, tips=tips),
    ]
    inside = sum(a <= s <= b for s, a, b in zip(x, low, high, strict=True))
    said = f"In {inside} of {len(bins)} steps what was said lies in the 95 % interval of what happened."
    chart = Curves(
        "Said and happened", said, lines, x_label="probability that was said", y_label="share that happened",
        frame=(0.0, 1.0), percent=True,
    )  # fmt: skip
    cells = [
        [
            Cell(f"{b['said']:.1%}", b["said"]),
            Cell(f"{b['happened']:.1%}", b["happened"]),
            Cell(f"{b['n']:,}", b["n"]),
        ]
        for b in bins
    ]
    table = Table("The steps", ("said", "happened", "examples"), cells, folded=True)
    how = ["Test examples sorted by the probability of the answer and cut into steps of equally many (Niculescu-Mizil "
           "and Caruana 2005); intervals by Wilson’s method."]  # fmt: skip
    return Section("calibration", "Can its probabilities be believed?", [Drawn(chart, table)], how)
