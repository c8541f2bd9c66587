"""Scores by subgroup, each with its interval, beside that of the whole."""

from __future__ import annotations

from pathlib import Path

from deepen.evaluation import Subgroups
from deepen.reporting.canvas import COLOURS, figure_of, plain, save, short

__all__ = ["draw"]

_LONGEST = 40  # characters of a name
_HOW = {"worse": (COLOURS[1], "v"), "better": (COLOURS[0], "^"), "": ("#777777", "o")}


def draw(found: Subgroups, path: Path) -> Path:
    """Draw each group's measure, the worst on top; what is worse or better beyond chance has a mark of its own."""
    names = [f"{short(group.name, _LONGEST)}  ({group.n:,})" for group in found.groups]
    figure = figure_of(4.6 + 0.075 * max(map(len, names)), 1.3 + 0.28 * len(names))
    axes = figure.add_subplot()
    shown = set()
    for at, group in enumerate(found.groups):
        m = group.measures[found.measure]
        colour, mark = _HOW[group.verdict]
        label = f"{group.verdict} than the rest" if group.verdict else "no different beyond chance"
        axes.errorbar(
            m.value, at, xerr=[[m.value - m.low], [m.high - m.value]], color=colour, marker=mark, markersize=7,
            capsize=2.5, linestyle="none", label=None if label in shown else label,
        )  # fmt: skip
        shown.add(label)
    axes.axvline(found.whole.value, color=COLOURS[-1], linewidth=1, linestyle=(0, (4, 3)), label="the whole")
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(f"{found.measure.replace('_', ' ')}, with 95 % intervals", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    corrected = ", corrected by Holm" if len(found.groups) > 2 else ""
    axes.set_title(
        f"by {short(found.column, _LONGEST)}; marked where p < 0.05{corrected}", fontsize=9, loc="left"
    )
    plain(axes)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return save(figure, path, cut=True)
