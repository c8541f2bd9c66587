"""Blocks: columns that stand beside one another and are one signal together, step after step.

Legend: N rows, T columns of a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from deepen.data.columns import take
from deepen.data.kinds.number import parse
from deepen.data.schema import ColumnPlan
from deepen.data.table import Table
from deepen.errors import DataError, SettingError

__all__ = ["gather", "matching", "spread", "verdict"]

_LEAST = 64  # columns of a block that is found without being named (assumed)
_LEAST_ROWS = 10
_LOOK_AT = 2000  # rows
# Measured, as the 5 % quantile of the correlations between neighbouring columns, and as the smoothness: ECG5000
# 0.90 and 0.94, its first 60 rows 0.85 and 0.91. Tables: sonar 0.45 and 0.83 (60 columns), wine -0.58 and -0.09,
# California -0.73 and 0.44, breast cancer 0.03 and -0.02. Pictures in columns: digits -0.01 and 0.26, MNIST 0.00
# and 0.71, Fashion-MNIST 0.53 and 0.74, where each row of pixels ends in a jump.
_CORRELATED, _SMOOTH = 0.65, 0.65
_SCALES = (
    20.0  # the largest deviation of a column to the smallest: ECG5000 7, sonar 43, digits 250 (measured)
)

_NUMBERED = re.compile(r"(.*?)(\d+(?:\.\d+)?)")


def matching(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    """Give the columns that a name, a range of names or a pattern with stars means.

    Examples
    --------
    >>> names = ["age", "x1", "x2", "x3"]
    >>> matching("x1..x3", names), matching("x*", names), matching("age", names), matching("b", names)
    (('x1', 'x2', 'x3'), ('x1', 'x2', 'x3'), ('age',), ())
    """
    if pattern in names:
        return (pattern,)
    first, dots, last = pattern.partition("..")
    if dots and first in names and last in names:
        a, b = sorted((names.index(first), names.index(last)))
        return tuple(names[a : b + 1])
    if "*" not in pattern:
        return ()
    form = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return tuple(name for name in names if form.fullmatch(name))


def spread(
    kinds: Mapping[str, str], names: Sequence[str], others: Sequence[str]
) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Spread the kinds given to patterns over their columns; and give the blocks that are series by hand.

    Parameters
    ----------
    others
        Columns that no pattern means: targets and what is left out.

    Raises
    ------
    SettingError
        If a column is in two blocks.
    """
    single: dict[str, str] = {}
    blocks: list[tuple[str, ...]] = []
    for pattern, kind in kinds.items():
        found = matching(pattern, names)
        if pattern not in names:
            found = tuple(name for name in found if name not in others)
        if kind == "series" and len(found) > 1:
            blocks.append(found)
        else:
            single |= {name: kind for name in found if pattern in names or name not in kinds}
    blocks = [tuple(name for name in block if name not in single) for block in blocks]
    seen: set[str] = set()
    for block in blocks:
        twice = next((name for name in block if name in seen), None)
        if twice is not None:
            raise SettingError(f"column {twice!r} is in two series", where="--kind")
        seen |= set(block)
    return single, [block for block in blocks if block]


def gather(
    table: Table, plans: Sequence[ColumnPlan], named: Sequence[tuple[str, ...]], chosen: Mapping[str, str]
) -> list[ColumnPlan]:
    """Make inputs of numbers that form a signal parts of one series.

    Parameters
    ----------
    named
        Blocks that the user names.
    chosen
        Columns whose kind the user chose: what they stand in is no block.
    """
    place = {name: at for at, name in enumerate(table.names)}
    plans = sorted(plans, key=lambda plan: place[plan.name])
    usable = {plan.name for plan in plans if plan.role == "input"}
    blocks = [(tuple(name for name in block if name in usable), "as named") for block in named]
    taken = {name for block, _ in blocks for name in block}
    for run in _runs(plans, taken):
        why = "" if any(name in chosen for name in run) else verdict(table, run)
        if why:
            blocks.append((run, why))
    blocks = [(block, why) for block, why in blocks if block]
    made: dict[str, tuple[str, str]] = {}
    for number, (block, why) in enumerate(blocks, start=1):
        signal = "signal" if len(blocks) == 1 else f"signal {number}"
        while signal in table.names:
            signal += "_"
        made |= dict.fromkeys(block, (signal, why))
    return [
        replace(plan, kind="series", why=made[plan.name][1], part_of=made[plan.name][0])
        if plan.name in made else plan
        for plan in plans
    ]  # fmt: skip


def _runs(plans: Sequence[ColumnPlan], taken: set[str]) -> Iterator[tuple[str, ...]]:
    """Give the inputs of numbers beside one another whose names are one stem and numbers that rise, or fall."""
    run: list[str] = []
    last: tuple[str, float] | None = None
    rises = 0.0
    for plan in (*plans, None):
        if plan is not None and plan.role == "left out":
            continue  # a column without values does not part its neighbours
        here = None
        if plan is not None and (plan.role, plan.kind) == ("input", "number") and plan.name not in taken:
            match = _NUMBERED.fullmatch(plan.name)
            here = (match[1], float(match[2])) if match else None
        step = here[1] - last[1] if here and last and here[0] == last[0] else 0.0
        if step * rises > 0 or (step and len(run) == 1):
            rises = step
        else:
            if len(run) >= _LEAST:
                yield tuple(run)
            run = []
        if here and plan:
            run.append(plan.name)
        last = here


def verdict(table: Table, names: Sequence[str]) -> str:
    """Say why columns are one signal, or give an empty text: alike in scale, and smooth along each row."""
    rows = np.unique(np.linspace(0, len(table) - 1, _LOOK_AT).astype(np.int64))
    if len(rows) < _LEAST_ROWS:
        return ""
    try:
        x = np.stack([parse(take(table[name], rows), name) for name in names], axis=1)  # (N, T)
    except DataError:
        return ""  # an infinite value is named where the numbers are fitted
    known = ~np.isnan(x)
    count = known.sum(axis=0).clip(1)
    x = np.where(known, x - np.where(known, x, 0).sum(axis=0) / count, 0)  # (N, T), 0 where missing
    deviation = np.sqrt(np.square(x).sum(axis=0) / count)
    spreads = np.sort(deviation[deviation > 0])
    if len(spreads) < 0.95 * len(names):
        return ""
    if np.quantile(spreads, 0.95) > _SCALES * np.quantile(spreads, 0.05):
        return ""
    correlation = _correlations(x, known)
    if np.quantile(correlation, 0.05) < _CORRELATED or _smoothness(x, known) < _SMOOTH:
        return ""
    return f"one signal: neighbours correlate by {np.median(correlation):.2f}"


def _correlations(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """How each column, of mean 0, correlates with the next, over rows that have both: (T - 1,)."""
    both = known[:, 1:] & known[:, :-1]
    a, b = x[:, :-1] * both, x[:, 1:] * both
    size = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    return np.asarray((a * b).sum(axis=0) / np.maximum(size, 1e-300))


def _smoothness(x: np.ndarray, known: np.ndarray) -> float:
    """The correlation of neighbours within a row, its mean taken off: 1 - (x[t+1] - x[t])² / 2 x² (von Neumann 1941).

    Columns that all measure one thing correlate with their neighbours, but no more than with any other.
    """
    mean = x.sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True).clip(1)
    x = (x - mean) * known
    both = known[:, 1:] & known[:, :-1]
    steps = np.square(np.diff(x, axis=1))[both].mean() if both.any() else 0.0
    whole = np.square(x)[known].mean() if known.any() else 0.0
    return float(1 - steps / (2 * whole)) if whole > 0 else 0.0
