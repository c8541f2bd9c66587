"""Pictures of what answers rest on: integrated gradients and occlusion, beside the example.

Legend: H height, W width, C channels, T steps or tokens, M bands, D numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepen.reporting.canvas import COLOURS, DIVERGING, figure_of, plain, save

__all__ = ["Panel", "draw_attributions"]

_LINE = 90  # characters of a line of text
_POINTS = 8.5  # their size


@dataclass(frozen=True, eq=False)
class Panel:
    """One example to draw.

    Parameters
    ----------
    title
        What was said, and what is true.
    shown
        Pixels (H, W, C), a spectrogram (M, T), a series (T, C), words, or pairs of a column and its value.
    gradients, occlusion
        (H, W), (M, T), (T) or (D): above zero for what speaks for the answer.
    """

    title: str
    shown: Any
    gradients: np.ndarray
    occlusion: np.ndarray


def draw_attributions(path: Path, form: str, panels: Sequence[Panel]) -> str:
    """Draw each example with what its answer rests on.

    Parameters
    ----------
    form
        ``image``, ``sound``, ``series``, ``text`` or ``table``.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    draw = {"image": _maps, "sound": _maps, "series": _curves, "text": _words, "table": _bars}[form]
    draw(path, panels)
    answers = ", ".join(panel.title.replace("\n", " ") for panel in panels)
    if form == "table":
        how = (
            "by integrated gradients (blue) and by occlusion (orange); bars to the right speak for the answer"
        )
    else:
        how = "by integrated gradients and by occlusion; red speaks for the answer, blue against it"
    return f"What {len(panels)} answers rest on, {how}: {answers}."


def _scaled(values: np.ndarray) -> np.ndarray:
    """Bring to -1 to 1 by the 99.5th percentile of the size: a single pixel shall not make all others white."""
    size = np.abs(values)
    most = float(np.quantile(size, 0.995)) or float(size.max()) or 1.0
    return np.asarray((values / most).clip(-1, 1))


def _maps(path: Path, panels: Sequence[Panel]) -> None:
    names = ("example", "integrated gradients", "occlusion")
    sound = panels[0].shown.ndim == 2
    # A recording is wider than it is high.
    figure = figure_of(5.6, (1.1 if sound else 1.6) * len(panels) + 0.9)
    for row, panel in enumerate(panels):
        for column, name in enumerate(names):
            axes = figure.add_subplot(len(panels), 3, 3 * row + column + 1)
            values = panel.shown if column == 0 else _scaled((panel.gradients, panel.occlusion)[column - 1])
            if sound:
                how: dict[str, Any] = {"origin": "lower", "aspect": "auto"}
            else:
                how = {}
            if column == 0 and not sound:
                grey = values.shape[2] == 1
                axes.imshow(values[..., 0] if grey else values, cmap="gray" if grey else None, vmin=0, vmax=1)
            elif column == 0:
                axes.imshow(values, cmap="magma", **how)
            else:
                axes.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1, **how)
            axes.set_xticks([])
            axes.set_yticks([])
            if row == 0:
                axes.set_title(name, fontsize=9)
            if column == 0:
                axes.set_ylabel(panel.title, fontsize=8, rotation=0, ha="right", va="center")
            for side in axes.spines.values():
                side.set_linewidth(0.5)
    figure.suptitle("What the answers rest on: red speaks for, blue against", fontsize=10)
    save(figure, path)


