"""Pictures over the depth of a net: probes, the similarity between levels, and the map of the last one.

Legend: L levels, N examples.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deepen.records import Measure
from deepen.reporting import scatter
from deepen.reporting.canvas import COLOURS, MARKERS, figure_of, plain, save

__all__ = ["draw_map", "draw_probes", "draw_similarity"]


def draw_probes(
    path: Path, names: Sequence[str], probed: Mapping[str, Sequence[Measure]], chance: Mapping[str, float]
) -> str:
    """Draw how well a linear probe answers at each depth, with 95 % intervals.

    Parameters
    ----------
    names
        What stands below: the input, and the L levels.
    probed
        By what is asked, L + 1 measures.
    chance
        By what is asked, what is right without looking.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    figure = figure_of(max(5.5, 0.8 * len(names) + 2.6), 3.9)
    axes = figure.add_subplot()
    words = []
    for at, (name, measures) in enumerate(probed.items()):
        share = measures[0].name != "r2"
        scale = 100 if share else 1
        values = scale * np.array([[m.value, m.low, m.high] for m in measures])
        colour = COLOURS[at % len(COLOURS)]
        # Side by side, so that intervals do not hide one another.
        x = np.arange(len(names)) + 0.08 * (at - (len(probed) - 1) / 2)
        axes.errorbar(
            x, values[:, 0], yerr=[values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]], color=colour,
            marker=MARKERS[at % len(MARKERS)], markersize=5, linewidth=1.6, capsize=3,
            label=f"{name} (without looking: {scale * chance[name]:.3g})",
        )  # fmt: skip
        words.append(f"{name} from {values[0, 0]:.3g} at the input to {values[-1, 0]:.3g} at the last level")
    kinds = {next(iter(m)).name for m in probed.values()}
    axes.set_ylabel(
        "R²" if kinds == {"r2"} else "accuracy, %" if "r2" not in kinds else "accuracy, % (or R²)", fontsize=9
    )
    axes.set_xticks(range(len(names)), names, fontsize=8)
    plain(axes)
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    axes.set_axisbelow(True)
    figure.suptitle("A linear probe on every level", fontsize=10)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    save(figure, path)
    return f"Linear probes by depth, with 95 % intervals: {'; '.join(words)}."


def draw_similarity(path: Path, names: Sequence[str], values: np.ndarray) -> str:
    """Draw CKA between all levels (L, L).

    Returns
    -------
    str
        What the picture shows, in words.
    """
    L = len(names)
    figure = figure_of(0.62 * L + 2.4, 0.62 * L + 1.6)
    axes = figure.add_subplot()
    drawn = axes.imshow(values, cmap="cividis", vmin=0, vmax=1)
    for i in range(L):
        for j in range(L):
            if np.isfinite(values[i, j]):
                light = values[i, j] < 0.55
                axes.text(
                    j,
                    i,
                    f"{values[i, j]:.2f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="w" if light else "k",
                )
    axes.set_xticks(range(L), [n.removeprefix("level ") for n in names], fontsize=8)
    axes.set_yticks(range(L), names, fontsize=8)
    axes.set_xlabel("level", fontsize=8)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8)
    bar.ax.tick_params(labelsize=8)
    figure.suptitle("How alike the levels are (CKA)", fontsize=10)
    save(figure, path)
    beside = [
        f"{a} and {b.removeprefix('level ')} {values[i, i + 1]:.2f}"
        for i, (a, b) in enumerate(itertools.pairwise(names))
    ]
    return (
        f"Similarity between levels, CKA from 0 to 1: {', '.join(beside)}." if beside else "CKA of one level."
    )


def draw_map(
    path: Path,
    components: np.ndarray,
    shares: tuple[float, float],
    neighbours: np.ndarray,
    labels: np.ndarray | None,
) -> str:
    """Draw the last level on a plane, by principal components and by neighbours, coloured by the truth.

    Parameters
    ----------
    components, neighbours
        (N, 2) each.
    shares
        Of the variance along the two components.
    labels
        (N,) names, or numbers; None where they are unknown.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    figure = figure_of(9.6, 5.0)
    panels = (
        (components, f"principal components ({shares[0]:.0%} and {shares[1]:.0%} of the variance)"),
        (neighbours, "t-SNE: neighbours; distances between groups mean nothing"),
    )
    for at, (points, title) in enumerate(panels):
        axes = figure.add_subplot(1, 2, at + 1)
        scatter.draw(figure, axes, points, labels)
        axes.set_title(title, fontsize=8)
        axes.set_xticks([])
        axes.set_yticks([])
    handles, names = figure.axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, names, loc="outside lower center", ncols=min(10, len(names)), frameon=False, fontsize=8
        )
    figure.suptitle("The last level, an example a point", fontsize=10)
    save(figure, path)
    kinds = "" if labels is None else ", coloured by the true value"
    return (
        f"The last level of {len(components):,} examples on a plane{kinds}: principal components, and t-SNE."
    )
