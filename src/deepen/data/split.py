"""Split rows into training, validation and test part, honestly.

What must stay together does: rows of one group, and rows whose inputs are the same. Shares of the classes are
kept. Parts that the source gives are kept too; a training row that also stands in a held-out part is left
out.

Legend: N rows, U units (rows that must stay together).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from deepen.config import between
from deepen.errors import DataError

__all__ = ["Split", "split"]

# Above this share of the training rows, inputs that stand in a held-out part too are not copies: few values make
# them alike (assumed).
_MOST_COPIES = 0.2
_IN_WORDS = {"train": "training", "valid": "validation"}
_MOST_VALID = (
    5000  # more rows than this hardly sharpen the choice of the best weights (1 % at an error of 10 %)
)


@dataclass(frozen=True, eq=False)
class Split:
    """The rows of each part, and what was done to keep them apart.

    Parameters
    ----------
    train, valid, test
        Row numbers, ascending, of which none is in two parts.
    how
        How it was split, in words.
    notes
        A sentence for each thing that was mended: duplicates held together or left out.
    """

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    how: str = ""
    notes: tuple[str, ...] = ()

    def without(self, rows: set[int]) -> Split:
        """Leave out some rows, as those that could not be read."""
        gone = np.array(sorted(rows), dtype=np.int64)
        train, valid, test = (part[~np.isin(part, gone)] for part in (self.train, self.valid, self.test))
        return replace(self, train=train, valid=valid, test=test)


def split(
    usable: np.ndarray,
    *,
    hashes: np.ndarray,
    seed: int,
    strata: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
    parts: np.ndarray | None = None,
    test_share: float = 0.2,
    valid_share: float = 0.15,
) -> Split:
    """Split the usable rows.

    Parameters
    ----------
    usable
        (N,) bool: rows that may stand in a part at all.
    hashes
        (N,) a hash of each row's inputs; equal ones are duplicates.
    strata
        (N,) codes whose shares each part keeps: the classes, or the target in steps.
    groups
        (N,) codes of what must stay together.
    times
        (N,) numbers to order by: the latest rows become the test part.
    parts
        (N,) ``train``, ``valid`` or ``test``, as the source gives them.
    test_share, valid_share
        Of all rows the test part's share, and of the others the validation part's; where one is 0 that part is
        empty, unless it is given.

    Raises
    ------
    SettingError
        If a share is not between 0 and 0.9.
    DataError
        If a part that is wanted would be empty.
    """
    between("--test-share", test_share, 0.0, 0.9)
    between("--valid-share", valid_share, 0.0, 0.9)
    rows = np.flatnonzero(usable)
    strata = np.zeros(len(usable), dtype=np.int64) if strata is None else strata
    units = _units(hashes, groups)
    rng = np.random.default_rng(seed)
    part = np.full(len(usable), "", dtype=object)
    notes: list[str] = []
    part[rows] = "train" if parts is None else parts[rows]
    given = {p for p in ("valid", "test") if (part[rows] == p).any()}
    how = "as given" if given else "stratified" if len(np.unique(strata[rows])) > 1 else "at random"
    if groups is not None and not given:
        how = "by group"
    if not given and test_share == valid_share == 0:
        how = "into one part"
    for name, share in (("test", test_share), ("valid", valid_share)):
        if name in given or share == 0:
            continue
        left = np.flatnonzero(part == "train")
        want = share if name == "test" else min(share, _MOST_VALID / max(1, len(left)))
        if times is not None:
            chosen = _latest(left, times, want)
            how = "by time" if not given else how
        else:
            chosen = _stratified(left, strata, units, want, rng)
        part[chosen] = name
    part, duplicate_notes = _keep_apart(part, hashes, units if times is not None or given else None)
    notes += duplicate_notes + _torn(part, groups)
    found = {p: np.flatnonzero(part == p) for p in ("train", "valid", "test")}
    unwanted = {name for name, share in (("test", test_share), ("valid", valid_share)) if share == 0} - given
    for name, at in found.items():
        if len(at) == 0 and name not in unwanted:
            raise DataError(
                f"the {name} part would be empty",
                came=f"{len(rows)} usable rows",
                mend="More rows are needed, or more groups: those that share equal inputs stay together too.",
            )
    return Split(found["train"], found["valid"], found["test"], how, tuple(notes))


def _units(hashes: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Number what must stay together: equal inputs, and whole groups, and groups joined by equal inputs."""
    same = np.unique(hashes, return_inverse=True)[1]
    if groups is None:
        return same
    from scipy.sparse import coo_matrix  # comes with scikit-learn
    from scipy.sparse.csgraph import connected_components

    group = np.unique(groups, return_inverse=True)[1]
    count = group.max() + 1
    size = count + same.max() + 1
    links = coo_matrix((np.ones(len(group)), (group, count + same)), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][group])


