"""The report: one HTML file that needs nothing else, from the sections' plain data.

Its rule of size: pictures may fill 300 KB of the file; where there are more, those of the lowest worth are left out
first, whole pictures of levels before mistakes, the last of each first, and the page says so.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from deepen.compute.disk import named_unwritable
from deepen.errors import DataError
from deepen.reporting.blocks import Section, Shot, Shots
from deepen.reporting.charts.canvas import Chart, Key, element, mark, plain
from deepen.reporting.charts.spark import spark
from deepen.reporting.material import Material
from deepen.reporting.sections import SECTIONS
from deepen.reporting.thumbnails import Thumbnail, smaller

__all__ = ["MOST", "PICTURES", "render", "write"]

PICTURES = 300_000  # characters of the file that pictures may fill: a page is to stay under 500 KB
MOST = 2_000_000  # bytes of a page, which it never exceeds
_WIDE, _NARROW = 680.0, 336.0  # CSS pixels of a chart: on a screen or paper, and on a phone
_SPARK = 150.0  # CSS pixels of a small series: two of them stand side by side on a phone
_MOST_LETTERS = 600  # of one text: a longer one is cut, and says so
_SMALL = 64  # pixels, up to which a picture is shown in squares rather than blurred


@dataclass(frozen=True)
class _Image:
    source: str
    width: int
    height: int
    is_small: bool


def write(material: Material, path: Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    FolderError
        If the file cannot be written.
    """
    page = render(material).encode("utf-8")
    stage = path.with_name(f".{path.name}.stage-{os.getpid()}-{secrets.token_hex(4)}")
    with named_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            stage.write_bytes(page)
            stage.replace(path)
        finally:
            stage.unlink(missing_ok=True)
    return path


def render(material: Material) -> str:
    """Make the page as a text; with fewer pictures and shorter lists where it would become too large.

    Examples
    --------
    >>> page = render(Material(model={"about": {"source": "photos <1>"}}))
    >>> "photos &lt;1&gt;" in page, "<1>" in page, len(page) < MOST
    (True, False, True)
    """
    sections = [found for section in SECTIONS if (found := section(material)) is not None]
    title = _cut(_title(material), 120)
    page = _page(sections, title, PICTURES)
    for rows in (50, 10, 2):
        if len(page.encode("utf-8")) <= MOST:
            break
        page = _page([_shortened(s, rows) for s in sections], title, 0)
    return page


def _title(material: Material) -> str:
    if material.world:
        learned = f", from {material.source}" if material.source != material.world else ""
        return f"A player of {material.world}{learned}"
    what = "features" if material.form == "features" else ", ".join(material.targets[:3])
    return f"{what} of {material.source}" if what else material.source


