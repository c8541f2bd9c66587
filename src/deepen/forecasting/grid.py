"""One series laid on an even grid of time: a place for each step, whether the table has a row for it or not.

Legend: R rows of the table, C targets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepen.data.frequency import Frequency

__all__ = ["Block", "Grid"]


@dataclass(frozen=True)
class Block:
    """One series on its grid: the table's row for each step, -1 where there is none."""

    rows: np.ndarray
    dates: np.ndarray
    length: int  # steps from the start to the last known target
    inserted: int
    before: int  # rows before the targets begin


@dataclass(frozen=True)
class Grid:
    """The grid that all series of a table share.

    Parameters
    ----------
    frequency
        Its step.
    dates, values
        Of the table's rows: (R,) and (R, C), NaN where unknown.
    horizon
        Steps that each series goes on beyond its last known value.
    """

    frequency: Frequency
    dates: np.ndarray
    values: np.ndarray
    horizon: int

    def block(self, rows: np.ndarray) -> Block:
        """Lay the rows of one series, in the order of their dates, on the grid."""
        empty = np.zeros(0, dtype=np.int64)
        known = ~np.isnan(self.values[rows])
        if not known.any(axis=0).all():
            return Block(empty, self.dates[:0], 0, 0, 0)
        before = int(np.argmax(np.logical_or.accumulate(known, axis=0).all(axis=1)))
        rows, known = rows[before:], known[before:]
        places = self.frequency.places(self.dates[rows])
        length = int(places[np.flatnonzero(known.any(axis=1))[-1]]) + 1
        total = max(length + self.horizon, int(places[-1]) + 1)
        on_grid = np.full(total, -1, dtype=np.int64)
        on_grid[places] = rows
        dates = self._all_dates(rows, places, total)
        # Beyond the horizon nothing is asked for.
        total = length + self.horizon
        inserted = int((on_grid[:length] < 0).sum())
        return Block(on_grid[:total], dates[:total], length, inserted, before)

    def _all_dates(self, rows: np.ndarray, places: np.ndarray, total: int) -> np.ndarray:
        own = self.dates[rows]
        if self.frequency.regular and not self.frequency.weekdays:
            dates = self.frequency.after(own[0], np.arange(total))
        else:
            dates = np.concatenate(
                [own, self.frequency.after(own[-1], np.arange(1, max(1, total - len(own) + 1)))]
            )
        dates[places] = own
        return dates
