"""The pictures of an evaluation, as files in a folder."""

from __future__ import annotations

from pathlib import Path

from deepen.evaluation import Evaluation
from deepen.reporting import confusion, mistakes, reliability, subgroups

__all__ = ["draw"]


def draw(found: Evaluation, folder: Path) -> tuple[Path, ...]:
    """Draw ``mistakes.png``, ``confusion.png``, ``reliability.png`` and ``subgroups.png``, as far as there are any.

    Of several columns to score by, the later ones are ``subgroups-2.png`` and so on.

    Returns
    -------
    tuple
        What was drawn.
    """
    drawn = []
    if found.mistakes is not None and found.mistakes.worst:
        drawn.append(mistakes.draw(found.mistakes, folder / "mistakes.png"))
    if found.ordered is not None:
        drawn.append(confusion.draw(found.ordered, folder / "confusion.png"))
    if found.reliability is not None:
        drawn.append(reliability.draw(found.reliability, folder / "reliability.png"))
    for at, groups in enumerate(found.subgroups, start=1):
        drawn.append(subgroups.draw(groups, folder / f"subgroups{'' if at == 1 else f'-{at}'}.png"))
    return tuple(drawn)
