"""What :func:`deepen.pretrain` gives: a machine that learned without labels, with what it takes to read raw data.

Legend: N examples, D columns of the matrix that the machine reads, F features.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from deepen.data import sources
from deepen.data.alike import named_alike
from deepen.data.inputs import Inputs
from deepen.data.kinds import Date, Number
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError, SettingError
from deepen.learning.pretrained import Pretrained
from deepen.nets.assemble import JOINT, NetSettings
from deepen.nets.rows import Rows, width_of
from deepen.pretraining.features.card import write_card
from deepen.pretraining.features.methods import Machine, class_of
from deepen.pretraining.features.patches import KMeansOfRows
from deepen.shapes import Codes, Grid, Sequence
from deepen.trained import Trained

__all__ = ["Features", "matrix_of", "rows_of"]

_ROWS = 2048  # encoded and laid side by side at once


@dataclass(kw_only=True, repr=False)
class Features(Trained):
    """A trained machine: it encodes, reconstructs and dreams.

    Parameters
    ----------
    inputs
        What is read, as fitted on the training part.
    schema
        What was understood of the columns.
    method
        By which name :func:`deepen.pretrain` knows the machine.
    estimator
        The machine, see :mod:`deepen.pretraining`; ``net`` is its own.
    """

    FORM: ClassVar[str] = "features"
    FOREIGN: ClassVar[str] = "holds no machine that learned without labels"

    inputs: Inputs
    schema: Schema
    method: str
    estimator: Machine

    def encode(self, source: Any, **reading: Any) -> np.ndarray:
        """Give the features of new examples: (N, F) float32.

        Parameters
        ----------
        source
            Whatever :func:`deepen.pretrain` takes.
        **reading
            ``header``, ``delimiter``, ``encoding`` of a text table.

        Raises
        ------
        DataError
            If the source cannot be read, or lacks a column that the machine reads.
        """
        return self.estimator.transform(self.matrix(source, **reading))

    def reconstruct(self, source: Any, **reading: Any) -> np.ndarray:
        """Give new examples as the machine sees them, in the columns that it reads: (N, D).

        Raises
        ------
        SettingError
            If the machine cannot go back from its features.
        """
        if isinstance(self.estimator, KMeansOfRows):
            raise SettingError("k-means does not go back from its features to pictures", where="reconstruct")
        return self.estimator.reconstruct(self.matrix(source, **reading))

    def matrix(self, source: Any, **reading: Any) -> np.ndarray:
        """Read new examples as the machine does: (N, D) float32; pictures as their pixels from 0 to 1."""
        table = self._read(source, **reading)
        self.inputs.check(table)
        if len(table) == 0:
            raise DataError("there is no row to encode", where=table.origin)
        encoded = self.inputs.encode(table, workers=torch.get_num_threads())
        if encoded.bad:
            row, why = next(iter(encoded.bad.items()))
            raise DataError(why, where=table.where(row), mend="Leave it out, and ask again.")
        return matrix_of(self.inputs, encoded.arrays, np.arange(len(table)))

    def sample(self, n: int = 16, *, label: Any = None, seed: int = 0, **more: Any) -> np.ndarray:
        """Let the machine dream: (n, D) in the columns that it reads; pictures as (n, H, W, C) uint8.

        Parameters
        ----------
        label
            A class, for machines that were trained with label units.
        **more
            What the machine's own ``sample`` takes, such as ``steps``.

        Raises
        ------
        SettingError
            If the machine cannot sample, not of a class, or does not take what is asked for beside.
        """
        if not hasattr(self.estimator, "sample"):
            raise SettingError(f"a machine of the method {self.method!r} does not sample", where="sample")
        more |= {} if label is None else {"label": label}
        known = inspect.signature(self.estimator.sample).parameters
        for name in more:
            if name not in known:
                raise SettingError(
                    f"belongs to sampling by other methods than {self.method!r}", where=f"--{name}"
                )
        found: np.ndarray = self.estimator.sample(n, random_state=seed, **more)
        return self.pictures(found) if self.grid is not None else found

    def pretrained(self, origin: str = "a machine") -> Pretrained:
        """Give what a supervised training may begin with: the preparation, and the layers of the machine.

        Layers that read pictures or series of one length alone are handed on as the reader of that input, which may
        stand beside others; those of a table, of several inputs or of what differs in length read all there is.

        Raises
        ------
        SettingError
            If the machine is not made of layers that can be handed on.
        """
        net = self.estimator.stack()
        net.reads_standardised(*self._standardised())
        layers, shapes = net.state_dict(), self.inputs.shapes
        (name, shape), *others = shapes.items()
        if not others and (isinstance(shape, Grid) or (isinstance(shape, Sequence) and not shape.ragged)):
            settings = NetSettings(reader=net.reader, given=net.given)
            return Pretrained(origin, self.inputs.inputs, settings, {name: layers})
        body = {f"stack.{at}": weights for at, weights in layers.items()}
        settings = NetSettings(reader=JOINT, given=net.given)
        return Pretrained(origin, self.inputs.inputs, settings, {JOINT: body})

    def _standardised(self) -> tuple[torch.Tensor, torch.Tensor]:
        """By which mean and deviation a net's inputs are the machine's columns, standardised: (D,) each."""
        means, deviations = [], []
        for name, shape in self.inputs.shapes.items():
            kind, width = self.inputs.images.get(name), width_of(shape)
            if kind is None:
                means.append(torch.zeros(width))
                deviations.append(torch.ones(width))
            else:
                area = kind.height * kind.width
                means.append(torch.tensor(kind.mean).repeat_interleave(area) / 255)
                deviations.append(torch.tensor(kind.std).repeat_interleave(area) / 255)
        return torch.cat(means), torch.cat(deviations)

    @property
    def columns(self) -> tuple[str, ...]:
        """What each of the D columns of the matrix is called."""
        found: list[str] = []
        inputs = self.inputs.inputs
        for name, shape in self.inputs.shapes.items():
            if name == "numbers":
                wide = {n: k.width for n, k in inputs.items() if isinstance(k, Number | Date)}
                found += [
                    n if width == 1 else f"{n} {k + 1}" for n, width in wide.items() for k in range(width)
                ]
            elif isinstance(shape, Codes):
                found += [
                    f"category {k + 1} = {v}" for k, size in enumerate(shape.sizes) for v in range(size)
                ]
            else:
                found += [f"{name} {k + 1}" for k in range(width_of(shape))]
        return tuple(found)

    @property
    def grid(self) -> Grid | None:
        """The pictures' shape, where pictures are all that is read."""
        (shape, *others) = self.inputs.shapes.values()
        return shape if isinstance(shape, Grid) and not others else None

    def pictures(self, rows: np.ndarray) -> np.ndarray:
        """Bring rows of the matrix, (n, D) from 0 to 1, to pictures: (n, H, W, C) uint8."""
        assert self.grid is not None
        planes = rows.reshape(-1, self.grid.c, self.grid.h, self.grid.w).transpose(0, 2, 3, 1)
        return np.asarray(np.rint(255 * planes.clip(0, 1)), dtype=np.uint8)

    def _read(self, source: Any, **reading: Any) -> Table:
        return named_alike(sources.read(source, None, **reading), self.inputs.inputs)

    def _specific(self) -> dict[str, Any]:
        return {"schema": self.schema.to_dict(), "method": self.method, **self.inputs.to_dict()}

    def _save_more(self, stage: Path) -> None:
        self.estimator.write_parts(stage)

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Features:
        estimator = class_of(data["method"]).read_parts(place)
        return cls(
            net=estimator.net_, inputs=Inputs.from_dict(data), schema=Schema.from_dict(data["schema"]),
            method=data["method"], estimator=estimator, **cls._common_from(data),
        )  # fmt: skip

    def _write_card(self, path: Path) -> None:
        write_card(path, self)


def rows_of(inputs: Inputs) -> Rows:
    """Make the module that lays the inputs side by side.

    Raises
    ------
    SettingError
        If there is a text among them, or they are too many.
    """
    return Rows(inputs.shapes, {name: (kind.mean, kind.std) for name, kind in inputs.images.items()})


def matrix_of(inputs: Inputs, arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Lay encoded rows side by side: (N, D) float32."""
    beside = rows_of(inputs)
    found = np.empty((len(rows), beside.n), np.float32)
    for first in range(0, len(rows), _ROWS):
        block = rows[first : first + _ROWS]
        batch = {name: torch.from_numpy(np.ascontiguousarray(array[block])) for name, array in arrays.items()}
        found[first : first + len(block)] = beside(inputs.to_net(batch)).numpy()
    return found
