"""Columns that teach nothing, or too much: constant, duplicate, identifier-like, giving the target away.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from deepen.data.columns import codes_of
from deepen.data.kinds.number import parse
from deepen.data.schema import ColumnPlan
from deepen.data.table import Table

__all__ = ["look"]

_GIVES_AWAY = 0.995  # share of rows whose class one column tells by itself (assumed)
_BINS = 64
_IN_BIN = 8  # rows for each bin at least: fewer agree by chance (assumed)
_UNBALANCED = 10.0  # the commonest class to the rarest, from where on it is worth a word (assumed)


def look(
    table: Table, plans: Sequence[ColumnPlan], task: str, targets: tuple[str, ...], *, kept: Sequence[str]
) -> tuple[list[ColumnPlan], list[str]]:
    """Go through the inputs, leave out the useless ones, and warn of the ones that know too much.

    Returns
    -------
    plans, warnings
        The plans with some inputs turned to ``left out``; and a sentence for each warning.
    """
    plans = list(plans)
    warnings: list[str] = []
    answer = _answer(table, task, targets)
    seen: dict[bytes, str] = {}
    for at, plan in enumerate(plans):
        if plan.role != "input" or plan.kind not in ("number", "category"):
            continue
        codes, known = _coded(table, plan)
        distinct, ordered = len(known), plan.kind == "number"
        why = _useless(plan, codes, known, seen)
        if not why and answer is not None and _same(codes, distinct, answer):
            why = "the target itself, written another way"
        if why and plan.name not in kept:
            plans[at] = replace(plan, role="left out", why=f"{why}; --keep {plan.name} to use it")
        elif not why and answer is not None:
            share = _told_by(codes, distinct, ordered, answer)
            if share >= _GIVES_AWAY:
                warnings.append(
                    f"column {plan.name!r} gives the target away: by itself it tells {share:.1%} of the rows;"
                    f" if it is not known before the target is, use --drop {plan.name}"
                )
    if task in ("two classes", "many classes") and answer is not None:
        warnings += _imbalance(table, targets[0])
    return plans, warnings


def _answer(table: Table, task: str, targets: tuple[str, ...]) -> np.ndarray | None:
    """The target as codes, -1 for missing; a number as its rank in some steps; None for several labels."""
    if task == "several labels" or not targets:
        return None
    if task == "number":
        values = parse(table[targets[0]], targets[0], table.where)
        return _binned(values)
    return codes_of(table[targets[0]])[0]


def _coded(table: Table, plan: ColumnPlan) -> tuple[np.ndarray, np.ndarray]:
    """Number the values, -1 for missing: (N,); and the distinct ones, those of numbers ascending."""
    column = table[plan.name]
    if plan.kind == "category":
        codes, count = codes_of(column)
        return codes, np.arange(count)
    values = parse(column, plan.name, table.where)
    known, codes = np.unique(values, return_inverse=True)
    return np.where(np.isnan(values), -1, codes), known[~np.isnan(known)]


def _useless(plan: ColumnPlan, codes: np.ndarray, known: np.ndarray, seen: dict[bytes, str]) -> str:
    if len(known) <= 1 and (codes >= 0).all():
        return "constant"
    if _identifies(plan, codes, known):
        return "identifier-like: every value is its own"
    content = plan.kind.encode() + _content(plan.kind, codes, known)
    if content in seen:
        return f"a duplicate of {seen[content]!r}"
    seen[content] = plan.name
    return ""


def _content(kind: str, codes: np.ndarray, known: np.ndarray) -> bytes:
    """What two columns have in common if one is the other with other names, or in another unit."""
    if kind == "category" or len(known) < 2:
        return codes.astype(np.int64).tobytes()
    parts = known / np.abs(known).max()
    parts = np.append((parts - parts[0]) / (parts[-1] - parts[0]), -1.0)  # the last one for missing values
    return bytes(parts.round(9)[codes].tobytes())


def _identifies(plan: ColumnPlan, codes: np.ndarray, known: np.ndarray) -> bool:
    """Names or counters of which every row has its own; measurements may be all different too."""
    if len(codes) < 20 or len(known) < 0.95 * len(codes):
        return False
    if plan.kind == "category":
        return True
    name = plan.name.lower()
    # 1, 2, 3, ... in any order. A measurement by which the table is sorted has other steps.
    counts_up = len(known) == len(codes) and bool((np.diff(known) == 1).all())
    return counts_up or name in ("id", "index", "uuid", "row") or name.endswith(("_id", " id"))


def _same(codes: np.ndarray, distinct: int, answer: np.ndarray) -> bool:
    """Whether codes and answer are one to one."""
    if distinct != len(np.unique(answer[answer >= 0])) or (codes < 0).any():
        return False
    pairs = np.unique(np.stack([codes, answer]), axis=1).shape[1]
    return bool(pairs == distinct)


def _told_by(codes: np.ndarray, distinct: int, ordered: bool, answer: np.ndarray) -> float:
    """The share of rows whose answer is the commonest one of their value; 0 where values recur too seldom."""
    rows = answer >= 0
    if distinct > _bins(len(codes)):
        if not ordered:
            return 0.0
        codes = _binned(np.where(codes < 0, np.nan, codes).astype(np.float64), answer)
    cell = (codes[rows] + 1) * (answer.max() + 1) + answer[rows]
    _, at, counts = np.unique(cell, return_index=True, return_counts=True)
    best: dict[int, int] = {}
    for value, count in zip((codes[rows] + 1)[at].tolist(), counts.tolist(), strict=True):
        best[value] = max(best.get(value, 0), count)
    told = sum(best.values()) / max(1, int(rows.sum()))
    common = np.bincount(answer[rows]).max() / max(1, int(rows.sum()))
    # Where nearly all rows are of one class, any column tells nearly all of them.
    return float(told) if told > 1 - 0.2 * (1 - common) else 0.0


def _bins(rows: int) -> int:
    return max(2, min(_BINS, rows // _IN_BIN))


def _binned(values: np.ndarray, answer: np.ndarray | None = None) -> np.ndarray:
    edges = np.nanquantile(values, np.linspace(0, 1, _bins(len(values)) + 1)[1:-1])
    if answer is not None:
        # And where the answers would part if the values told them: there a step must not hold two.
        known = np.flatnonzero((answer >= 0) & ~np.isnan(values))
        known = known[np.argsort(values[known], kind="stable")]
        sizes = np.bincount(answer[known])
        places = np.bincount(answer[known], weights=np.arange(len(known))) / np.maximum(1, sizes)
        last = np.cumsum(sizes[np.argsort(places, kind="stable")])[:-1]
        edges = np.append(edges, values[known][last[last < len(known)]])
    edges = np.unique(edges)
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))


def _imbalance(table: Table, target: str) -> list[str]:
    column = table[target]
    codes, count = codes_of(column)
    sizes = np.bincount(codes[codes >= 0], minlength=count)
    if sizes.max() < _UNBALANCED * sizes.min():
        return []
    return [
        f"the classes are unbalanced, {sizes.max():,} to {sizes.min():,}: the split keeps their shares,"
        " balanced accuracy and macro F1 stand beside accuracy, and --balance makes every class count alike"
        " in training"
    ]
