"""Preparation: what is fitted on the training part, of the inputs and of the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from deepen.data import kinds
from deepen.data.inputs import Inputs, fit_inputs
from deepen.data.kinds import Category, Kind, Labels
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.data.targets import fit_target

__all__ = ["Preparation", "fit"]


@dataclass(frozen=True)
class Preparation(Inputs):
    """Fitted kinds for the inputs and the target."""

    target: Kind
    targets: tuple[str, ...]
    task: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes or labels in the order of the net's outputs; empty for a number."""
        return self.target.values if isinstance(self.target, Category | Labels) else ()

    @property
    def outputs(self) -> int:
        """How many numbers the net gives for an example."""
        return len(self.labels) if self.labels else 1

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        target = {"target": kinds.to_dict(self.target), "targets": list(self.targets), "task": self.task}
        return {**super().to_dict(), **target}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        inputs = Inputs.from_dict(data).inputs
        return cls(inputs, kinds.from_dict(data["target"]), tuple(data["targets"]), data["task"])


def fit(
    table: Table,
    schema: Schema,
    train: np.ndarray,
    *,
    side: int | None = None,
    given: Mapping[str, Kind] | None = None,
    unlabelled: np.ndarray | None = None,
    scaled: bool = True,
) -> Preparation:
    """Fit every input and the target on the training rows alone.

    Parameters
    ----------
    side
        The longer side of pictures in pixels, where the user has set it.
    given
        Kinds that were fitted before, by the names of their columns: they stay as they are, and stand first.
    unlabelled
        Training rows without a target, on which the inputs are fitted too.
    scaled
        As for :func:`~deepen.data.inputs.fit_inputs`.
    """
    every = train if unlabelled is None else np.sort(np.concatenate([train, unlabelled]))
    inputs = fit_inputs(table, schema, every, side=side, given=given, scaled=scaled).inputs
    return Preparation(inputs, fit_target(table, schema, train), schema.targets, schema.task)
