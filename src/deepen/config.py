"""Settings: frozen, keyword-only, written as plain data and read back with a clear error for a wrong name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Self, dataclass_transform

from deepen.errors import SettingError, nearest

__all__ = ["Settings", "between", "one_of", "whole", "wholes"]


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """Base of all settings: a subclass becomes a frozen, keyword-only dataclass.

    Examples
    --------
    >>> class Oven(Settings):
    ...     degrees: int = 180
    >>> Oven(degrees=200).to_dict()
    {'degrees': 200}
    >>> Oven.from_dict({"degres": 200})
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: 'degres' is not a setting of Oven. Did you mean 'degrees'?
    """

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)  # type: ignore[call-overload, no-any-return]

    @classmethod
    def names(cls) -> list[str]:
        """List what can be set."""
        return [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data; a whole number that is written as a float, ``1e4``, is one where one is asked for.

        Raises
        ------
        SettingError
            If a name is unknown; the nearest one is offered.
        """
        kinds = {f.name: str(f.type) for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
        for name in data:
            if name not in kinds:
                raise SettingError(f"{name!r} is not a setting of {cls.__name__}", mend=nearest(name, kinds))
        return cls(**{name: _as_asked(kinds[name], value) for name, value in data.items()})


def _as_asked(kind: str, value: Any) -> Any:
    """Give a whole number as an int, where the annotation knows ints and no floats."""
    words = re.findall(r"\w+", kind)
    asked = "int" in words and "float" not in words
    return int(value) if asked and isinstance(value, float) and value.is_integer() else value


def between(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a number outside its range.

    Raises
    ------
    SettingError
        Naming the option, the range and what came.

    Examples
    --------
    >>> between("minutes", -1, 0, 60, open_low=True)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: minutes: out of range; allowed: above 0, up to 60; came: -1
    """
    text = f"above {low:g}" if open_low else f"{low:g} or more"
    text += "" if high == float("inf") else f", up to {high:g}"
    came: object = value  # whatever --set or a caller gives
    if isinstance(came, bool) or not isinstance(came, Real):
        raise SettingError("not a number", where=name, allowed=text, came=repr(value))
    # Written so that NaN is refused too.
    if not ((low < value if open_low else low <= value) and value <= high):
        raise SettingError("out of range", where=name, allowed=text, came=f"{value:g}")


def whole(name: str, value: float, low: float, high: float) -> None:
    """Refuse what is no whole number, or one outside its range.

    Raises
    ------
    SettingError
        Naming the option, and what came.

    Examples
    --------
    >>> whole("copies", 2.5, 1, 100)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: copies: not a whole number; came: 2.5
    """
    between(name, value, low, high)
    came: Any = value
    if not isinstance(came, Integral):  # nor 2.0, of which neither a range nor a tensor's size can be made
        raise SettingError("not a whole number", where=name, came=str(value))


def wholes(
    name: str, values: Iterable[float], low: float, high: float, *, least: int = 1, mend: str = ""
) -> None:
    """Refuse what is no list of whole numbers, one with too few of them, or with one outside its range.

    Parameters
    ----------
    mend
        What to do where there are too few.

    Raises
    ------
    SettingError
        Naming the option, and what came.

    Examples
    --------
    >>> wholes("layers", 300, 1, 10_000)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: layers: not a list of whole numbers; came: 300
    """
    came: Any = values
    if isinstance(came, str) or not isinstance(came, Iterable):
        raise SettingError("not a list of whole numbers", where=name, came=repr(values))
    given = list(values)
    if len(given) < least:
        allowed = f"{least} or more"
        raise SettingError("too few of them", where=name, allowed=allowed, came=str(len(given)), mend=mend)
    for value in given:
        whole(name, value, low, high)


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a word that is not among the allowed ones.

    Raises
    ------
    SettingError
        With the nearest allowed word.
    """
    if value not in allowed:
        raise SettingError(
            f"{value!r} is not known", where=name, allowed=", ".join(allowed), mend=nearest(value, allowed)
        )
