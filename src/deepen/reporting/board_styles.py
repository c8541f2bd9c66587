"""How each kind of board is drawn: Go and gomoku on wood, Connect Four's discs, noughts and crosses.

The two sides differ in lightness or in form too, never in hue alone; hues are Okabe and Ito's.

Legend: H rows, W columns, A moves, s the pixels of a cell.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from deepen.reporting.letters import font

__all__ = ["COLUMNS", "INK", "PAPER", "Canvas", "crosses", "discs", "wooden"]

COLUMNS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # as Go has them: there is no I
_BLUE, _ORANGE, _GREEN, _YELLOW = (0, 114, 178), (213, 94, 0), (0, 158, 115), (240, 228, 66)
INK, PAPER = (40, 40, 40), (255, 255, 255)
_WOOD, _LINE, _FRAME = (222, 184, 120), (92, 68, 36), (0, 84, 140)
_SHOWN = 0.01  # share of a move's heat below which no number stands there


@dataclass(frozen=True)
class Canvas:
    """A canvas with cells of s pixels, the first of which begins at ``left`` and ``top``."""

    image: Image.Image
    s: int
    left: int
    top: int
    H: int
    W: int

    @property
    def pen(self) -> Any:
        """A pen that mixes what is half transparent."""
        return ImageDraw.Draw(self.image, "RGBA")

    def middle(self, row: float, column: float) -> tuple[float, float]:
        """The middle of a cell, in pixels."""
        return self.left + (column + 0.5) * self.s, self.top + (row + 0.5) * self.s

    def disc(self, row: int, column: int, radius: float, **how: Any) -> None:
        """Draw a disc in the middle of a cell; its radius is in cells."""
        x, y = self.middle(row, column)
        r = radius * self.s
        self.pen.ellipse((x - r, y - r, x + r, y + r), **how)

    def write(self, text: str, x: float, y: float, size: float, colour: Any) -> None:
        """Write around a point, with letters of ``size`` pixels."""
        self.pen.text((x, y), text, fill=colour, font=font(max(1, round(size))), anchor="mm")

    def on(self, text: str, row: float, column: float, size: float, colour: Any) -> None:
        """Write into the middle of a cell, with letters of ``size`` cells."""
        self.write(text, *self.middle(row, column), size * self.s, colour)

    def coordinates(self, columns: Sequence[str], rows: Sequence[str], far: float = 0.42) -> None:
        """Name columns beneath and rows on the left, ``far`` cells from the edge."""
        size = min(0.42, 0.05 * max(self.H, self.W))
        for column, name in enumerate(columns):
            self.on(name, self.H - 0.5 + far, column, size, INK)
        for row, name in enumerate(rows):
            self.on(name, row, -0.5 - far, size, INK)


@functools.lru_cache(maxsize=8)
def _stone(s: int, white: bool) -> Image.Image:
    """A stone (s, s) in light from the upper left, with its shadow; transparent around it."""
    wide = 2 * s  # room for the shadow
    y, x = np.mgrid[:wide, :wide] - (wide - 1) / 2.0
    r = 0.475 * s
    inside = np.hypot(x, y) <= r
    light = np.clip(1 - np.hypot(x + 0.38 * r, y + 0.42 * r) / (1.75 * r), 0, 1)
    grey = 205 + 50 * np.sqrt(light) if white else 18 + 105 * light**2.2
    rgba = np.zeros((wide, wide, 4), np.uint8)
    rgba[..., :3] = np.clip(grey, 0, 255)[..., None]
    rgba[..., 3] = 255 * inside
    shade = np.zeros_like(rgba)
    shade[..., 3] = 110 * (np.hypot(x - 0.06 * s, y - 0.09 * s) <= r)
    shadow = Image.fromarray(shade).filter(ImageFilter.GaussianBlur(0.05 * s))
    return Image.alpha_composite(shadow, Image.fromarray(rgba))


def _stars(n: int) -> list[int]:
    edge = 2 if n < 12 else 3
    return [] if n < 7 else sorted({edge, n - 1 - edge, *((n // 2,) if n % 2 else ())})


def wooden(
    canvas: Canvas, stones: np.ndarray, last: int, numbers: np.ndarray, heat: np.ndarray | None
) -> None:
    """Draw stones on the crossings of a wooden board; ``last`` is -1 for none, ``numbers`` 0."""
    s, pen = canvas.s, canvas.pen
    (x0, y0), (x1, y1) = canvas.middle(0, 0), canvas.middle(canvas.H - 1, canvas.W - 1)
    edge = 0.62 * s
    canvas.image.paste(_WOOD, (round(x0 - edge), round(y0 - edge), round(x1 + edge), round(y1 + edge)))
    for row in range(canvas.H):
        pen.line(
            (*canvas.middle(row, 0), *canvas.middle(row, canvas.W - 1)), fill=_LINE, width=max(1, s // 28)
        )
    for column in range(canvas.W):
        pen.line(
            (*canvas.middle(0, column), *canvas.middle(canvas.H - 1, column)),
            fill=_LINE,
            width=max(1, s // 28),
        )
    for row in _stars(canvas.H):
        for column in _stars(canvas.W):
            canvas.disc(row, column, 0.09, fill=_LINE)
    canvas.coordinates(COLUMNS[: canvas.W], [str(canvas.H - row) for row in range(canvas.H)], far=0.5)
    if heat is not None:
        _thought(canvas, stones, heat)
    for row, column in zip(*np.nonzero(stones), strict=True):
        sprite = _stone(s, bool(stones[row, column] < 0))
        x, y = canvas.middle(row, column)
        canvas.image.paste(sprite, (round(x) - s, round(y) - s), sprite)
    for row, column in zip(*np.nonzero(stones), strict=True):
        ink = INK if stones[row, column] < 0 else PAPER
        number = int(numbers[row, column])
        latest = last == row * canvas.W + column
        if number:
            canvas.on(
                str(number), row, column, 0.46 if number < 100 else 0.36, _marked(ink) if latest else ink
            )
        elif latest:
            canvas.disc(row, column, 0.24, outline=ink, width=max(1, s // 14))


def _marked(ink: tuple[int, int, int]) -> tuple[int, int, int]:
    """The colour of the last move's number: it stands out from black and from white."""
    return _YELLOW if ink == PAPER else _ORANGE


