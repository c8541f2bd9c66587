"""The letters that pictures are written with."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from PIL import ImageFont

__all__ = ["font"]


@functools.lru_cache(maxsize=64)
def font(size: int) -> Any:
    """Give DejaVu Sans in a size in pixels: it knows most scripts, and comes with matplotlib.

    Examples
    --------
    >>> font(20).getlength("wide") > font(10).getlength("wide")
    True
    """
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
