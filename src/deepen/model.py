"""A trained model: the net, how inputs are prepared for it, and what is known of it. A folder on disk.

Legend: N rows, K classes, labels or numbers, U units of a level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import deepen.data.sources as sources
from deepen.answers import Predictions
from deepen.compute.precision import Precision
from deepen.data import groups
from deepen.data.alike import is_one_row, named_alike, with_lists
from deepen.data.batches import in_order
from deepen.data.exhibits import name_of
from deepen.data.kinds import Number
from deepen.data.names import with_parts_of_names
from deepen.data.prepare import Preparation
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.data.targets import target_values, without_target
from deepen.error_analysis import examine, grouping
from deepen.errors import DataError, FolderError, SettingError
from deepen.evaluation import Evaluation
from deepen.evidence.beside import Beside
from deepen.evidence.from_nothing import FromNothing
from deepen.evidence.measures import score as measure
from deepen.learning.losses import Loss
from deepen.learning.pretrained import Pretrained
from deepen.learning.supervised import scores_of
from deepen.model_card import write_card
from deepen.nets.assemble import Assembled, NetSettings, OwnNet
from deepen.nets.bodies import bodies_of
from deepen.nets.ensemble import Ensemble
from deepen.nets.levels import Level, example, find, level_of
from deepen.nets.standing import caught
from deepen.trained import Trained

__all__ = ["Model"]

_BATCH = 512  # examples whose activations are caught at once
_ROWS = 4096  # encoded at a time, so that predicting needs no more memory for a million rows than for one


@dataclass(kw_only=True, repr=False)
class Model(Trained):
    """What :func:`deepen.train` gives, and :func:`deepen.load`.

    Parameters
    ----------
    net
        The trained module, in evaluation mode.
    preparation, schema
        How a table becomes the net's inputs, and what was understood of the training data.
    net_settings
        What builds each of its nets again; nothing for a user's own module, which must then be given to
        :func:`deepen.load`.
    temperature
        Divides the scores before they become probabilities.
    mirror, nudge
        Whether pictures are also shown mirrored, and moved by a pixel each way.
    scores
        What was measured, by name: ``test`` is the headline; the best shallow learner, by its name, and ``majority``
        stand beside it, and a net ``from nothing`` where it began with what was learned before.
    history
        How the training went.
    notes
        What was understood, mended and left out, a sentence each.
    about
        Seconds, sizes, device and versions, as plain data.
    precision
        How to compute, as measured where it was trained; a loaded model computes in float32.
    beside
        The shallow learners of the same run, and how the best of them compares with the net, row by row.
    from_nothing
        How a net from nothing compares with it, if it began with what was learned before.
    """

    FORMAT = 2  # 1 knew one net

    preparation: Preparation
    schema: Schema
    net_settings: tuple[NetSettings, ...]
    temperature: float = 1.0
    mirror: bool = False
    nudge: bool = False
    precision: Precision = field(default_factory=Precision)
    beside: Beside | None = None
    from_nothing: FromNothing | None = None

    def predict(
        self,
        source: Any,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        **reading: Any,
    ) -> Predictions:
        """Answer for new examples.

        Parameters
        ----------
        source
            Whatever :func:`deepen.train` takes, without a target: files, a folder, a table, arrays, rows.
        stop, progress
            A flag that ends it early, and who is told how far it is.
        **reading
            ``header``, ``delimiter``, ``encoding`` of a text table.

        Raises
        ------
        DataError
            If the source cannot be read, or lacks a column that the model reads.
        """
        table = self.read(source, **reading)
        scores = self._scores(table, stop, progress)
        names = tuple(name_of(table, row, self.preparation.inputs) for row in range(len(scores)))
        answers = self.answers(scores)
        if isinstance(self.preparation.target, Number):
            return Predictions(tuple(answers.tolist()), names)
        labels = self.preparation.labels
        if self.schema.task == "several labels":
            chosen = tuple(tuple(labels[k] for k in np.flatnonzero(row > 0.5)) for row in answers)
        else:
            chosen = tuple(labels[k] for k in answers.argmax(axis=1))
        return Predictions(chosen, names, labels, answers)

    def evaluate(
        self,
        source: Any,
        y: Any = None,
        *,
        part: str | None = None,
        label_from: str | None = None,
        by: str | Sequence[str] | None = None,
        **reading: Any,
    ) -> Evaluation:
        """Measure the model on other data, which must have the target too.

        Parameters
        ----------
        label_from
            Where the files' names tell the target, see :mod:`deepen.data.names`.
        by
            Columns to score by, also those that the model does not read, or parts of the files' names (``name:1:_``);
            by default the column that kept groups together in training, where the data have it.

        Returns
        -------
        Evaluation
            A score, with the mistakes, the confusion, the reliability and the subgroups behind it.

        Raises
        ------
        DataError
            If the data cannot be read, have no target, or have classes that the model does not know.
        SettingError
            If there is no such column to score by.

        Examples
        --------
        >>> import deepen
        >>> rows = {"age": [20 + k // 4 for k in range(200)], "sex": ["f", "m"] * 100}
        >>> rows["old"] = ["no"] * 100 + ["yes"] * 100
        >>> found = deepen.train(rows, target="old", drop=["sex"], epochs=20).evaluate(rows, by="sex")
        >>> [each.n for each in found.subgroups[0].groups]
        [100, 100]
        """
        given = with_parts_of_names(self.read(source, y, **reading), label_from=label_from, group_from=None)
        table = self._with_target(given)
        chosen = grouping(self.schema, table, by)
        groups.check(table, chosen)
        rows = np.flatnonzero(~without_target(table, self.schema.targets))
        if len(rows) == 0:
            raise DataError("no row has a value for the target", where=table.origin)
        if len(rows) < len(table):
            table = table.take(rows)
        truth = target_values(table, self.preparation.target, self.schema.targets)
        answers = self.answers(self._scores(table))
        score = measure(self.schema.task, truth, answers, self.preparation.labels, part or table.origin)
        return examine(score, table, np.arange(len(table)), truth, answers, self.preparation, by=chosen,
            tell=None if by is not None else lambda _: None,  # what nobody asked for may be missing
        )  # fmt: skip

    def raw(self, source: Any) -> np.ndarray:
        """Answer as numbers alone: probabilities (N, K) in the order of ``preparation.labels``, or numbers (N,).

        Raises
        ------
        DataError
            As :meth:`predict` does.
        """
        return self.answers(self._scores(self.read(source)))

    def levels(self) -> tuple[Level, ...]:
        """Find the levels of the net, from the input on; the last one is what its head reads.

        Examples
        --------
        >>> import deepen
        >>> from sklearn.datasets import load_iris
        >>> for level in deepen.train(*load_iris(return_X_y=True), epochs=1, size="tiny").levels():
        ...     print(level.name, level.units)
        level 1 1024
        level 2 1024
        """
        given = {name: x.to(self.device) for name, x in example(self.preparation.shapes).items()}
        return find(self.net, given)

    def activations(self, source: Any, level: int | str = -1) -> np.ndarray:
        """Give what stands on a level of the net, a row for each example: (N, U) float32.

        Of units that stand on a grid or on steps each gives its mean over the example's own places.

        Parameters
        ----------
        source
            As for :meth:`predict`.
        level
            By name or place, see :meth:`levels`: 0 the first, -1 the last.

        Raises
        ------
        DataError
            As :meth:`predict` does.
        SettingError
            If the net has no such level.
        """
        which, found = level_of(self.levels(), level), []
        with torch.no_grad():
            for arrays, count in self._encoded(self.read(source), lambda: False):
                for read in in_order(arrays, np.arange(count), size=_BATCH, device=self.device):
                    inputs = self.preparation.to_net(read)
                    with caught(self.net, [which], inputs, self.preparation.shapes) as standing:
                        self.net(inputs)
                    found.append(standing[which.name].means().float().cpu().numpy())
        return np.concatenate(found)

    def pretrained(self, origin: str = "a model") -> Pretrained:
        """Give what another training may begin with: the preparation and the weights, of an ensemble's first net.

        Raises
        ------
        SettingError
            If it was trained with the user's own module.
        """
        net = self.net.nets[0] if isinstance(self.net, Ensemble) else self.net
        if not isinstance(net, Assembled):
            raise SettingError(
                "was trained with a module of the user's own", where="from_", came=origin,
                mend="Give that module, with the weights that it shall begin with, as net.",
            )  # fmt: skip
        return Pretrained(origin, self.preparation.inputs, self.net_settings[0], bodies_of(net))

    def answers(self, scores: np.ndarray) -> np.ndarray:
        """Bring the net's scores (N, K) to probabilities (N, K), or to numbers (N,) in the target's units."""
        scores = np.asarray(scores, dtype=np.float64)
        target = self.preparation.target
        if isinstance(target, Number):
            return target.restore(scores[:, 0])
        tempered = scores / self.temperature
        if self.schema.task == "several labels":
            return np.asarray(0.5 * (1 + np.tanh(tempered / 2)))
        powers = np.exp(tempered - tempered.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    @classmethod
    def load(
        cls, folder: str | Path, *, net: nn.Module | None = None, device: str | torch.device | None = None
    ) -> Model:
        """Read a model from its folder.

        Parameters
        ----------
        net
            The module to put the weights in, for a model that was trained with the user's own.
        device
            Where to put it.

        Raises
        ------
        FolderError
            If the folder is missing, damaged, truncated, foreign, or written by a newer deepen.
        """
        return cls._load(folder, device, lambda data, place: cls._from_dict(data, place, net))

    def _specific(self) -> dict[str, Any]:
        return {
            "schema": self.schema.to_dict(),
            "preparation": self.preparation.to_dict(),
            "nets": [settings.to_dict() for settings in self.net_settings],
            "temperature": self.temperature,
            "mirror": self.mirror,
            "nudge": self.nudge,
            "beside": None if self.beside is None else self.beside.to_dict(),
            **({} if self.from_nothing is None else {"from_nothing": self.from_nothing.to_dict()}),
        }

    def _write_card(self, path: Path) -> None:
        write_card(path, self, self.beside, self.from_nothing)

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path, net: nn.Module | None = None) -> Model:
        preparation = Preparation.from_dict(data["preparation"])
        told = data["nets"] if "nets" in data else [data["net"]] if data["net"] else []
        settings = tuple(NetSettings.from_dict(each) for each in told)
        if not settings and net is None:
            raise FolderError(
                "was trained with a module of the user's own, which the folder does not hold", where=place,
                mend="Give that module: deepen.load(folder, net=my_module).",
            )  # fmt: skip
        if net is not None:
            built: nn.Module = OwnNet(net)
        else:
            nets = [Assembled(preparation.shapes, preparation.outputs, each) for each in settings]
            built = nets[0] if len(nets) == 1 else Ensemble(nets)
        return cls(
            net=built, preparation=preparation, schema=Schema.from_dict(data["schema"]), net_settings=settings,
            temperature=data["temperature"], mirror=data["mirror"], nudge=data["nudge"],
            beside=Beside.from_dict(data["beside"]) if data.get("beside") else None,
            from_nothing=FromNothing.from_dict(data["from_nothing"]) if data.get("from_nothing") else None,
            **cls._common_from(data),
        )  # fmt: skip

    # -- reading

    def read(self, source: Any, y: Any = None, **reading: Any) -> Table:
        """Read a source into a table whose columns bear the names that the model knows.

        Parameters
        ----------
        source, y
            As for :meth:`predict`; the targets, where they stand beside the source.
        **reading
            ``header``, ``delimiter``, ``encoding`` of a text table.

        Raises
        ------
        DataError
            If the source cannot be read.
        """
        inputs, one_row = self.preparation.inputs, source
        if isinstance(source, Mapping) and (not _is_columns(source) or is_one_row(source, inputs)):
            one_row = [source]
        if isinstance(one_row, list) and one_row and isinstance(one_row[0], Mapping):
            one_row = {name: [row.get(name) for row in one_row] for name in one_row[0]}
        if isinstance(one_row, Mapping):
            one_row = with_lists(one_row, inputs)
        table = sources.read(one_row, y, **reading)
        return named_alike(table, self.preparation.inputs)

    def _with_target(self, table: Table) -> Table:
        missing = [name for name in self.schema.targets if name not in table.names]
        if missing and table.target is not None and len(self.schema.targets) == 1:
            return table.renamed({table.target: self.schema.targets[0]})
        if missing:
            raise DataError(
                f"there is no target column {missing[0]!r}, so there is nothing to compare with", where=table.origin,
                mend="Use predict for data without a target.",
            )  # fmt: skip
        return table

    def _scores(
        self,
        table: Table,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> np.ndarray:
        found, done = [], 0
        for arrays, count in self._encoded(table, stop):
            found.append(self.scores_of_arrays(arrays, np.arange(count)))
            done += count
            progress(done, len(table))
        return np.concatenate(found)

    def _encoded(
        self, table: Table, stop: Callable[[], bool]
    ) -> Iterator[tuple[Mapping[str, np.ndarray], int]]:
        """Encode a table's rows, some at a time, until the end or ``stop``; give arrays and how many rows they hold."""
        self.preparation.check(table)
        if len(table) == 0:
            raise DataError("there is no row to answer for", where=table.origin)
        for first in range(0, len(table), _ROWS):
            rows = np.arange(first, min(first + _ROWS, len(table)))
            encoded = self.preparation.encode(table.take(rows), workers=torch.get_num_threads(), stop=stop)
            if encoded.bad:
                row, why = next(iter(encoded.bad.items()))
                raise DataError(
                    why,
                    where=name_of(table, first + row, self.preparation.inputs),
                    mend="Leave it out, and ask again.",
                )
            yield encoded.arrays, len(rows)
            if stop():
                break

    def scores_of_arrays(
        self, arrays: Mapping[str, np.ndarray], rows: np.ndarray, **options: Any
    ) -> np.ndarray:
        """Score rows that are encoded already: (N, K)."""
        found = scores_of(
            self.net, arrays, rows, preparation=self.preparation, loss=Loss(self.schema.task),
            precision=self.precision, device=self.device, mirror=self.mirror, nudge=self.nudge, **options,
        )  # fmt: skip
        return found.numpy()


def _is_columns(source: Mapping[str, Any]) -> bool:
    """Whether a mapping holds whole columns, rather than the values of one row."""
    return all(hasattr(v, "__len__") and not isinstance(v, str | bytes) for v in source.values())


def check_own(net: nn.Module) -> None:
    """Refuse what is not a module that can be trained.

    Raises
    ------
    SettingError
        If it is no ``nn.Module``, or has no parameters.
    """
    if not isinstance(net, nn.Module):
        raise SettingError("not a torch.nn.Module", where="net", came=type(net).__name__)
    if not any(p.requires_grad for p in net.parameters()):
        raise SettingError("has no parameter to train", where="net", came=type(net).__name__)