def _curves(path: Path, panels: Sequence[Panel]) -> None:
    figure = figure_of(7.6, 1.75 * len(panels) + 0.9)
    for row, panel in enumerate(panels):
        for column, (name, values) in enumerate(
            (("integrated gradients", panel.gradients), ("occlusion", panel.occlusion))
        ):
            axes = figure.add_subplot(len(panels), 2, 2 * row + column + 1)
            shown = np.asarray(panel.shown)
            low, high = float(shown.min()), float(shown.max())
            room = 0.06 * (high - low) or 1.0
            axes.imshow(
                _scaled(values)[None], cmap=DIVERGING, vmin=-1, vmax=1, aspect="auto", alpha=0.75,
                extent=(-0.5, len(values) - 0.5, low - room, high + room),
            )  # fmt: skip
            for c in range(shown.shape[1]):
                axes.plot(shown[:, c], color="black", linewidth=1.1, linestyle=("-", "--", ":")[c % 3])
            axes.set_xlim(-0.5, len(values) - 0.5)
            if row == 0:
                axes.set_title(name, fontsize=9)
            if column == 0:
                axes.set_ylabel(panel.title, fontsize=8)
            plain(axes)
    figure.suptitle("What the answers rest on: red speaks for, blue against", fontsize=10)
    save(figure, path)


def _words(path: Path, panels: Sequence[Panel]) -> None:
    from matplotlib import colormaps

    colours = colormaps[DIVERGING]
    lines: list[tuple[str, list[tuple[str, float]]]] = []  # a heading, or words with their values
    for panel in panels:
        for name, values in (("integrated gradients", panel.gradients), ("occlusion", panel.occlusion)):
            lines.append((f"{panel.title.replace(chr(10), ' ')}   ({name})", []))
            scaled = 0.8 * _scaled(values)
            line: list[tuple[str, float]] = []
            used = 0
            for word, value in zip(panel.shown, scaled.tolist(), strict=True):
                if used and used + len(word) > _LINE:
                    lines.append(("", line))
                    line, used = [], 0
                line.append((word[:_LINE], value))
                used += len(word) + 1
            lines += [("", line), ("", [])]
    # One unit of the axes is the width of a letter, so that words stand as close as the letters do.
    letter = 0.6021 * _POINTS / 72  # inches: the font's own proportion
    figure = figure_of((_LINE + 4) * letter, 0.2 * len(lines) + 0.6)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1 - 0.4 / figure.get_figheight()))
    for at, (heading, words) in enumerate(lines):
        if heading:
            axes.text(0, at, heading, fontsize=8, va="center", color="#444444")
        column = 0
        for word, value in words:
            r, g, b, _a = colours(0.5 + value / 2)
            ink = "black" if 0.299 * r + 0.587 * g + 0.114 * b > 0.5 else "white"
            axes.text(
                column, at, word, fontsize=_POINTS, family="monospace", va="center", color=ink,
                bbox={"boxstyle": "square,pad=0.12", "fc": (r, g, b), "ec": "none"},
            )  # fmt: skip
            column += len(word) + 1
    axes.set_xlim(-1, _LINE + 3)
    axes.set_ylim(len(lines), -1)
    axes.set_axis_off()
    figure.suptitle("What the answers rest on: red speaks for, blue against", fontsize=10)
    save(figure, path)


def _bars(path: Path, panels: Sequence[Panel]) -> None:
    columns = len(panels[0].shown)
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    figure = figure_of(3.4 * across + 0.4, (0.24 * columns + 0.75) * down + 0.9)
    for at, panel in enumerate(panels):
        axes = figure.add_subplot(down, across, at + 1)
        y = np.arange(columns)
        axes.barh(y - 0.2, panel.gradients, 0.38, color=COLOURS[0], label="integrated gradients")
        axes.barh(y + 0.2, panel.occlusion, 0.38, color=COLOURS[4], label="occlusion")
        names = [f"{name} = {value}" for name, value in panel.shown]
        axes.set_yticks(y, [n if len(n) < 34 else f"{n[:31]}..." for n in names], fontsize=7)
        axes.invert_yaxis()
        axes.axvline(0, color="black", linewidth=0.7)
        axes.set_title(panel.title.replace("\n", " "), fontsize=8)
        plain(axes)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    figure.suptitle("What each column adds to the answer's output", fontsize=10)
    save(figure, path)
