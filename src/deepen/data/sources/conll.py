"""Columns of the CoNLL shared tasks: a token and its tag on each line, a blank line between sentences.

``EU<TAB>B-ORG``, or blanks in place of the tab, or more columns between the two (Sang and De Meulder 2003).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from deepen.data.sources.options import Options
from deepen.data.sources.text import load_text
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["read_conll"]

_BORDER = "-DOCSTART-"


def read_conll(path: Path, options: Options) -> Table:
    """Read a file of tokens and tags.

    Returns
    -------
    Table
        A row for each sentence: lists ``tokens``, then ``c2``, ``c3``... if there are columns between, and
        ``tags``, which is the target. A file of tokens alone has no tags.

    Raises
    ------
    DataError
        If a line has another number of columns than most, naming it.
    """
    data, _ = load_text(path, options)
    given = data.decode("utf-8").split("\n")
    # Blanks within a column are kept where tabs part the columns; else any blanks part them.
    mark = options.delimiter or ("\t" if b"\t" in data else None)
    mark = None if mark == " " else mark
    fields = [[f.strip() for f in line.strip().split(mark)] if line.strip() else [] for line in given]
    widths = Counter(len(line) for line in fields if line and line[0] != _BORDER)
    wide = widths.most_common(1)[0][0] if widths else 0
    sentences: list[list[list[str]]] = [[]]
    lines: list[int] = [0]
    borders = comments = 0
    parted = "tabs" if mark == "\t" else repr(mark) if mark else "blanks"
    for number, line in enumerate(fields, start=1):
        if number % 65_536 == 0:
            options.check_stop(path.name)
        if not line or line[0] == _BORDER:
            borders += bool(line)
            if sentences[-1]:
                sentences.append([])
                lines.append(0)
        elif len(line) != wide and line[0].startswith("#"):
            comments += 1
        elif len(line) != wide or not all(line):
            raise DataError(
                "a line of another form than most", where=f"{path.name}, line {number}",
                allowed=f"{wide} column{'s' * (wide != 1)}, parted by {parted}",
                came=repr(given[number - 1].strip()[:60]), mend="A token and its tag stand on one line.",
            )  # fmt: skip
        else:
            lines[-1] = lines[-1] or number
            sentences[-1].append(line)
    if not sentences[-1]:
        sentences.pop(), lines.pop()
    if not sentences:
        raise DataError("there is no token", where=path)
    names = ["tokens", *(f"c{k}" for k in range(2, wide)), "tags"][:wide] if wide > 1 else ["tokens"]
    columns = {
        name: pa.chunked_array([pa.array([[line[k] for line in rows] for rows in sentences], pa.list_(pa.string()))])
        for k, name in enumerate(names)
    }  # fmt: skip
    notes = [f"{len(sentences):,} sentences of {sum(map(len, sentences)):,} tokens, one on each line"]
    notes += [f"{borders:,} lines {_BORDER} were passed over"] if borders else []
    notes += [f"{comments:,} comments were passed over"] if comments else []
    target = "tags" if wide > 1 else None
    return Table(
        columns,
        path.name,
        path.parent,
        target=target,
        notes=tuple(notes),
        rows=np.array(lines[: len(sentences)]),
    )
