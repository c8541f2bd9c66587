"""What every chart draws on: SVG elements that escape what they hold, text that fits, scales and their ticks.

Colours, dashes and fonts are classes, which the page's style sheet fills for light, dark and print.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree

__all__ = [
    "FONT", "Chart", "Key", "Scale", "element", "figure", "fitting", "linear", "logarithmic", "mark", "number", "path",
    "plain", "steps", "text", "width_of", "window",
]  # fmt: skip

FONT = 12.0  # CSS pixels; the narrow drawing is shown at its own size on a phone
Element = ElementTree.Element
_WIDE, _NARROW, _MEAN = (
    1.0,
    0.32,
    0.58,
)  # of the font's size: widths of letters in common sans-serifs (assumed)
_NARROW_LETTERS = frozenset("iljtfrI.,:;'|!()[] ")
_BOLD = 1.12  # times as wide (assumed)
_MOST_LETTERS = 200  # of a text in a chart
_POINTS = 3.2


@dataclass(frozen=True)
class Key:
    """An entry of a chart's legend: what is drawn so; ``band`` is how many bands lie on one another there."""

    name: str
    colour: int
    dash: int = 0
    shape: int | None = None
    band: int = 0


_UNSHOWN: dict[int, str | None] = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF))
_UNSHOWN |= dict.fromkeys(map(ord, "\t\n\r"), " ")
_UNSHOWN |= dict.fromkeys(
    range(0xD800, 0xE000), "\ufffd"
)  # halves of a letter, as of a name that is no UTF-8


class Chart(Protocol):
    """What every chart offers."""

    @property
    def title(self) -> str:
        """Its name."""

    @property
    def says(self) -> str:
        """What it shows, for those who do not see it."""

    @property
    def keys(self) -> Sequence[Key]:
        """The legend; empty where the chart needs none."""

    def draw(self, width: float) -> Element:
        """Draw at a width in CSS pixels."""


def plain(words: str) -> str:
    r"""Leave out the control characters, which no SVG may hold.

    Examples
    --------
    >>> plain("a\x00b\nc")
    'ab c'
    """
    return words.translate(_UNSHOWN)


def readable(words: str) -> str:
    """Cut what is longer than anyone reads in a chart."""
    words = plain(words[: _MOST_LETTERS + 1])
    return words if len(words) <= _MOST_LETTERS else words[: _MOST_LETTERS - 1] + "…"


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cs") and letter not in "\ufffe\uffff"


