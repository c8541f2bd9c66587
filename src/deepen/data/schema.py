"""What was understood of a table: each column's kind and role, the target and the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from deepen.errors import FolderError

__all__ = ["ROLES", "TASKS", "ColumnPlan", "Schema"]

ROLES = ("input", "target", "left out", "group", "time", "part")
TASKS = (
    "two classes",
    "many classes",
    "several labels",
    "number",
    "language",
    "text to text",
    "forecast",
    "tags",
    "features",
)


@dataclass(frozen=True)
class ColumnPlan:
    """What becomes of one column, and why; and the input of which it is a part, where it is not one alone."""

    name: str
    kind: str
    role: str
    why: str = ""
    part_of: str = ""


@dataclass(frozen=True)
class Schema:
    """The columns in their order, the task, and what the user should know about them.

    Parameters
    ----------
    columns
        Every column of the source, those left out included.
    task
        One of ``TASKS``.
    targets
        The names of the target columns: more than one makes several labels.
    warnings
        A sentence for each thing that may spoil the result: a column that gives the target away, rare
        classes, and the like.
    """

    columns: tuple[ColumnPlan, ...]
    task: str
    targets: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[ColumnPlan, ...]:
        """The columns that the net reads."""
        return tuple(c for c in self.columns if c.role == "input")

    @property
    def lines(self) -> tuple[tuple[str, ColumnPlan], ...]:
        """What people are shown: each column by its name, those of one signal as one, by the first and the last.

        Examples
        --------
        >>> plans = [ColumnPlan(name, "series", "input", part_of="signal") for name in ("t1", "t2", "t3")]
        >>> [name for name, _ in Schema((*plans, ColumnPlan("y", "category", "target")), "two classes", ("y",)).lines]
        ['t1 ... t3', 'y']
        """
        groups: dict[tuple[str, str], list[ColumnPlan]] = {}
        for plan in self.columns:
            groups.setdefault((plan.part_of, "" if plan.part_of else plan.name), []).append(plan)
        return tuple(
            (p[0].name if len(p) == 1 else f"{p[0].name} ... {p[-1].name}", p[0]) for p in groups.values()
        )

    def column(self, role: str) -> str | None:
        """The name of the column with a role that only one can have."""
        return next((c.name for c in self.columns if c.role == role), None)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data.

        Raises
        ------
        FolderError
            If the task is unknown, as in a folder written by a newer version.
        """
        if data["task"] not in TASKS:
            raise FolderError(f"unknown task {data['task']!r}", allowed=", ".join(TASKS))
        return cls(
            tuple(ColumnPlan(**c) for c in data["columns"]),
            data["task"],
            tuple(data["targets"]),
            tuple(data["warnings"]),
        )
