"""The encoded examples that a run learns from, with what is known of them.

Legend: N rows, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from deepen.data.kinds import Number
from deepen.data.kinds.mirror import keeps_meaning
from deepen.data.prepare import Preparation
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.errors import SettingError, nearest
from deepen.nets.bodies import Bodies

__all__ = ["Examples"]

_ROWS_FOR_MIRROR = 5000


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and target of every row, and which part each row is in.

    Parameters
    ----------
    origin
        What the source is called.
    arrays
        The encoded inputs by name, each with N rows.
    target
        (N,) class codes, (N, K) zeros and ones for labels, or (N,) numbers in their own units.
    rows
        The parts.
    content
        A hash of all this, where the inputs are files or long texts; what follows from it is kept in the cache.
    bodies
        What readers of the net begin with, by the names of its inputs.
    unlabelled
        The rows without a target that take part in the training.
    groups
        (N,) codes of the groups that the parts keep together, where there are any.
    hashes
        (N,) of the rows' inputs, where they are known.
    """

    origin: str
    arrays: Mapping[str, np.ndarray]
    target: np.ndarray
    rows: Split
    preparation: Preparation
    schema: Schema
    content: str = ""
    bodies: Bodies = field(default_factory=dict)
    unlabelled: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    groups: np.ndarray | None = None
    hashes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    @property
    def is_classes(self) -> bool:
        """Whether each row has one of several classes."""
        return self.schema.task in ("two classes", "many classes")

    @property
    def encoded_target(self) -> np.ndarray:
        """The target as the loss reads it: classes (N,), labels (N, K), or standardised numbers (N, 1)."""
        kind = self.preparation.target
        return kind.standardise(self.target) if isinstance(kind, Number) else self.target

    def hot(self, rows: np.ndarray) -> np.ndarray:
        """The target of some rows as numbers (N, K): ones and zeros for classes and labels."""
        values: np.ndarray = self.target[rows]
        if self.schema.task == "number":
            return np.asarray(values[:, None], dtype=np.float64)
        if self.is_classes:
            return np.asarray(np.eye(self.preparation.outputs, dtype=np.float32)[values])
        return values

    def plain(self, rows: np.ndarray) -> np.ndarray:
        """The inputs of some rows as the plain numbers that a linear model gets: (M, D)."""
        return self.preparation.plain(self.arrays, rows)

    @cached_property
    def lengths(self) -> np.ndarray | None:
        """How many steps the training rows have, for batches of like lengths; None where all are alike."""
        return self.preparation.lengths(self.arrays, self.rows.train)

    def class_weights(self, given: Mapping[str, float] | None = None) -> Tensor:
        """How much each class or label counts: (K,); as given by name, or else as it must for all to count alike.

        Raises
        ------
        SettingError
            If the target is a number, or a name is none of the classes.
        """
        if self.schema.task == "number":
            where = "--balance" if given is None else "class_weights"
            raise SettingError("only classes and labels can be balanced", where=where, came="a number")
        if given is not None:
            labels = self.preparation.labels
            for name in given:
                if name not in labels:
                    raise SettingError(
                        f"there is no class {name!r}", where="class_weights", mend=nearest(name, labels)
                    )
            return torch.tensor([float(given.get(name, 1.0)) for name in labels])
        shares = torch.from_numpy(self.hot(self.rows.train).mean(axis=0)).float().clamp_min(1e-6)
        return 1 / (shares * len(shares)) if self.is_classes else (1 - shares) / shares

    def mirror(self) -> bool:
        """Whether mirrored pictures keep their meaning, as far as the training part tells."""
        images = self.preparation.images
        if len(images) != 1 or not self.is_classes:
            return any(kind.channels == 3 for kind in images.values())
        (name,) = images
        some = self.rows.train[:: -(-len(self.rows.train) // _ROWS_FOR_MIRROR)]
        return keeps_meaning(self.arrays[name][some], self.target[some])
