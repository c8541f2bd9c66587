"""Signals over time: encoded as standardised steps, gaps filled and marked, ends marked.

Legend: N rows, B examples in a batch, T steps, C channels measured, C' channels of the net, D plain features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from deepen.data.columns import Column, is_series, is_text
from deepen.data.exhibits import signal
from deepen.data.gaps import filled
from deepen.data.kinds.augmentation import Augmentation, Draw
from deepen.data.kinds.series_batch import varied
from deepen.data.kinds.signals import Signals
from deepen.data.kinds.stored import by_blocks
from deepen.data.lists import nested, written
from deepen.data.moments import Moments
from deepen.data.table import Table
from deepen.shapes import Sequence

__all__ = ["Series"]

_COVER = 99.0  # per cent of the series that are kept whole, as far as the limit below allows (assumed)
_LONGEST = 10_000  # steps kept of one series: reading more costs time (assumed)
_PLAIN = 256  # numbers of a channel that a linear model gets: ECG5000's 140 stay whole (assumed)
_FURTHEST = 1e4  # deviations: what lies further out is brought there, so that floats stay finite (assumed)
_VALUES = 2**22  # read at a time: 32 MiB of float64


@dataclass(frozen=True)
class Series:
    """A column of signals, or columns that are one signal together, as fitted on the training part.

    Encoded as float32 (N, T, C'): the C channels standardised, what is missing between two values interpolated
    and what is missing at an end held; then a 1 at each missing value of a channel that misses any; and, where
    lengths differ, a last channel that is 1 on own steps, with 0 everywhere behind the end (see
    :class:`~deepen.shapes.Sequence`). What is missing up to the last step counts as behind the end.

    Parameters
    ----------
    longest
        T. A longer series keeps its beginning.
    mean, std
        Of each channel, over own steps.
    marks
        Which channels had missing values.
    ragged
        Whether lengths differ.
    block
        The columns, where they are one signal together.
    cut
        How many series of the training part were longer than T.
    """

    longest: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    marks: tuple[bool, ...]
    ragged: bool
    block: tuple[str, ...] = ()
    cut: int = 0

    name: ClassVar[str] = "series"
    things: ClassVar[str] = "series"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds series, or None if it does not."""
        if isinstance(column, np.ndarray):
            if not is_series(column):
                return None
            T, C = column.shape[1:]
            return f"series of {T} steps" + (f", {C} channels" if C > 1 else "")
        if nested(column):
            return "lists of numbers"
        if is_text(column):
            some = [text for text in column.drop_null().slice(0, 20).to_pylist() if text.strip()]
            return "lists of numbers, as text" if written(some) else None
        return None

    @classmethod
    def fit(cls, signals: Signals, rows: np.ndarray, *, block: tuple[str, ...] = ()) -> Self:
        """Fit on the training part's rows; those that cannot be read are skipped."""
        channels = signals.channels(rows)
        lengths, sums = [], Moments(channels)
        for some in _in_blocks(signals, rows):
            steps = signals.some(some, channels)
            row, at = steps.places
            own = at < steps.lengths[row]
            sums.add(steps.values[own])
            lengths.append(steps.lengths[steps.lengths > 0])
        length = np.concatenate(lengths)
        length = length if len(length) else np.ones(1, dtype=np.int64)
        longest = min(_LONGEST, int(np.percentile(length, _COVER, method="higher")))
        mean, std = sums.mean_and_std()
        return cls(
            longest, tuple(mean.tolist()), tuple(std.tolist()), tuple((sums.missing > 0).tolist()),
            ragged=bool((length < longest).any()), block=block, cut=int((length > longest).sum()),
        )  # fmt: skip

    @property
    def channels(self) -> int:
        """C, which is what was measured; the net gets more where something is marked."""
        return len(self.mean)

    @property
    def shape(self) -> Sequence:
        """What the net gets."""
        return Sequence(self.channels + sum(self.marks) + self.ragged, self.longest, self.ragged)

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        """What the net gets, of full length."""
        return "float32", (self.longest, self.shape.c)

    @property
    def encoding(self) -> dict[str, Any]:
        """All that is fitted decides the array."""
        return self.to_dict()

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns of the block, or the one of its own name."""
        return self.block or (name,)

    def open(self, table: Table, name: str) -> Signals:
        """Get at the signals."""
        return Signals({each: table[each] for each in self.columns(name)}, table.where)

    def ready(self, opened: Signals) -> np.ndarray | None:
        """Series are never standardised already."""
        return None

    def encode_into(
        self,
        opened: Signals,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Fill ``out`` (N, T, C').

        Returns
        -------
        dict
            Row and reason of each that could not be read; its steps stay zero.
        """
        bad: dict[int, str] = {}
        for rows in _in_blocks(opened, np.arange(len(out)), at_least=self.longest * out.shape[2]):
            if stop():
                break
            steps = opened.some(rows, self.channels)
            lengths = np.minimum(steps.lengths, self.longest)
            out[rows] = self.encoded(steps.padded(self.longest), lengths)
            out[rows[list(steps.bad)]] = 0
            bad |= {int(rows[at]): why for at, why in steps.bad.items()}
            progress(int(rows[-1]) + 1, len(out))
        return bad

    def encoded(self, values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Standardise, fill and mark (B, T, C) of these lengths: (B, T, C')."""
        own = np.ones(values.shape[:2], dtype=bool)  # (B, T)
        if self.ragged:
            own = np.arange(values.shape[1]) < lengths[:, None]
        scaled = ((values - np.array(self.mean)) / np.array(self.std)).clip(-_FURTHEST, _FURTHEST)
        marked = np.isnan(values)[..., list(self.marks)]
        parts = [filled(scaled, own), marked & own[..., None], *([own[..., None]] if self.ragged else [])]
        return np.concatenate([part.astype(np.float32) for part in parts], axis=2)

    def with_statistics(self, array: np.ndarray, rows: np.ndarray) -> Series:
        """Nothing is fitted on encoded series."""
        return self

    def to_net(
        self,
        values: Tensor,
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> Tensor:
        """Give series (B, T, C'), cut where the longest of them ends; varied, if it is said how."""
        if self.ragged:
            values = values[:, : max(1, int(values[..., -1].sum(1).max()))]
        if how is not None and generator is not None and (how.speed or how.gain or how.noise):
            draw = Draw(len(values), rows, generator, values.device)
            values = varied(values, self.channels, how, draw, ragged=self.ragged)
        return values

    def lengths(self, array: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        """How many steps each of some series has: (M,); None where all are alike."""
        if not self.ragged:
            return None
        return by_blocks(lambda values: values[..., -1].sum(axis=1).astype(np.int64), array, rows)

    def plain(self, values: np.ndarray) -> np.ndarray:
        """The channels, averaged over neighbouring steps to at most 256 numbers each, and what they span: (B, D).

        Beside the steps stand mean, deviation, least and largest of the own steps, and the length where it differs.
        """
        B, T, _ = values.shape
        x = values[..., : self.channels].astype(np.float32)
        own = values[..., -1:] > 0.5 if self.ragged else np.ones((B, T, 1), dtype=bool)  # (B, T, 1)
        count = own.sum(axis=1).clip(1)  # (B, 1)
        mean = x.sum(axis=1) / count
        deviation = np.sqrt((np.square(x - mean[:, None]) * own).sum(axis=1) / count)
        lowest, highest = np.where(own, x, np.inf).min(axis=1), np.where(own, x, -np.inf).max(axis=1)
        spans = [np.where(np.isfinite(v), v, 0) for v in (mean, deviation, lowest, highest)]
        k = -(-T // _PLAIN)
        room = np.zeros((B, -(-T // k) * k, self.channels), dtype=np.float32)
        room[:, :T] = x
        averaged = room.reshape(B, -1, k, self.channels).mean(axis=2).reshape(B, -1)
        length = [count / self.longest] if self.ragged else []
        return np.concatenate([averaged, *spans, *length], axis=1).astype(np.float32)

    def show(self, opened: Signals, values: np.ndarray) -> dict[str, Any]:
        """The steps (T, C) in their own units, as the source has them."""
        steps = opened.some(np.array([0]), self.channels)
        return signal(steps.padded(max(1, min(self.longest, int(steps.lengths[0]))))[0])

    def __str__(self) -> str:
        text = f"{'up to ' if self.ragged else ''}{self.longest:,} steps"
        text += f" of {self.channels} channels" if self.channels > 1 else ""
        text += f", from {len(self.block)} columns" if self.block else ""
        text += "; gaps are filled and marked" if any(self.marks) else ""
        return text + (f"; {self.cut:,} longer ones lose their end" if self.cut else "")

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, **{name: tuple(data[name]) for name in ("mean", "std", "marks", "block")}})


def _in_blocks(signals: Signals, rows: np.ndarray, at_least: int = 1) -> list[np.ndarray]:
    """Divide rows in blocks that fit in memory, by the values that a row takes."""
    count = -(-len(rows) * max(signals.width, at_least) // _VALUES)
    return [part for part in np.array_split(rows, max(1, count)) if len(part)]
