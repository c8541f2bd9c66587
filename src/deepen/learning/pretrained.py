"""What a training may begin with: the preparation and the weights of something that was trained before.

This is the one seam between whatever learns features and the supervised training that goes on from them: who has a
method ``pretrained`` that gives a :class:`Pretrained` can stand behind ``from_``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from deepen.data.kinds import Kind
from deepen.nets.assemble import NetSettings
from deepen.nets.bodies import Bodies

__all__ = ["HandsOn", "Pretrained"]


@dataclass(frozen=True, eq=False)
class Pretrained:
    """The bodies of a net, with what reads for them.

    Parameters
    ----------
    origin
        What it is called, for people.
    kinds
        The fitted kinds of its columns, by their names and in their order.
    settings
        What builds the net around the bodies.
    bodies
        The weights without a head, by the name of the input: that of
        :attr:`deepen.data.prepare.Preparation.stored` (``image photo``), or :data:`deepen.nets.bodies.TABLE`; alone
        under :data:`deepen.nets.bodies.JOINT` where all columns are read at once.
    """

    origin: str
    kinds: Mapping[str, Kind]
    settings: NetSettings
    bodies: Bodies

    @property
    def reads(self) -> str:
        """What it reads, in words."""
        return ", ".join(f"{name!r} ({kind.name})" for name, kind in self.kinds.items())


@runtime_checkable
class HandsOn(Protocol):
    """Something that was trained, and can be gone on from."""

    def pretrained(self, origin: str) -> Pretrained:
        """Give what a training may begin with.

        Raises
        ------
        SettingError
            If nothing of it can be handed on.
        """
