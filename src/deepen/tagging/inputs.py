"""Tokens or steps of numbers as arrays that a net reads, piece by piece.

Legend: N rows, P pieces, T steps of the longest, C channels, C' channels of the net, K tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepen.data.kinds import Series
from deepen.data.kinds.signals import Signals
from deepen.data.table import Table
from deepen.tagging.lexicon import Lexicon, Spelled
from deepen.tagging.pieces import Pieces, cut

__all__ = ["Encoded", "Reader", "encode", "fit_steps", "reader_from", "reader_to"]

Reader = Lexicon | Series
"""What is fitted on the training part to read the elements."""

_VALUES = 2**20  # numbers standardised at a time


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows, ready to be read.

    Parameters
    ----------
    x
        (P, T) int32 places of tokens, 0 behind the end; or (P, T, C') float32 steps.
    pieces
        Of which rows they are.
    target
        (P, T) int64 codes of the tags; -1 where nothing is to be answered, or nothing is known.
    spelled
        The tokens by their places; None for steps.
    rows
        N.
    """

    x: np.ndarray
    pieces: Pieces
    target: np.ndarray
    spelled: Spelled | None
    rows: int


def fit_steps(table: Table, name: str, rows: np.ndarray) -> Series:
    """Fit the series' mean, deviation and marks on the training part; ends are always marked."""
    return replace(Series.fit(Signals({name: table[name]}, table.where), rows), ragged=True, cut=0)


def encode(reader: Reader, rows: Sequence[Any], codes: Sequence[np.ndarray] | None = None) -> Encoded:
    """Encode rows of tokens, or of steps (T, C).

    Parameters
    ----------
    codes
        The code of each element's tag, (T,) for each row, where they are known.
    """
    pieces = cut(np.array([len(row) for row in rows], dtype=np.int64))
    spelled = None
    if isinstance(reader, Lexicon):
        found, spelled = reader.spell(rows)
    else:
        found = _standardised(reader, rows)
    x = pieces.lay(found)
    target = np.full(x.shape[:2], -1, np.int64)
    if codes is not None:
        target = pieces.lay([np.asarray(c, np.int64) for c in codes], -1, answered=True)
    return Encoded(x, pieces, target, spelled, len(rows))


def _standardised(series: Series, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Standardise, fill and mark whole rows (T, C): a list of (T, C') float32."""
    found = [np.zeros((0, series.shape.c), np.float32)] * len(rows)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    order = np.argsort(lengths, kind="stable")  # like lengths together: little is padding
    at = 0
    while at < len(order):
        # As many as fit, by the longest of them, which is the last.
        fit = np.arange(1, len(order) - at + 1) * lengths[order[at:]].clip(1) * series.channels
        block = order[at : at + max(1, int((fit <= _VALUES).sum()))]
        longest = max(1, int(lengths[block].max()))
        values = np.full((len(block), longest, series.channels), np.nan)
        for place, row in enumerate(block):
            values[place, : lengths[row]] = rows[row]
        encoded = series.encoded(values, lengths[block])
        for place, row in enumerate(block):
            found[row] = encoded[place, : lengths[row]]
        at += len(block)
    return found


def reader_to(reader: Reader) -> dict[str, Any]:
    """Write as plain data."""
    return {"kind": "words" if isinstance(reader, Lexicon) else "series", **reader.to_dict()}


def reader_from(data: dict[str, Any]) -> Reader:
    """Read back what :func:`reader_to` wrote."""
    fields = dict(data)
    return Lexicon.from_dict(fields) if fields.pop("kind") == "words" else Series.from_dict(fields)
