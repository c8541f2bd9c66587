"""A picture of what a net got most wrong: pictures, spectrograms, series, passages or rows.

Legend: T steps.
"""

from __future__ import annotations

import base64
import io
import math
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from deepen.errors import DataError
from deepen.evaluation import Exhibit, Mistake, Mistakes
from deepen.reporting.canvas import COLOURS, figure_of, plain, save, short

__all__ = ["draw"]

_COLUMNS = {"image": 8, "audio": 5, "series": 4}
_PANELS = 40  # pictures on a page; of others fewer, which are larger
_LINES = 16  # texts and rows on a page
_NAME = 18  # characters of a class
_WRAP = 110  # characters in a line of text
_FIELDS = 9  # columns of a table that fit on a page


def draw(mistakes: Mistakes | None, path: Path) -> Path:
    """Draw each mistaken example with the true and the answered class, or the number and how far it is off.

    Parameters
    ----------
    mistakes
        Of a model's evaluation.
    path
        The PNG (or SVG, PDF...) to write.

    Raises
    ------
    DataError
        If there are no mistakes to draw.
    """
    if mistakes is None:
        raise DataError("there are no mistakes to draw: they are of classes, labels and numbers")
    kinds = [exhibit.kind for mistake in mistakes.worst for exhibit in mistake.shown]
    kind = next((kind for kind in ("image", "audio", "series", "text", "row") if kind in kinds), "image")
    drawn = {"text": _passages, "row": _rows}.get(kind)
    figure = _panels(mistakes, kind) if drawn is None else drawn(mistakes)
    return save(figure, path, cut=True)


def _title(mistakes: Mistakes, shown: int, things: str) -> str:
    if mistakes.worst and mistakes.worst[0].sure is None:
        return f"The {shown} largest errors of {mistakes.of:,} {things}"
    share = mistakes.total / max(1, mistakes.of)
    which = f", the {shown} surest shown" if shown < mistakes.total else ""
    return f"{mistakes.total:,} of {mistakes.of:,} {things} mistaken ({share:.1%}){which}"


def _told(mistake: Mistake, mark: str) -> str:
    truth, answered = short(mistake.truth, _NAME), short(mistake.answered, _NAME)
    if mistake.sure is None:
        return f"is {truth}{mark}said {answered} ({mistake.error:+,.6g})"
    return f"is {truth}{mark}said {answered}, {mistake.sure:.0%}"


def _of(mistake: Mistake, kind: str) -> Exhibit | None:
    return next((exhibit for exhibit in mistake.shown if exhibit.kind == kind), None)


def _panels(mistakes: Mistakes, kind: str) -> Any:
    """A panel for each, drawn by its kind."""
    columns = _COLUMNS[kind]
    shown = mistakes.worst[: _PANELS if kind == "image" else 5 * columns]
    rows = max(1, math.ceil(len(shown) / columns))
    figure = figure_of(12.0, 12.0 / columns * (1.2 if kind == "image" else 0.85) * rows + 0.8)
    things = {"image": "pictures", "audio": "recordings", "series": "series"}[kind]
    figure.suptitle(_title(mistakes, len(shown), things))
    for at in range(rows * columns):
        axes = figure.add_subplot(rows, columns, at + 1)
        exhibit = _of(shown[at], kind) if at < len(shown) else None
        if at < len(shown):
            axes.set_title(_told(shown[at], "\n"), fontsize=8)
        if exhibit is None:
            axes.set_axis_off()
        else:
            {"image": _image, "audio": _spectrogram, "series": _series}[kind](
                axes, exhibit, at >= len(shown) - columns
            )
    return figure


def _image(axes: Any, exhibit: Exhibit, _last: bool) -> None:
    pixels = _pixels(exhibit)
    axes.set_axis_off()
    axes.imshow(pixels, cmap="gray" if pixels.ndim == 2 else None, vmin=0, vmax=255)


def _spectrogram(axes: Any, exhibit: Exhibit, last: bool) -> None:
    """Bands upwards, equally far apart in mel; so only the ends of the axis have a number."""
    levels = _pixels(exhibit)
    seconds = exhibit.data["seconds"]
    axes.imshow(levels, cmap="cividis", aspect="auto", extent=(0, seconds, 0, 1), interpolation="nearest")
    axes.set_yticks([0, 1], ["0", f"{exhibit.data['hertz'] / 1000:g} kHz"], fontsize=7)
    axes.tick_params(axis="x", labelsize=7)
    if last:
        axes.set_xlabel("seconds", fontsize=7)


