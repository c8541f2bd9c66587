"""What the pictures have in common: an empty figure, and colours that people with colour-blindness can tell apart."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

__all__ = ["BLACK", "BLUE", "ORANGE", "bare", "canvas", "saved", "short"]

# Of Okabe and Ito 2008; they differ in lightness too, so that they print in black and white.
BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#000000"


def canvas(size: tuple[float, float]) -> Any:
    """An empty figure of a size in inches, drawn without a screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    return figure


def saved(figure: Any, path: Path) -> Path:
    """Write a figure, cut to what is drawn; letters that the font lacks are boxes, and no warning."""
    with warnings.catch_warnings(action="ignore"):
        figure.savefig(path, bbox_inches="tight", pad_inches=0.12)
    return path


def bare(axes: Any) -> None:
    """Take the upper and right lines of a panel away."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def short(text: str, most: int) -> str:
    """A name on one line, its middle left out where it is long; dollars are no formulas.

    Examples
    --------
    >>> short("a name that goes on and on", 12)
    'a name…nd on'
    """
    line = " ".join(text.split())
    if len(line) > most:
        kept = most - 1
        line = f"{line[: kept - kept // 2]}…{line[len(line) - kept // 2 :]}"
    return line.replace("$", r"\$")
