"""One pass over the rows: what each level says to them, kept as what the other files need.

Legend: N rows, B rows in a batch, L levels, U units, F numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from deepen.errors import DataError
from deepen.nets.catching import outputs
from deepen.nets.levels import Level
from deepen.nets.standing import caught
from deepen.seeing.preferred import Best, Preferred
from deepen.seeing.probes import summary
from deepen.seeing.similarity import FEWEST, Alignment
from deepen.shapes import Shape

__all__ = ["Looked", "Rows", "look"]

_BATCH = 128
KEPT = 9
"""Inputs kept for each unit."""


class Rows(Protocol):
    """What is looked at: a net, and the rows that it reads."""

    @property
    def net(self) -> nn.Module:
        """In evaluation mode."""

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Of its inputs."""

    def __len__(self) -> int: ...

    def inputs(self, rows: np.ndarray) -> dict[str, Tensor]:
        """What the net reads of some rows, by the name of the input."""

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """Row numbers, batch by batch, in random order."""


@dataclass(frozen=True, eq=False)
class Looked:
    """What a pass over the rows gave.

    Parameters
    ----------
    preferred
        By level.
    summaries
        By level the numbers that a probe reads: (N, F).
    similarity
        (L, L), or None for fewer than four rows.
    answers
        (N, O) the net's outputs.
    """

    preferred: dict[str, Preferred]
    summaries: dict[str, np.ndarray]
    similarity: np.ndarray | None
    answers: np.ndarray


@torch.no_grad()
def look(
    material: Rows,
    levels: Sequence[Level],
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Looked:
    """Run the net over all rows once."""
    net, shapes = material.net, material.shapes
    best = {level.name: Best(KEPT) for level in levels}
    parts: dict[str, list[np.ndarray]] = {level.name: [] for level in levels}
    alignment, answers = Alignment(), []
    for rows in material.batches(_BATCH):
        inputs = material.inputs(rows)
        with caught(net, levels, inputs, shapes) as found:
            answers.append(outputs(net, inputs).float().cpu().numpy())
        for level in levels:
            standing = found[level.name]
            best[level.name].add(rows, standing)
            parts[level.name].append(summary(standing).float().cpu().numpy())
        # The last batch is smaller than the others, and would count as much.
        if len(rows) == min(_BATCH, len(material)) >= FEWEST:
            alignment.add([found[level.name].hidden() for level in levels])
        progress(int(rows[-1]) + 1, len(material))
    summaries = {name: np.concatenate(some) for name, some in parts.items()}
    for name, x in summaries.items():
        if not np.isfinite(x).all():
            raise DataError("the net gives what is not finite", where=name)
    return Looked(
        {name: b.found() for name, b in best.items()}, summaries,
        alignment.value() if alignment.batches else None, np.concatenate(answers),
    )  # fmt: skip