def _series(axes: Any, exhibit: Exhibit, last: bool) -> None:
    """Channels differ in their dashes too."""
    dashes = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (6, 2)), (0, (2, 2)))
    for channel, dash in zip(exhibit.data["channels"], dashes, strict=False):
        values = np.array(
            [math.nan if value is None else value for value in channel], dtype=np.float64
        )  # (T,)
        at = np.linspace(0, exhibit.data["steps"] - 1, len(values))
        colour = COLOURS[0] if dash == "-" else None
        axes.plot(at, values, color=colour, linestyle=dash, linewidth=1.1)
    axes.tick_params(labelsize=7)
    plain(axes)
    if last:
        axes.set_xlabel("step", fontsize=7)


def _passages(mistakes: Mistakes) -> Any:
    """The texts, one below the other."""
    shown = mistakes.worst[:_LINES]
    blocks = []
    for mistake in shown:
        exhibit = _of(mistake, "text")
        text = " ".join(str(exhibit.data["text"]).split()) if exhibit is not None else ""
        blocks.append([line.replace("$", r"\$") for line in textwrap.wrap(text, _WRAP)[:4]] or ["(empty)"])
    heights = [1.5 + len(block) for block in blocks]
    figure = figure_of(10.5, 0.19 * sum(heights) + 0.8)
    figure.suptitle(_title(mistakes, len(shown), "texts"))
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(max(sum(heights), 1), 0)
    top = 0.0
    for mistake, block, height in zip(shown, blocks, heights, strict=True):
        head = f"{_told(mistake, ', ')}   ({short(mistake.name, 40)})"
        axes.text(0, top, head, fontsize=9, weight="bold", va="top")
        axes.text(0, top + 1.1, "\n".join(block), fontsize=9, va="top", linespacing=1.25)
        top += height
    return figure


def _rows(mistakes: Mistakes) -> Any:
    """The rows, as a table."""
    shown = [mistake for mistake in mistakes.worst[: 2 * _LINES] if _of(mistake, "row") is not None]
    values = [dict(_of(mistake, "row").data["values"]) for mistake in shown]  # type: ignore[union-attr]
    columns = list(values[0])[:_FIELDS] if values else []
    left = (len(values[0]) + int(_of(shown[0], "row").data["more"]) if values else 0) - len(columns)  # type: ignore[union-attr]
    ends = ("is", "said", "sure" if shown and shown[0].sure is not None else "off by")
    cells = []
    for mistake, row in zip(shown, values, strict=True):
        last = f"{mistake.error:+,.6g}" if mistake.sure is None else f"{mistake.sure:.0%}"
        head = (short(mistake.name, 14), short(mistake.truth, 12), short(mistake.answered, 12), last)
        cells.append([*head, *(short(row[column], 16) for column in columns)])
    figure = figure_of(3.4 + 1.15 * len(columns), 0.21 * len(cells) + 1.1)
    more = f" (the first {len(columns)} columns; {left} more)" if left > 0 else ""
    figure.suptitle(_title(mistakes, len(shown), f"rows{more}"), fontsize=11)
    axes = figure.add_subplot()
    axes.set_axis_off()
    if cells:
        names = ["", *ends, *(short(column, 16) for column in columns)]
        table = axes.table(
            cells, colLabels=names, loc="upper center", cellLoc="left", colLoc="left", edges="horizontal"
        )
        table.auto_set_font_size(False)
        table.set_fontsize(8)
        table.auto_set_column_width(range(len(names)))
        for (row, column), cell in table.get_celld().items():
            cell.set_edgecolor("#BBBBBB")
            if row == 0 or column in (1, 2, 3):
                cell.set_text_props(weight="bold")
    return figure


def _pixels(exhibit: Exhibit) -> np.ndarray:
    """The pixels of a PNG: (H, W) if grey, else (H, W, 3)."""
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(base64.b64decode(exhibit.data["png"]))) as image:
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))