def _thought(canvas: Canvas, stones: np.ndarray, heat: np.ndarray) -> None:
    """Discs on the empty places, their areas as the shares, with per cent on those that are large enough."""
    most = max(float(heat.max()), 1e-12)
    for place in np.flatnonzero(heat[: stones.size]):
        row, column = divmod(int(place), canvas.W)
        share = float(heat[place])
        if stones[row, column] or share < _SHOWN / 2:
            continue
        canvas.disc(row, column, max(0.08, 0.44 * (share / most) ** 0.5), fill=(*_BLUE, 215))
        if share >= _SHOWN and share >= 0.12 * most:
            canvas.on(f"{100 * share:.0f}", row, column, 0.34, PAPER)
    if len(heat) > stones.size and heat[-1] >= _SHOWN:
        x, y = canvas.middle(-1, canvas.W - 1)
        canvas.write(
            f"pass {100 * heat[-1]:.0f} %", x - 0.2 * canvas.s, y + 0.12 * canvas.s, 0.4 * canvas.s, _BLUE
        )


def discs(
    canvas: Canvas, stones: np.ndarray, last: int, numbers: np.ndarray, heat: np.ndarray | None
) -> None:
    """Draw discs in a frame; what is thought of a column stands above it."""
    s, pen = canvas.s, canvas.pen
    box = (canvas.left, canvas.top, canvas.left + canvas.W * s, canvas.top + canvas.H * s)
    pen.rounded_rectangle(box, radius=0.22 * s, fill=_FRAME)
    for row in range(canvas.H):
        for column in range(canvas.W):
            side = int(stones[row, column])
            canvas.disc(row, column, 0.41, fill={1: _ORANGE, -1: _YELLOW, 0: (232, 240, 246)}[side])
            if side > 0:  # the one who began has a ring, so that the sides differ in print too
                canvas.disc(row, column, 0.27, outline=(150, 60, 0), width=max(1, s // 16))
            number = int(numbers[row, column])
            if side and number:
                canvas.on(str(number), row, column, 0.34, PAPER if side > 0 else INK)
            if last == row * canvas.W + column and side:
                canvas.disc(row, column, 0.45, outline=PAPER, width=max(2, s // 13))
    canvas.coordinates([str(column + 1) for column in range(canvas.W)], [])
    if heat is None:
        return
    for column, share in enumerate(heat.tolist()):
        x, y = canvas.middle(-0.5, column)
        tall = 0.46 * s * share / max(float(heat.max()), 1e-12)
        pen.rectangle((x - 0.28 * s, y - 0.05 * s - tall, x + 0.28 * s, y - 0.05 * s), fill=_GREEN)
        if share >= _SHOWN:
            canvas.write(f"{100 * share:.0f} %", x, y - tall - 0.2 * s, 0.24 * s, INK)


def crosses(
    canvas: Canvas, stones: np.ndarray, last: int, numbers: np.ndarray, heat: np.ndarray | None
) -> None:
    """Draw crosses and noughts; what is thought of a cell shades it."""
    s, pen, thick = canvas.s, canvas.pen, max(1, canvas.s // 9)
    right, bottom = canvas.left + canvas.W * s, canvas.top + canvas.H * s
    for place in range(stones.size):
        row, column = divmod(place, canvas.W)
        left, top = canvas.left + column * s, canvas.top + row * s
        cell = (left, top, left + s, top + s)
        if last == place:
            pen.rectangle(cell, fill=(255, 244, 204))
        if heat is not None and not stones[row, column] and heat[place] > 0:
            pen.rectangle(cell, fill=(*_GREEN, 30 + round(190 * float(heat[place] / heat.max()))))
            canvas.on(f"{100 * heat[place]:.0f} %", row, column, 0.2, INK)
    for k in range(1, canvas.W):
        pen.line(
            (canvas.left + k * s, canvas.top, canvas.left + k * s, bottom), fill=INK, width=max(1, s // 40)
        )
    for k in range(1, canvas.H):
        pen.line(
            (canvas.left, canvas.top + k * s, right, canvas.top + k * s), fill=INK, width=max(1, s // 40)
        )
    for row, column in zip(*np.nonzero(stones), strict=True):
        x, y = canvas.middle(row, column)
        if stones[row, column] < 0:
            canvas.disc(row, column, 0.33, outline=_ORANGE, width=thick)
        else:
            for slope in (-1, 1):
                ends = [(x + d * 0.29 * s, y + d * slope * 0.29 * s) for d in (-1, 1)]
                pen.line(ends, fill=_BLUE, width=thick)
                for a, b in ends:
                    pen.ellipse((a - thick / 2, b - thick / 2, a + thick / 2, b + thick / 2), fill=_BLUE)
        number = int(numbers[row, column])
        if number:
            canvas.on(str(number), row - 0.36, column + 0.38, 0.17, INK)
    canvas.coordinates(COLUMNS[: canvas.W], [str(canvas.H - k) for k in range(canvas.H)], far=0.25)
