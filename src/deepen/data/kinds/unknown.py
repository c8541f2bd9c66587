"""The error for a target that the training part does not have, the same for every kind of target."""

from __future__ import annotations

from collections.abc import Iterable

from deepen.errors import DataError, nearest

__all__ = ["unknown"]


def unknown(thing: str, came: str, known: Iterable[str], *, row: str, column: str) -> DataError:
    """Make the error, with the nearest value that is known.

    Parameters
    ----------
    thing
        What the value is: a class, a label.
    came, known
        The value, and those of the training part.
    row, column
        Where it stands, as messages say it, and the column's name.

    Examples
    --------
    >>> print(unknown("class", "cta", ["cat", "dog"], row="row 3", column="pet"))
    row 3, column 'pet': a class that the training part does not have; came: 'cta'. Did you mean 'cat'?
    """
    return DataError(
        f"a {thing} that the training part does not have", where=f"{row}, column {column!r}", came=repr(came),
        mend=nearest(came, known),
    )  # fmt: skip
