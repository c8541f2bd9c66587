"""Every error that deepen raises on purpose.

::

    DeepenError                     catch this one to catch them all
    ├── DataError      ValueError   what was read, or the file it was read from
    ├── SettingError   ValueError   an option: unknown, out of range, or in contradiction to another
    ├── FolderError    ValueError   a model, checkpoint or cache folder: missing, damaged, foreign, newer
    ├── TrainingError  RuntimeError the training could not go on: it diverged, or memory ran out
    └── Stopped        RuntimeError the user stopped the run before there was anything to keep

An error says what is wrong, where, what was allowed, what came, and how to mend it. The command line
prints that one message and ends with exit code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "DataError",
    "DeepenError",
    "FolderError",
    "SettingError",
    "Stopped",
    "TrainingError",
    "nearest",
    "resembling",
]


class DeepenError(Exception):
    """An error whose message a user can act on.

    Parameters
    ----------
    what
        What is wrong, as one clause.
    where
        The file, row, column or option concerned.
    allowed, came
        What would have been right, and what stood there instead.
    mend
        What to do about it.

    Examples
    --------
    >>> str(DeepenError("not a number", where="prices.csv, row 7", came="'n.a.'", mend="Use an empty cell."))
    "prices.csv, row 7: not a number; came: 'n.a.'. Use an empty cell."
    """

    def __init__(
        self, what: str, *, where: object = "", allowed: str = "", came: str = "", mend: str = ""
    ) -> None:
        self.what, self.where, self.allowed, self.came, self.mend = what, str(where), allowed, came, mend
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.came:
            text += f"; came: {self.came}"
        return f"{text}. {self.mend}" if self.mend else text


class DataError(DeepenError, ValueError):
    """The data, or the file they come from, cannot be used as they are."""


class SettingError(DeepenError, ValueError):
    """An option is unknown, out of range, or contradicts another one."""


class FolderError(DeepenError, ValueError):
    """A folder that deepen wrote, or should write, is missing, damaged, foreign, newer or not writable."""


class TrainingError(DeepenError, RuntimeError):
    """The training could not go on."""


class Stopped(DeepenError, RuntimeError):
    """The user stopped the run before there was anything to keep."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which of ``names`` was probably meant, or list them.

    Examples
    --------
    >>> nearest("outcom", ["age", "outcome"])
    "Did you mean 'outcome'?"
    >>> nearest("x", ["age", "outcome"])
    "There are: 'age', 'outcome'."
    """
    known = list(names)
    match = resembling(name, known)
    if match:
        return f"Did you mean {match!r}?"
    shown = ", ".join(repr(k) for k in known[:12])
    return f"There are: {shown}{', ...' if len(known) > 12 else ''}." if known else "There are none."


def resembling(name: str, names: Iterable[str]) -> str:
    """Give the one of ``names`` that was probably meant; nothing where none is near.

    Examples
    --------
    >>> resembling("Outcom", ["age", "outcome"]), resembling("x", ["age", "outcome"])
    ('outcome', '')
    """
    known = list(names)
    close = difflib.get_close_matches(name, known, n=1) or difflib.get_close_matches(
        name.lower(), [k.lower() for k in known], n=1
    )
    return next((k for k in known if k.lower() == close[0].lower()), "") if close else ""
