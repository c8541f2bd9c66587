"""Texts that share most of their passages: shingles compared by MinHash, and the candidates exactly.

Case, punctuation and blanks do not count. A text is the set of its runs of five characters (Broder 1997, "On the
resemblance and containment of documents"); texts that agree in a band of their least hash values are compared, and
those whose sets overlap by more than a share, intersection over union, are alike.

Legend: N texts, S shingles of all texts, P pairs, B bands of R hash values each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

__all__ = ["LEAST", "LENGTH", "alike", "normal"]

LENGTH = (
    5  # characters of a shingle: three are shared by chance, nine seldom survive a changed word (assumed)
)
_BANDS, _IN_BAND = 32, 3  # finds an overlap of 0.5 with a chance of 98.6 % (1 - (1 - 0.5^3)^32)
LEAST = 0.5
"""The overlap from which on texts are alike (measured on SMS: of pairs between 0.5 and 0.6, 94 % are alike by their
longest common passages too; between 0.4 and 0.5, 79 %)."""

_MOST = 4000  # characters of a text that are compared: time grows with them (assumed)
_CROWD = 40  # texts in one band that are compared pair by pair; of more each is compared with the next
_PRIME = np.uint64(1_099_511_628_211)
_GAP = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """Bring a text to what counts of it: small letters and digits, in words parted by one blank.

    Examples
    --------
    >>> normal("  WIN £100 -- now!! ")
    'win 100 now'
    """
    return _GAP.sub(" ", unicodedata.normalize("NFKC", text[:_MOST]).casefold()).strip()


def alike(texts: Sequence[str], least: float = LEAST, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Find pairs of texts whose shingles overlap.

    Parameters
    ----------
    texts
        As they are; those without a letter or digit are like no other.
    least
        The overlap from which on two are alike, from 0 to 1.

    Returns
    -------
    pairs, overlaps
        (P, 2) places of texts, the smaller one first, the most alike first; and (P,) their overlaps.

    Examples
    --------
    >>> pairs, overlaps = alike(["Call me when you are home", "see you", "CALL ME, when you are home!"])
    >>> pairs.tolist(), overlaps.tolist()
    ([[0, 2]], [1.0])
    """
    sets = _shingles([normal(text) for text in texts])
    pairs = _candidates(sets, seed)
    overlaps = np.array([_overlap(sets[a], sets[b]) for a, b in pairs.tolist()])
    keep = overlaps >= least if len(pairs) else np.zeros(0, dtype=bool)
    pairs, overlaps = pairs[keep], overlaps[keep]
    best = np.argsort(-overlaps, kind="stable")
    return pairs[best], overlaps[best]


def _shingles(texts: list[str]) -> list[np.ndarray]:
    """Hash the shingles of each text, each once; a text shorter than one is a shingle itself."""
    raw = [text.encode("utf-8") for text in texts]
    raw = [bytes(each.ljust(LENGTH, b"\x00")) if each else b"" for each in raw]
    ends = np.cumsum([len(each) for each in raw])
    letters = np.frombuffer(b"".join(raw), np.uint8).astype(np.uint64)
    hashes = np.zeros(max(0, len(letters) - LENGTH + 1), dtype=np.uint64)
    for at in range(LENGTH):
        hashes = (hashes ^ letters[at : at + len(hashes)]) * _PRIME
    hashes = _mixed(hashes)
    return [
        np.unique(hashes[end - len(each) : end - LENGTH + 1]) if each else hashes[:0]
        for each, end in zip(raw, ends.tolist(), strict=True)
    ]


def _mixed(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _candidates(sets: list[np.ndarray], seed: int) -> np.ndarray:
    """Pairs that agree in all the least hash values of one band: (P, 2)."""
    some = np.array([at for at, each in enumerate(sets) if len(each)], dtype=np.int64)
    if len(some) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    joined = np.concatenate([sets[at] for at in some])
    starts = np.cumsum([0, *(len(sets[at]) for at in some[:-1])])
    salts = np.random.default_rng(seed).integers(1, 2**63, size=_BANDS * _IN_BAND, dtype=np.uint64)
    found: list[np.ndarray] = []
    for band in range(_BANDS):
        key = np.zeros(len(some), dtype=np.uint64)
        for salt in salts[band * _IN_BAND : (band + 1) * _IN_BAND]:
            key = _mixed(key * _PRIME + np.minimum.reduceat(_mixed(joined ^ salt), starts))
        found.append(some[_same(key)])
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _same(key: np.ndarray) -> np.ndarray:
    """Pairs of places with the same key: (P, 2)."""
    order = np.argsort(key, kind="stable")
    borders = np.flatnonzero(np.diff(key[order])) + 1
    found = []
    for group in np.split(order, borders):
        if 1 < len(group) <= _CROWD:
            at, other = np.triu_indices(len(group), 1)
            found.append(np.stack([group[at], group[other]], axis=1))
        elif len(group) > _CROWD:
            found.append(np.stack([group[:-1], group[1:]], axis=1))
    return np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(1, len(a) + len(b) - both)
