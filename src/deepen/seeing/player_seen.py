"""What was seen of a player, beside what is seen of every net.

Legend: N moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepen.seeing.seen import Seen

__all__ = ["SeenPlayer"]


@dataclass(frozen=True, eq=False)
class SeenPlayer(Seen):
    """What :func:`deepen.see` gives of a player.

    Parameters
    ----------
    findings
        What was found of its play, a sentence each.
    aims
        For each of ``explained`` what sort of output that is: ``move``, ``choice`` or ``value``.
    trees
        By moment the search from it, as plain data: see :mod:`deepen.search.describing`.
    """

    findings: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()
    trees: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found of its play, then one sentence for each level."""
        return self.findings + super().sentences

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data, without the large arrays."""
        told = super().to_dict()
        for explained, aim in zip(told["explained"], self.aims, strict=True):
            explained["aim"] = aim
        return {**told, "findings": list(self.findings), "trees": dict(self.trees)}