def _torn(part: np.ndarray, groups: np.ndarray | None) -> list[str]:
    """Say how many groups the source's own parts tear apart."""
    if groups is None:
        return []
    inside = part != ""
    pairs = {*zip(groups[inside].tolist(), part[inside].tolist(), strict=True)}
    torn = len(pairs) - len({group for group, _ in pairs})
    return [f"{torn:,} groups stand in more than one of the given parts, which were kept"] if torn else []


def _latest(rows: np.ndarray, times: np.ndarray, share: float) -> np.ndarray:
    """The latest share of the rows; rows of one moment are not torn apart."""
    if np.isnan(times[rows]).any():
        at = int(rows[np.isnan(times[rows])][0])
        raise DataError(
            "the time is missing", where=f"row {at + 1}", mend="Fill it in, or split without --time."
        )
    border = np.quantile(times[rows], 1 - share, method="higher")
    late = rows[times[rows] >= border]
    return np.asarray(late if len(late) < len(rows) else rows[times[rows] > border])


def _stratified(
    rows: np.ndarray, strata: np.ndarray, units: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Choose whole units so that every stratum gives its share, and keeps at least one unit."""
    ids, unit = np.unique(units[rows], return_inverse=True)
    sizes = np.bincount(unit)
    # A unit counts as the rarest of its strata, so that a class in one group alone stays in training.
    codes, code, counts = np.unique(strata[rows], return_inverse=True, return_counts=True)
    rarity = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")  # 0 for the commonest
    rarest = np.zeros(len(ids), dtype=np.int64)
    np.maximum.at(rarest, unit, rarity[code])
    stratum = codes[np.argsort(rarity)][rarest]
    order = rng.permutation(len(ids))
    chosen = np.zeros(len(ids), dtype=bool)
    for code in np.unique(stratum):
        mine = order[stratum[order] == code]
        if len(mine) < 2:
            continue
        want = max(share * sizes[mine].sum(), 1.0)
        # Units of more than twice what is wanted come last, the smallest first: they belong into training, and
        # of the others half is left for the next part.
        huge = sizes[mine] > 2 * want
        if huge.any():
            want = max(1.0, min(want, sizes[mine][~huge].sum() / 2))
        mine = mine[np.argsort(np.where(huge, sizes[mine], 0), kind="stable")]
        reached = np.cumsum(sizes[mine])
        # A unit is taken while that brings the sum nearer to what is wanted; the last one always stays.
        take = reached - sizes[mine] / 2 <= want
        take[0] = True
        take[-1] = False
        chosen[mine[take]] = True
    if not chosen.any() and len(ids) > 1:
        # No stratum has two units: take the smallest unit, of the commonest stratum.
        chosen[order[np.lexsort((rarest[order], sizes[order]))[0]]] = True
    return np.asarray(rows[chosen[unit]])


def _keep_apart(
    part: np.ndarray, hashes: np.ndarray, units: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """Count duplicates; where parts are not made of whole units, leave out training rows held out."""
    notes = []
    inside = part != ""
    repeats = int(inside.sum() - len(np.unique(hashes[inside])))
    if repeats and units is None:
        notes.append(f"{repeats:,} rows repeat the inputs of another row: each such set stands in one part")
    if units is None:
        return part, notes
    for held, other in (("test", "train"), ("test", "valid"), ("valid", "train")):
        mine = part == other
        again = mine & np.isin(hashes, hashes[part == held])
        if again.sum() > _MOST_COPIES * mine.sum():
            notes.append(
                f"{int(again.sum()):,} rows of the {other} part have the inputs of a row of the {held} part: so many"
                " that they are taken to be alike, not copies, and were kept"
            )
        elif again.any():
            part = np.where(again, "", part)
            notes.append(
                f"{int(again.sum()):,} {_IN_WORDS[other]} rows were left out: the {held} part holds the same inputs"
            )
    return part, notes
