"""Spans named by tags that begin and continue them: B-PER I-PER O.

Legend: T tags of one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["are_spans", "spans"]

_TAG = re.compile(r"[BIESLU]-.+")


def are_spans(tags: Iterable[str]) -> bool:
    """Whether all tags are ``O`` or begin, continue or end a named span, and some do.

    Examples
    --------
    >>> are_spans(["O", "B-PER", "I-PER"]), are_spans(["NOUN", "VERB"]), are_spans(["O"])
    (True, False, False)
    """
    found = set(tags)
    return bool(found - {"O"}) and all(_TAG.fullmatch(tag) for tag in found - {"O"})


def spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Give where each span begins and ends, and its name: those of the CoNLL shared tasks' own measure.

    A span begins at B (of a single one: S, U), and also where one is continued that did not begin: at an I after O, or
    after another name (Sang 2003, whose first form of the tags writes B only between two spans of one name).

    Examples
    --------
    >>> spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-PER"])
    [(0, 2, 'PER'), (3, 4, 'LOC'), (4, 5, 'LOC'), (5, 6, 'PER')]
    """
    found: list[tuple[int, int, str]] = []
    begun, name, ended = 0, "", False
    for at, tag in enumerate([*tags, "O"]):
        mark, _, own = tag.partition("-")
        begins = own != name or mark in "BSU" or ended
        if name and (mark == "O" or begins):
            found.append((begun, at, name))
        if mark == "O":
            name = ""
        elif begins:
            begun, name = at, own
        ended = mark in "ESLU"
    return found
