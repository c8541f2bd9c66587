"""Examples as a person can look at them: the plain data of each input, bounded in size.

Legend: H height, W width, C channels, T steps or frames, M bands.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from deepen.data.columns import strings
from deepen.data.sources.files import MEDIA
from deepen.data.table import Table
from deepen.evaluation import Exhibit

if TYPE_CHECKING:
    from deepen.data.kinds import Kind
    from deepen.data.prepare import Preparation

__all__ = ["exhibits", "name_of", "passage", "picture", "signal", "spectrogram"]

_SIDE = 96  # pixels of a thumbnail's longer side: about 7 KB of a photograph
_FRAMES = 400  # of a spectrogram that are kept: about 20 KB
_CHARACTERS = 400  # of a text
_POINTS, _CHANNELS = 256, 6  # of a series
_COLUMNS, _WIDTH = 30, 60  # of a row of a table, and characters of a value


def exhibits(table: Table, row: int, preparation: Preparation) -> tuple[Exhibit, ...]:
    """Show what the model reads of a row: its pictures, recordings, texts and series, and its other columns in one.

    What can no longer be read, such as a file that was moved away, is left out.
    """
    one = table.take(np.array([row]))
    found = []
    for name, kind in preparation.stored.items():
        column = name.removeprefix(f"{kind.name} ")
        opened = kind.open(one, column)
        values = np.zeros((1, *kind.stored[1]), dtype=kind.stored[0])
        bad = kind.encode_into(
            opened, values, workers=1, stop=lambda: False, progress=lambda _done, _all: None
        )
        if not bad:
            found.append(Exhibit(column, kind.name, kind.show(opened, values[0])))
    stored = {name.removeprefix(f"{kind.name} ") for name, kind in preparation.stored.items()}
    plain = [name for name in preparation.inputs if name not in stored]
    if plain:
        shown = {name: strings(one[name])[0].as_py() for name in plain[:_COLUMNS]}
        values_of = {name: "" if value is None else _cut(value, _WIDTH) for name, value in shown.items()}
        found.append(Exhibit("", "row", {"values": values_of, "more": max(0, len(plain) - _COLUMNS)}))
    return tuple(found)


def name_of(table: Table, row: int, inputs: Mapping[str, Kind]) -> str:
    """What an example is called: its file's name, or its line or row."""
    for name, kind in inputs.items():
        if kind.name in MEDIA and not isinstance(table[name], np.ndarray):
            value = table[name][row].as_py()
            if isinstance(value, str):
                return value
    return table.where(row).rsplit(", ", 1)[-1]


def picture(pixels: np.ndarray) -> dict[str, Any]:
    """A thumbnail of a picture (H, W, C) uint8; a small one keeps its pixels, colours are at most 256."""
    from PIL import Image as Pillow

    grey = pixels.shape[-1] == 1
    image = Pillow.fromarray(pixels[..., 0] if grey else pixels)
    image.thumbnail((_SIDE, _SIDE), Pillow.Resampling.LANCZOS)
    return {"png": _png(image if grey else image.quantize(256, dither=Pillow.Dither.NONE))}


def spectrogram(levels: np.ndarray, seconds: float, hertz: float) -> dict[str, Any]:
    """A log-mel spectrogram (T, M) in grey, the loudest white, its beginning where it is very long.

    Parameters
    ----------
    levels
        The logarithms of power.
    seconds, hertz
        What T frames and M bands span.
    """
    from PIL import Image as Pillow

    kept = levels[:_FRAMES]
    low, high = float(kept.min()), float(kept.max())
    grey = np.rint(255 * (kept - low) / max(high - low, 1e-6)).astype(np.uint8)
    upright = Pillow.fromarray(np.ascontiguousarray(grey.T[::-1]))
    return {"png": _png(upright), "seconds": seconds * len(kept) / len(levels), "hertz": hertz}


def signal(values: np.ndarray) -> dict[str, Any]:
    """A series (T, C) in its own units, NaN where a value is missing; of a long one every so many-th step."""
    step = -(-len(values) // _POINTS)
    kept = values[::step, :_CHANNELS].T  # (C, T)
    channels = [[float(f"{v:.5g}") if np.isfinite(v) else None for v in line.tolist()] for line in kept]
    return {"channels": channels, "steps": len(values)}


def passage(text: str) -> dict[str, Any]:
    """The beginning of a text."""
    return {"text": _cut(text, _CHARACTERS), "cut": len(text) > _CHARACTERS}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _png(image: Any) -> str:
    held = io.BytesIO()
    image.save(held, "PNG", optimize=True)
    return base64.b64encode(held.getvalue()).decode("ascii")