def _page(sections: Sequence[Section], title: str, room: int) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    album = _Album(sections, room)
    ids = iter(range(1, 1_000_000))
    environment = Environment(
        loader=PackageLoader("deepen.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        finalize=lambda value: plain(_cut(value, _MOST_LETTERS)) if type(value) is str else value,
    )  # fmt: skip
    style, script = (_part(name) for name in ("style.css", "script.js"))
    return environment.get_template("page.html").render(
        title=title,
        sections=sections,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        svg=lambda chart, width, label: Markup(_svg(chart, width, label)),
        spark=lambda shot: Markup(_spark(shot)),
        swatch=lambda key: Markup(_swatch(key)),
        picture=album.picture,
        source=lambda image: Markup(image.source),
        whole=lambda text: escape("\n".join(map(plain, text.splitlines()))),  # never cut
        omitted=album.omitted,
        left_out=album.told,
        fresh=lambda: f"chart-{next(ids)}",
        finite=math.isfinite,
        wide=_WIDE,
        narrow=_NARROW,
        version=version("deepen"),
    )


def _part(name: str) -> str:
    return files("deepen.reporting").joinpath("templates", name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    """What the content-security policy calls a script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _svg(chart: Chart, width: float, label: str) -> str:
    drawing = chart.draw(width)
    drawing.set("role", "img")
    drawing.set("aria-labelledby", label)
    return ElementTree.tostring(drawing, encoding="unicode")


def _spark(shot: Shot) -> str:
    drawing = spark(shot.channels, _SPARK)
    drawing.set("role", "img")
    drawing.set("aria-label", plain(_cut(shot.says, _MOST_LETTERS)))
    return ElementTree.tostring(drawing, encoding="unicode")


def _swatch(key: Key) -> str:
    """A piece of what the legend names."""
    drawing = ElementTree.Element("svg", {"viewBox": "0 0 26 12", "width": "26", "height": "12"})
    for _ in range(key.band):
        drawing.append(element("rect", f"band f{key.colour}", x=0, y=0, width=26, height=12))
    if not key.band and key.dash >= 0:
        drawing.append(element("line", f"line s{key.colour} d{key.dash}", x1=0, x2=26, y1=6, y2=6))
    if key.shape is not None:
        mark(drawing, 13, 6, key.colour, key.shape)
    return ElementTree.tostring(drawing, encoding="unicode")


class _Album:
    """The pictures of a page, as far as there is room: those of low rank first, the first of each list first."""

    def __init__(self, sections: Sequence[Section], room: int) -> None:
        lists = [block for section in sections for block in section.blocks if isinstance(block, Shots)]
        self._images: dict[int, _Image] = {}
        self._left: dict[int, int] = {}
        self._broken: dict[int, int] = {}
        for block in sorted(lists, key=lambda block: block.rank):
            full = False
            for shot in block.items:
                if shot.picture is None:
                    continue
                image = None if full else self._read(block, shot)
                if image is not None and len(image.source) <= room:
                    room -= len(image.source)
                    self._images[id(shot)] = image
                elif full or image is not None:
                    full = True
                    self._left[id(block)] = self._left.get(id(block), 0) + 1
        self._what = {id(block): block.what for block in lists}

    def _read(self, block: Shots, shot: Shot) -> _Image | None:
        assert shot.picture is not None
        try:
            small = smaller(shot.picture, side=block.side)
        except DataError:
            self._broken[id(block)] = self._broken.get(id(block), 0) + 1
            return None
        return _image(small)

    def picture(self, shot: Shot) -> _Image | None:
        """The picture, if it is shown."""
        return self._images.get(id(shot))

    def omitted(self, block: Shots) -> str:
        """What is not shown of a list, in a sentence; empty if all is."""
        found = []
        if id(block) in self._left:
            found.append(f"{self._left[id(block)]:,} more {block.what} are left out to keep this page small.")
        if id(block) in self._broken:
            found.append(f"{self._broken[id(block)]:,} could not be read.")
        return " ".join(found)

    @property
    def told(self) -> str:
        """The rule of what was left out of the page, where something was."""
        if not self._left:
            return ""
        counts = ", ".join(f"{count:,} {self._what[at]}" for at, count in self._left.items())
        return (
            f"Left out: {counts}. Pictures may fill {PICTURES // 1000:,} KB of this page; beyond it those of levels "
            "are left out first, then mistakes, the last of each first."
        )


def _image(small: Thumbnail) -> _Image:
    source = f"data:image/{small.form};base64,{base64.b64encode(small.data).decode()}"
    return _Image(source, small.width, small.height, max(small.width, small.height) <= _SMALL)


def _shortened(section: Section, most: int) -> Section:
    """A section whose lists and tables end early: the last resort against names of a thousand letters."""
    import dataclasses

    from deepen.reporting.blocks import Drawn, Points, Table

    def shorter(block: Any) -> Any:
        if isinstance(block, Table):
            left = block.left_out + max(0, len(block.rows) - most)
            return dataclasses.replace(block, rows=block.rows[:most], left_out=left)
        if isinstance(block, Points):
            return dataclasses.replace(block, items=list(block.items)[:most])
        if isinstance(block, Drawn):
            return dataclasses.replace(block, numbers=shorter(block.numbers) if block.numbers else None)
        return block

    return dataclasses.replace(section, blocks=[shorter(block) for block in section.blocks])