def number(value: float) -> str:
    """Write a number for people: four significant digits, thousands parted.

    Examples
    --------
    >>> [number(v) for v in (0, 0.0123456, 12.5, 123456.7, 2.5e-7, 3e12, float("nan"))]
    ['0', '0.01235', '12.5', '123,457', '2.5e-07', '3e+12', 'unknown']
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("infinity" if value > 0 else "-infinity")
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e9:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def width_of(words: str, size: float = FONT, *, bold: bool = False) -> float:
    """Estimate how wide a text is, in pixels: no font is at hand where the page is written."""
    wide = 0.0
    for letter in words:
        if unicodedata.combining(letter):
            continue
        if unicodedata.east_asian_width(letter) in "WF":
            wide += _WIDE
        else:
            wide += _NARROW if letter in _NARROW_LETTERS else _MEAN + 0.1 * letter.isupper()
    return wide * size * (_BOLD if bold else 1.0)


def fitting(words: str, room: float, size: float = FONT) -> str:
    """Cut a text to the room that there is; the cut is shown.

    Examples
    --------
    >>> fitting("short", 100), fitting("a rather long name", 60)
    ('short', 'a rather l…')
    """
    words = readable(words)
    if width_of(words, size) <= room:
        return words
    left = room - width_of("…", size)
    for at, letter in enumerate(words):
        left -= width_of(letter, size)
        if left < 0:
            return words[:at].rstrip() + "…"
    return words


def element(tag: str, kind: str = "", /, **attributes: float | str) -> Element:
    """Make an SVG element; numbers are rounded to a tenth of a pixel, ``_`` in a name stands for ``-``."""
    found = {"class": kind} if kind else {}
    for name, value in attributes.items():
        found[name.replace("_", "-")] = value if isinstance(value, str) else f"{round(value, 1):g}"
    return Element(tag, found)


def figure(width: float, height: float) -> Element:
    """Begin a drawing."""
    return Element(
        "svg", {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    )


def window(parent: Element, left: float, top: float, right: float, bottom: float) -> Element:
    """Give a part of a drawing, with the same coordinates, outside of which nothing is seen."""
    box = f"{left:.1f} {top:.1f} {right - left:.1f} {bottom - top:.1f}"
    made = element("svg", x=left, y=top, width=right - left, height=bottom - top, viewBox=box)
    parent.append(made)
    return made


def text(
    parent: Element,
    words: str,
    x: float,
    y: float,
    *,
    anchor: str = "start",
    kind: str = "",
    turn: bool = False,
) -> None:
    """Write a text; one that stands upright is read from the bottom to the top."""
    more = {"transform": f"rotate(-90 {x:g} {y:g})"} if turn else {}
    made = element("text", kind, x=x, y=y, text_anchor=anchor, **more)
    made.text = readable(words)
    parent.append(made)


def path(parent: Element, points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> None:
    """Join points by straight lines, where both of their numbers are finite."""
    words, pen = [], "M"
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            pen = "M"
            continue
        words.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    if words:
        parent.append(Element("path", {"class": kind, "d": "".join(words) + ("Z" if closed else "")}))


def mark(parent: Element, x: float, y: float, colour: int, shape: int, tip: str = "") -> None:
    """Draw a point: a disc, square, diamond or triangle; ``tip`` is what a pointer on it shows."""
    r, kind = _POINTS, f"mark f{colour}"
    made: Element
    if shape % 4 == 0:
        made = element("circle", kind, cx=x, cy=y, r=r)
    elif shape % 4 == 1:
        made = element("rect", kind, x=x - r, y=y - r, width=2 * r, height=2 * r)
    else:
        corners = (
            ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)) if shape % 4 == 2 else ((0, -1.3), (1.3, 1), (-1.3, 1))
        )
        made = Element(
            "path",
            {
                "class": kind,
                "d": "M" + "L".join(f"{x + a * r:.1f} {y + b * r:.1f}" for a, b in corners) + "Z",
            },
        )
    told(made, tip)
    parent.append(made)


def told(made: Element, tip: str) -> None:
    """Give an element what a pointer on it shows; the page's script reads it too."""
    if tip:
        title = Element("title")
        title.text = readable(tip)
        made.append(title)


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two ends, at most so many: 1, 2 or 5 times a power of ten apart.

    Examples
    --------
    >>> steps(0, 1), steps(37, 212, 5)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [50.0, 100.0, 150.0, 200.0])
    """
    raw = (high - low) / most
    if not (math.isfinite(raw) and raw > 0):
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    for step in (1 * power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """From values to pixels.

    Parameters
    ----------
    low, high
        The values at the ends; above 0 where it is logarithmic.
    start, end
        The pixels at the ends.
    log
        Whether equal ratios are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Give the pixel of a value; NaN where there is none."""
        if self.log:
            if not value > 0:
                return math.nan
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values inside."""
        if not self.log:
            return steps(self.low, self.high, most)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for inner in ((1, 2, 5), (1, 3), (1,)):
            found = [m * 10.0**k for k in range(first, last + 1) for m in inner]
            found = [v for v in found if self.low * 0.999 <= v <= self.high * 1.001]
            if len(found) <= most:
                return found if len(found) > 2 else steps(self.low, self.high, most)
        return found[:: math.ceil(len(found) / most)]


def linear(
    values: Sequence[float], start: float, end: float, *, room: float = 0.05, zero: bool = False
) -> Scale:
    """Make a scale on which all the finite values fit, with some room at the ends."""
    known = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    spread = (high - low) or abs(high) or 1.0
    return Scale(low if zero and low == 0 else low - room * spread, high + room * spread, start, end)


def logarithmic(values: Sequence[float], start: float, end: float) -> Scale:
    """Make a logarithmic scale on which all the values above 0 fit."""
    known = [v for v in values if math.isfinite(v) and v > 0] or [1.0, 10.0]
    low, high = min(known), max(known)
    room = (high / low) ** 0.05 if high > low else 2.0
    return Scale(low / room, high * room, start, end, log=True)
