"""Rows that stand in the data twice: the same inputs, or nearly the same; worst where they stand in two parts.

Legend: N rows, P pairs, D features.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from deepen.checking.checked import PARTS, Checked
from deepen.data.kinds.text import Texts
from deepen.evidence.aligned import NEAR, aligned, grey, spectra
from deepen.evidence.near import Neighbours, close_pairs, nearest
from deepen.evidence.shingles import alike
from deepen.findings import Finding

__all__ = ["exact", "near"]

_MOST_COPIES = 0.2  # of the rows; where more repeat, few values make them alike, as in the split (assumed)
_CHUNK = 1024  # rows looked at between two looks at the clock
_DIGITS = 3  # significant ones by which numbers are nearly the same (assumed)
_MOST_ROWS = 12  # of one finding that are named
Tell = Callable[[int, int], None]


def exact(checked: Checked) -> Iterator[Finding]:
    """Find rows with the same inputs: across parts, within one, and under different labels."""
    yield from _same(checked, checked.hashes, "duplicate", "have the same inputs")


def near(
    checked: Checked, seconds: float, tell: Tell, net: np.ndarray | None = None
) -> Iterator[Finding | str]:
    """Find rows with nearly the same inputs, and say in a sentence what was not looked at.

    Parameters
    ----------
    seconds
        For all of it: rows of the test part are looked at first.
    tell
        Is told how many rows are done.
    net
        (N, D) a trained net's own features, by which pictures, sound and series are compared too.
    """
    until = time.monotonic() + seconds
    rows = checked.rows
    found: dict[tuple[int, int], tuple[float, str]] = {}
    if checked.is_tabular():
        yield from _same(checked, _rounded(checked), "near duplicate", f"are alike to {_DIGITS} digits", 0.9)
        return
    stored = checked.examples.preparation.stored
    share = seconds / (len(stored) + (net is not None))
    # Without copies, which were found already: they would be one another's neighbours.
    single = rows[np.sort(np.unique(checked.hashes[rows], return_index=True)[1])]
    for name, kind in stored.items():
        end = min(until, time.monotonic() + share)
        array = checked.examples.arrays[name]
        if kind.name == "text":
            column = checked.table[name.removeprefix("text ")]
            pairs, overlaps = alike(Texts(column, checked.table.where).some(single))
            done, closeness = len(single), [f"{100 * o:.0f} % of their passages" for o in overlaps]
            strength = overlaps
        elif kind.name == "image":
            pairs, shares, done = _pictures(array, single, end, tell)
            strength, closeness = 1 - shares, [f"a distance {s:.2f} of the usual one" for s in shares]
        else:
            pairs, shares, done = _vectors(checked.plain(name)[single], end, tell)
            strength, closeness = 1 - shares, [f"a distance {s:.2f} of the usual one" for s in shares]
        _keep(found, single, pairs, strength, closeness)
        if done < len(single):
            yield f"near duplicates were looked for among {done:,} of {len(single):,} rows: more need more minutes"
    if net is not None:
        unit = net[single] / np.maximum(np.linalg.norm(net[single], axis=1, keepdims=True), 1e-9)
        pairs, shares, _ = _vectors(unit, until + share, tell, whiten=False)
        closeness = [f"the net sees a distance {s:.2f} of the usual one" for s in shares]
        _keep(found, single, pairs, 1 - shares, closeness)
    yield from _near_findings(checked, found)


def _keep(
    found: dict[tuple[int, int], tuple[float, str]],
    rows: np.ndarray,
    pairs: np.ndarray,
    strength: np.ndarray,
    closeness: list[str],
) -> None:
    for (a, b), strong, how in zip(pairs.tolist(), strength.tolist(), closeness, strict=True):
        pair = (int(rows[a]), int(rows[b]))
        if strong > found.get(pair, (-1.0, ""))[0]:
            found[pair] = (strong, how)


def _pictures(
    array: np.ndarray, rows: np.ndarray, end: float, tell: Tell
) -> tuple[np.ndarray, np.ndarray, int]:
    pictures = np.concatenate([grey(array[rows[at : at + 4096]]) for at in range(0, len(rows), 4096)])
    features = spectra(pictures)
    found, done = [], 0
    while done < len(rows) and (done == 0 or time.monotonic() < end):
        some = np.arange(done, min(done + _CHUNK, len(rows)))
        found.append(aligned(pictures, nearest(features, some)))
        done += len(some)
        tell(done, len(rows))
    return *close_pairs(_joined(found), len(rows), NEAR), done


def _vectors(
    features: np.ndarray, end: float, tell: Tell, *, whiten: bool = True
) -> tuple[np.ndarray, np.ndarray, int]:
    if whiten:
        features = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-6)
    found, done = [], 0
    while done < len(features) and (done == 0 or time.monotonic() < end):
        some = np.arange(done, min(done + _CHUNK, len(features)))
        found.append(nearest(features, some))
        done += len(some)
        tell(done, len(features))
    return *close_pairs(_joined(found), len(features)), done


def _joined(found: list[Neighbours]) -> Neighbours:
    return Neighbours(
        *(np.concatenate([getattr(f, name) for f in found]) for name in ("rows", "ids", "distances"))
    )


def _rounded(checked: Checked) -> np.ndarray:
    """Hash rows by their encoded numbers, rounded, and their categories: (N,)."""
    from deepen.checking.facets import facets

    total = np.zeros(len(checked.table), dtype=np.int64)
    for facet in facets(checked):
        if not facet.given:
            continue
        values = facet.values
        if not facet.codes:
            size = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(values), 1e-300))) - _DIGITS + 1)
            values = np.round(values / size) * size
        _, codes = np.unique(np.round(values, 12), return_inverse=True)
        _, total = np.unique(total * (codes.max() + 1) + codes, return_inverse=True)
    return total


def _same(
    checked: Checked, keys: np.ndarray, kind: str, how: str, strength: float = 1.0
) -> Iterator[Finding]:
    """Group rows by their keys, and tell of each group of two or more."""
    rows = checked.rows
    _, unit, counts = np.unique(keys[rows], return_inverse=True, return_counts=True)
    repeats = int((counts - 1).sum())
    if repeats > _MOST_COPIES * len(rows):
        text = f"{repeats:,} of {len(rows):,} rows {how} as another: so many that few values make them alike"
        yield Finding(kind, 0.1, text, figures={"rows": float(repeats)})
        return
    order = np.argsort(unit, kind="stable")
    for group in np.split(rows[order], np.cumsum(counts)[:-1]):
        # Of rows that are nearly the same, those that are wholly so were told of already.
        if len(group) > 1 and (kind == "duplicate" or len(np.unique(checked.hashes[group])) > 1):
            yield _finding(checked, np.sort(group), kind, f"{len(group)} rows {how}", strength)


def _near_findings(checked: Checked, found: dict[tuple[int, int], tuple[float, str]]) -> Iterator[Finding]:
    if not found:
        return
    from scipy.sparse import coo_matrix  # comes with scikit-learn
    from scipy.sparse.csgraph import connected_components

    pairs = np.array(list(found))
    size = len(checked.table)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    group = connected_components(links, directed=False)[1]
    of_group: dict[int, list[tuple[int, int]]] = {}
    for a, b in found:
        of_group.setdefault(int(group[a]), []).append((a, b))
    for members in of_group.values():
        hashes = np.unique(checked.hashes[np.unique(np.array(members))])
        rows = checked.rows[np.isin(checked.hashes[checked.rows], hashes)]  # with the whole copies of each
        strength, closeness = max(found[pair] for pair in members)
        yield _finding(
            checked, rows, "near duplicate", f"{len(rows)} rows are nearly the same: {closeness}", strength
        )


def _finding(checked: Checked, rows: np.ndarray, kind: str, text: str, strength: float) -> Finding:
    rows = np.array(sorted(rows.tolist(), key=lambda row: (PARTS.index(checked.part[row]), row)))
    parts = tuple(checked.part[rows].tolist())
    across = len(set(parts)) > 1
    labels = None if checked.labels is None else set(checked.labels[rows].tolist())
    torn = labels is not None and len(labels - {-1}) > 1
    severity = 0.15 + 0.05 * strength
    exactly = kind == "duplicate"
    if across:
        kind = f"{kind} across parts"
        severity = 0.7 + 0.1 * strength + 0.1 * ("test" in parts)
        text += f", in {' and '.join(dict.fromkeys(parts))}"
    elif torn and exactly:
        kind, severity = "conflicting labels", 0.65
    if torn:
        text += ", under different labels"
    some = rows[:_MOST_ROWS].tolist()
    return Finding(
        kind, severity, text, tuple(rows.tolist()), tuple(map(checked.where, some)), parts,
        tuple(map(checked.shown, some)), figures={"rows": float(len(rows)), "likeness": float(strength)},
    )  # fmt: skip
