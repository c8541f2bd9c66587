"""What the user may say about how a source is to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deepen.errors import SettingError, Stopped

__all__ = ["Options"]

_SPELT = {"tab": "\t", "\\t": "\t", "space": " ", "whitespace": " ", "comma": ",", "semicolon": ";"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The settings of one reading.

    Parameters
    ----------
    header
        Whether the first line of a text table names its columns; found out where None.
    delimiter
        The one character between two fields, or ``tab``, ``space``...; found out where None.
    encoding
        The name of a text encoding; found out where None.
    workspace
        Where archives are unpacked; a temporary folder where None.
    stop
        Asked again and again; once it is true the reading ends with :class:`~deepen.errors.Stopped`.

    Raises
    ------
    SettingError
        If the delimiter is not one character or the encoding is unknown.
    """

    header: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    workspace: Path | None = None
    stop: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            mark = _SPELT.get(self.delimiter.lower(), self.delimiter)
            if len(mark) != 1 or mark in "\r\n\"'" or ord(mark) > 127:
                raise SettingError(
                    "is not one ASCII character",
                    where="delimiter",
                    allowed="',', ';', 'tab', '|', 'space'...",
                    came=repr(self.delimiter),
                )
            object.__setattr__(self, "delimiter", mark)
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except (LookupError, ValueError) as error:
                raise SettingError(
                    "is no encoding known here",
                    where="encoding",
                    allowed="utf-8, utf-16, cp1252, latin-1...",
                    came=repr(self.encoding),
                ) from error

    def check_stop(self, where: str) -> None:
        """Raise :class:`~deepen.errors.Stopped` if the user asked to stop."""
        if self.stop():
            raise Stopped("stopped while reading", where=where)
