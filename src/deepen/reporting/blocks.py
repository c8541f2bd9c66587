"""What a section of a page is made of: plain data that one template shows. Nothing here is HTML.

Every text may come from users' data; the template escapes it, and lets it run in its own direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from deepen.reporting.charts.canvas import Chart

__all__ = [
    "Block",
    "Cell",
    "Drawn",
    "Headline",
    "Points",
    "Section",
    "Shot",
    "Shots",
    "Table",
    "Verbatim",
    "Words",
]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what is shown, and the number by which a column is sorted, where it is one."""

    text: str
    by: float | None = None


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str
    form: ClassVar[str] = "words"


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]
    title: str = ""
    form: ClassVar[str] = "points"


@dataclass(frozen=True)
class Headline:
    """The one figure of the page.

    Parameters
    ----------
    figure, interval
        As text.
    of
        What it is, and on what.
    """

    figure: str
    interval: str
    of: str
    form: ClassVar[str] = "headline"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of each row is its head.

    Parameters
    ----------
    caption
        What it holds.
    columns
        Their names.
    rows
        Of as many cells each.
    folded
        Whether it is shown on demand only.
    left_out
        How many rows there are beside those shown.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False
    left_out: int = 0
    form: ClassVar[str] = "table"

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers: they stand to the right."""
        return any(row[column].by is not None for row in self.rows)


@dataclass(frozen=True)
class Drawn:
    """A chart, with its numbers as a table for those who want or need them."""

    chart: Chart
    numbers: Table | None = None
    form: ClassVar[str] = "drawn"


@dataclass(frozen=True)
class Shot:
    """One picture (or passage, or row) with its caption.

    Parameters
    ----------
    says
        The picture in words.
    caption
        Lines beneath it.
    picture
        The bytes of its file; None for what is no picture.
    words
        A passage, or a row's values, in its place or beside it.
    channels
        A series, in the place of a picture: the values of each channel, None where one is missing.
    """

    says: str
    caption: Sequence[str] = ()
    picture: bytes | None = None
    words: str = ""
    channels: Sequence[Sequence[float | None]] = ()


@dataclass(frozen=True)
class Shots:
    """Pictures side by side.

    Parameters
    ----------
    items
        The most telling first: the last are left out first where a page becomes too large.
    what
        What they are, in the plural.
    side
        How many pixels the longer side of each may have.
    rank
        Of the page's pictures those of the highest rank are left out first.
    """

    items: Sequence[Shot]
    what: str
    side: int = 96
    rank: int = 1
    form: ClassVar[str] = "shots"


@dataclass(frozen=True)
class Verbatim:
    """A text as it stands, line by line."""

    text: str
    title: str = ""
    form: ClassVar[str] = "verbatim"


Block = Words | Points | Headline | Table | Drawn | Shots | Verbatim


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Parameters
    ----------
    name
        A word for its anchor.
    title
        Its heading.
    blocks
        What it shows, from the top.
    how
        How its numbers were computed, a sentence each.
    """

    name: str
    title: str
    blocks: Sequence[Block]
    how: Sequence[str] = field(default=())
