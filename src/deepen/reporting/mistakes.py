"""A picture of the pictures that a net got wrong, the surest mistakes first.

Legend: M mistakes, H height, W width, C channels.
"""

from __future__ import annotations

import math
from pathlib import Path

from deepen.errors import DataError
from deepen.records import Mistakes

__all__ = ["draw"]

_COLUMNS = 8


def draw(mistakes: Mistakes | None, path: Path) -> Path:
    """Draw each mistaken picture with the true and the answered class.

    Parameters
    ----------
    mistakes
        Of a model that has just been trained on pictures; None for one that has not.
    path
        The PNG (or SVG, PDF...) to write.

    Raises
    ------
    DataError
        If there are no pictures to draw.
    """
    if mistakes is None:
        raise DataError("there are no pictures to draw: mistakes are drawn for classes of pictures")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = len(mistakes.truth)
    rows = max(1, math.ceil(shown / _COLUMNS))
    figure = Figure(figsize=(1.5 * _COLUMNS, 1.8 * rows + 0.8), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    share = mistakes.total / mistakes.of
    which = f", the {shown} surest shown" if shown < mistakes.total else ""
    figure.suptitle(f"{mistakes.total:,} of {mistakes.of:,} test pictures mistaken ({share:.1%}){which}")
    for at in range(rows * _COLUMNS):
        axes = figure.add_subplot(rows, _COLUMNS, at + 1)
        axes.set_axis_off()
        if at >= shown:
            continue
        pixels = mistakes.pixels[at]
        grey = pixels.shape[-1] == 1
        axes.imshow(pixels[..., 0] if grey else pixels, cmap="gray" if grey else None, vmin=0, vmax=255)
        sure = f"{mistakes.sure[at]:.0%}"
        axes.set_title(f"is {mistakes.truth[at]}\nsaid {mistakes.answered[at]}, {sure}", fontsize=8)
    figure.savefig(path)
    return path
