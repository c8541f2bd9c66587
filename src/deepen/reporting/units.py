"""Pictures of a level's units: what excites each most, and what was made to excite it; and the first layer's filters.

Legend: U units, k inputs for each unit, C channels, H height, W width, T steps, M bands, D numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepen.reporting.canvas import COLOURS, DIVERGING, figure_of, plain, save, tile

__all__ = ["draw_curves", "draw_filters", "draw_table", "draw_tiles"]

_DASHES = ("-", "--", ":")  # of the channels of a series
_CUT = 3.0  # standard deviations, from which on colours do not deepen
_GAP = 0.12  # of a tile, between two of them


def draw_tiles(
    path: Path,
    title: str,
    units: Sequence[int],
    found: Sequence[Sequence[np.ndarray]],
    made: Sequence[np.ndarray] = (),
    *,
    sound: bool = False,
    cut: bool = True,
) -> str:
    """Draw a row for each unit: the input made for it, and the parts of real inputs that excite it most.

    Parameters
    ----------
    path
        The PNG or SVG to write.
    title
        What stands above.
    units
        The units' numbers.
    found
        For each unit up to k pictures (H, W, C) from 0 to 1, or spectrograms (M, T); or none.
    made
        One for each unit, or none.
    sound
        Whether they are spectrograms.
    cut
        Whether real inputs are cut to what the unit sees; else they are whole, the rest of them faded.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    k = max((len(row) for row in found), default=0)
    wide = not k  # without real inputs the made ones fill the page
    across = 6 if wide else k + bool(len(made))
    down = math.ceil(len(units) / across) if wide else len(units)
    step = 1 + _GAP
    size = 1.15 if wide else 0.8
    figure = figure_of(size * across * step + 0.8, size * down * step + 0.8)
    axes = figure.add_subplot()
    how = _colours([*made, *(x for row in found for x in row)], sound)
    apart = 0.3 if len(made) and k else 0.0  # between what was made and what is real
    for at, unit in enumerate(units):
        if wide:
            column, row = step * (at % across), (step + 0.25) * (at // across)
            tile(axes, _flat(made[at]), column, row + 0.25, **how)
            axes.text(column + 0.5, row + 0.18, f"unit {unit}", ha="center", va="bottom", fontsize=8)
            continue
        row = at * step
        axes.text(-0.1, row + 0.5, f"{unit}", ha="right", va="center", fontsize=8)
        if len(made):
            tile(axes, _flat(made[at]), 0, row, **how)
        for j, pixels in enumerate(found[at]):
            tile(axes, _flat(pixels), (j + bool(len(made))) * step + apart, row, **how)
    right = across * step + apart - _GAP
    axes.set_xlim(-0.5 if not wide else -0.05, right + 0.05)
    axes.set_ylim((down * (step + 0.25) if wide else down * step - _GAP) + 0.02, -0.05 if wide else -0.5)
    axes.set_axis_off()
    if not wide:
        axes.text(-0.1, -0.12, "unit", ha="right", va="bottom", fontsize=8)
        if len(made):
            axes.text(0.5, -0.12, "made", ha="center", va="bottom", fontsize=8)
        axes.text(
            step * bool(len(made)) + apart,
            -0.12,
            "found, the strongest first",
            ha="left",
            va="bottom",
            fontsize=8,
        )
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    how_shown = "cut to its receptive field" if cut else "what it sees of them in full colour"
    parts = (
        [f"an input made for it by gradient ascent{' on the left' if k else ''}"] if len(made) else []
    ) + ([f"the {k} inputs that excite it most, {how_shown}"] if k else [])
    return f"{title}. For each of {len(units)} units {', and '.join(parts)}."


def _flat(pixels: np.ndarray) -> np.ndarray:
    """Give grey pictures without their one channel; a spectrogram's low bands come last, to be drawn below."""
    if pixels.ndim == 3:
        return pixels[..., 0] if pixels.shape[2] == 1 else pixels
    return pixels[::-1]


def _colours(pictures: Sequence[np.ndarray], sound: bool) -> dict[str, Any]:
    if not sound:
        return {"cmap": "gray", "vmin": 0, "vmax": 1}
    low, high = min(float(p.min()) for p in pictures), max(float(p.max()) for p in pictures)
    return {"cmap": "magma", "vmin": low, "vmax": high}


def draw_curves(
    path: Path,
    title: str,
    units: Sequence[int],
    found: Sequence[Sequence[tuple[int, np.ndarray]]],
    made: Sequence[np.ndarray] = (),
) -> str:
    """Draw a panel for each unit: the windows of series that excite it most, laid on one another, and the one made.

    Parameters
    ----------
    found
        For each unit windows (T, C), each with the step of the receptive field at which it begins.
    made
        (T, C) for each unit, or none.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    across = min(4, len(units))
    down = math.ceil(len(units) / across)
    figure = figure_of(2.5 * across + 0.3, 1.75 * down + 0.9)
    for at, unit in enumerate(units):
        axes = figure.add_subplot(down, across, at + 1)
        for j, (first, window) in enumerate(found[at] if len(found) else ()):
            steps = np.arange(first, first + len(window))
            for c, line in enumerate(window.T):
                label = "found" if j == c == 0 else None
                axes.plot(
                    steps,
                    line,
                    color=COLOURS[0],
                    linewidth=0.9,
                    alpha=0.45,
                    linestyle=_DASHES[c % 3],
                    label=label,
                )
        for c in range(made[at].shape[1] if len(made) else 0):
            axes.plot(
                made[at][:, c], color=COLOURS[1], linewidth=1.6, linestyle=_DASHES[c % 3],
                label="made" if c == 0 else None,
            )  # fmt: skip
        axes.set_title(f"unit {unit}", fontsize=8, loc="left")
        axes.margins(x=0.02)
        plain(axes)
        if at + across >= len(units):
            axes.set_xlabel("step within the receptive field", fontsize=8)
    figure.suptitle(title, fontsize=10)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    save(figure, path)
    found_words = ["the windows that excite it most, laid on one another"] if any(map(len, found)) else []
    made_words = ["the one made for it by gradient ascent"] if len(made) else []
    return f"{title}. A panel for each of {len(units)} units: {', and '.join(found_words + made_words)}."


def draw_table(
    path: Path, title: str, units: Sequence[int], columns: Sequence[str], means: np.ndarray, k: int
) -> str:
    """Draw what the rows that excite each unit most have in common: their mean in each column.

    Parameters
    ----------
    columns
        The names of the D numbers.
    means
        (U, D) standardised.
    k
        How many rows each mean is of.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    figure = figure_of(min(12.0, 0.42 * len(columns) + 2.6), 0.28 * len(units) + 2.3)
    axes = figure.add_subplot()
    most = min(_CUT, max(1.0, float(np.abs(means).max())))  # a rare value shall not make all others white
    drawn = axes.imshow(means, cmap=DIVERGING, vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(range(len(units)), [str(u) for u in units], fontsize=8)
    axes.set_ylabel("unit", fontsize=8)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8)
    bar.set_label(f"mean, in standard deviations, shown up to {most:.2g}", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    return f"{title}. For each of {len(units)} units the mean of the {k} rows that excite it most, by column."


def draw_filters(path: Path, title: str, weights: np.ndarray, most: int = 64) -> str:
    """Draw the first layer's filters, each scaled to its own largest weight.

    Parameters
    ----------
    weights
        (U, C, H, W): one channel as red and blue around zero, three as colours around grey, more as their mean; or
        (U, C, T), a line for each channel.
    most
        How many are drawn.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    some = weights[:most]
    across = min(len(some), 16 if some.ndim == 4 else 8)
    down = math.ceil(len(some) / across)
    size = 0.62 if some.ndim == 4 else 1.2
    figure = figure_of(size * across + 0.4, size * down + 0.55)
    axes = figure.add_subplot()
    step = 1 + _GAP
    for at, one in enumerate(some):
        scaled = one / max(float(np.abs(one).max()), 1e-12)
        column, row = step * (at % across), step * (at // across)
        if scaled.ndim == 2:
            for c, line in enumerate(scaled[:6]):
                x = column + np.linspace(0.05, 0.95, len(line))
                axes.plot(x, row + 0.5 - 0.45 * line, color=COLOURS[c], linewidth=1.1)
            axes.plot([column, column + 1], [row + 0.5] * 2, color="#BBBBBB", linewidth=0.6, zorder=0)
        elif len(scaled) == 3:
            tile(axes, 0.5 + 0.5 * scaled.transpose(1, 2, 0), column, row)
        else:
            tile(axes, scaled.mean(0), column, row, cmap=DIVERGING, vmin=-1, vmax=1)
    axes.set_xlim(-0.05, across * step)
    axes.set_ylim(down * step, -0.05)
    axes.set_aspect("equal")
    axes.set_axis_off()
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    sides = " x ".join(map(str, some.shape[2:]))
    return f"{title}. {len(some)} of {len(weights)} filters of {sides}, each scaled to its largest weight."
