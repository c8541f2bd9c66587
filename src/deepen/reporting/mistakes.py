"""A picture of the pictures that a net got wrong, the surest mistakes first."""

from __future__ import annotations

from pathlib import Path

from deepen.errors import DataError
from deepen.records import Mistakes
from deepen.reporting import contact_sheet

__all__ = ["draw"]


def draw(mistakes: Mistakes | None, path: Path) -> Path:
    """Draw each mistaken picture with the true and the answered class.

    Parameters
    ----------
    mistakes
        Of a model that has just been trained on pictures; None for one that has not.
    path
        The PNG (or SVG, PDF...) to write.

    Raises
    ------
    DataError
        If there are no pictures to draw.
    """
    if mistakes is None:
        raise DataError("there are no pictures to draw: mistakes are drawn for classes of pictures")
    shown = len(mistakes.truth)
    share = mistakes.total / mistakes.of
    which = f", the {shown} surest shown" if shown < mistakes.total else ""
    captions = zip(mistakes.truth, mistakes.answered, mistakes.sure, strict=True)
    pictures = [
        (mistakes.pixels[at], f"is {truth}\nsaid {answered}, {sure:.0%}")
        for at, (truth, answered, sure) in enumerate(captions)
    ]
    title = f"{mistakes.total:,} of {mistakes.of:,} test pictures mistaken ({share:.1%}){which}"
    return contact_sheet.draw(pictures, path, title)
