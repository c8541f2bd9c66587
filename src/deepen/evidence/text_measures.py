"""How good written answers are: token F1, exact matches and the character error rate.

Letters: n rows, m measures, r resamples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepen.errors import DataError
from deepen.evidence.intervals import percentile, replicates, wilson
from deepen.records import Measure, Score

__all__ = ["edits", "text_score"]

Rows = Sequence[Sequence[str]]


def text_score(
    sources: Rows, truth: Rows, answers: Rows, *, aligned: bool, part: str = "test", seed: int = 0
) -> Score:
    """Measure answers against the truth.

    Parameters
    ----------
    sources, truth, answers
        The items of each row; where ``aligned``, the items of the three belong to each other.
    part, seed
        What is scored; the seed of the bootstrap.

    Returns
    -------
    Score
        ``exact_match``, the share of rows that are right as a whole; ``character_error_rate``, the edits that
        would mend the answers over the length of the truth. Where aligned, before them ``token_f1`` with
        ``token_precision`` and ``token_recall``: over items that were changed, or had to be, without regard to
        capitals; an item changed into nothing counts as none (Baldwin et al. 2015, the W-NUT shared task).

    Examples
    --------
    >>> score = text_score([["u", "r", "late"]], [["you", "are", "late"]], [["you", "r", "late"]], aligned=True)
    >>> score["token_precision"].value, score["token_recall"].value, score["exact_match"].value
    (1.0, 0.5, 0.0)
    """
    if not len(truth):
        raise DataError("there is nothing to score", where=part, allowed="one row or more", came="none")
    if not len(sources) == len(truth) == len(answers):
        raise DataError(
            "not as many answers as questions", where=part, came=f"{len(answers)} for {len(truth)}"
        )
    n = len(truth)
    rows = zip(sources, truth, answers, strict=True)
    sums = np.array([_sums(*row) if aligned else (0, 0, 0, *_whole(*row[1:])) for row in rows], np.float64).T
    values = _figures(sums.sum(1, keepdims=True))[:, 0]
    drawn = replicates(lambda weights: _figures(sums @ weights), n, seed=seed)  # (m, R)
    found: dict[str, Measure] = {}
    for name, value, row in zip(_NAMES, values.tolist(), drawn, strict=True):
        if not aligned and name.startswith("token"):
            continue
        if name == "exact_match":
            found[name] = Measure(name, value, *wilson(round(value * n), n), "wilson", n)
            continue
        low, high = percentile(row, n) if n > 1 else (value, value)
        if not np.isfinite(low):
            low, high = value, value
        found[name] = Measure(name, value, min(low, value), max(high, value), "bootstrap", n)
    return Score(found, part=part)


_NAMES = ("token_f1", "token_precision", "token_recall", "exact_match", "character_error_rate")


def _sums(source: Sequence[str], truth: Sequence[str], answer: Sequence[str]) -> tuple[int, ...]:
    """One row's counts: changed rightly, changed, to be changed; then those of the row as a whole."""
    if not len(source) == len(truth) == len(answer):
        raise DataError(
            "rows of different length", came=f"{len(source)}, {len(truth)} and {len(answer)} items"
        )
    right = changed = wanted = 0
    for s, t, a in zip(*([item.lower() for item in row] for row in (source, truth, answer)), strict=True):
        did = a != s and bool(a.strip())
        changed += did
        wanted += t != s and bool(t.strip())
        right += did and a == t
    return right, changed, wanted, *_whole(truth, answer)


def _whole(truth: Sequence[str], answer: Sequence[str]) -> tuple[int, int, int, int]:
    """Whether the row is right, 1, the edits, and the length of the truth."""
    t, a = (" ".join(item for item in row if item) for row in (truth, answer))
    return int(list(truth) == list(answer)), 1, edits(a, t), max(1, len(t))


def _figures(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the sums (7, r) to the measures (5, r); where nothing was or had to be changed, F1 is 0."""
    right, changed, wanted, exact, rows, mended, length = sums
    return np.stack(
        [
            2 * right / np.maximum(changed + wanted, 1),
            right / np.maximum(changed, 1),
            right / np.maximum(wanted, 1),
            exact / rows,
            mended / length,
        ]
    )


def edits(one: str, other: str) -> int:
    """How many insertions, deletions and replacements turn one text into the other (Levenshtein 1966).

    Myers 1999, "A fast bit-vector algorithm for approximate string matching", as Hyyrö 2003 gives it: a column of
    the table of distances is held as two whole numbers, of the places where it grows and where it falls.

    Examples
    --------
    >>> edits("kitten", "sitting"), edits("", "abc")
    (3, 3)
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    mask, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, distance = mask, 0, len(one)
    for letter in other:
        same = places.get(letter, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        grows = down | (~(diagonal | up) & mask)
        falls = up & diagonal
        distance += bool(grows & last) - bool(falls & last)
        grows = (grows << 1 | 1) & mask
        falls = (falls << 1) & mask
        same |= down
        up = falls | (~(same | grows) & mask)
        down = grows & same
    return distance
