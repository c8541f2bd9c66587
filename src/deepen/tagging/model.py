"""A trained model that gives each token of a sentence, or each step of a series, its tag. A folder on disk.

Legend: N rows, T elements of one, C channels, K tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

import deepen.data.sources as sources
from deepen.answers import Tagged
from deepen.compute import folders
from deepen.compute.precision import Precision
from deepen.data.kinds import Series
from deepen.data.kinds.unknown import unknown
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError, nearest
from deepen.evidence.blend import Blend
from deepen.evidence.calibration import temperature
from deepen.evidence.chain import Chain
from deepen.evidence.tag_baselines import Habits
from deepen.evidence.tag_measures import tag_score
from deepen.model_card import write_card
from deepen.nets.tagger import Tagging
from deepen.records import Score
from deepen.tagging.inputs import Reader, encode, reader_from, reader_to
from deepen.tagging.learn import TagNet, scores_of
from deepen.tagging.rows import Elements, check_lengths, elements_of, tags_of
from deepen.trained import Trained

__all__ = ["Tagger", "codes_of_tags"]

_ROWS = 4096  # read at a time


def _softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Bring scores (T, K) to probabilities (T, K)."""
    tempered = scores.astype(np.float64) / temperature
    powers = np.exp(tempered - tempered.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def codes_of_tags(rows: Sequence[Sequence[str]], labels: Sequence[str]) -> list[np.ndarray]:
    """Number tags by their place among the labels: (T,) int64 for each row; -1 for one that is none of them."""
    place = {label: at for at, label in enumerate(labels)}
    return [np.array([place.get(tag, -1) for tag in row], np.int64) for row in rows]


def _depth(value: Any) -> int:
    """How many lists stand in one another, by the first of each."""
    return 1 + _depth(value[0]) if isinstance(value, list) and value else 0


@dataclass(kw_only=True, repr=False)
class Tagger(Trained):
    """What :func:`deepen.train` gives for tags, and :func:`deepen.load`.

    Parameters
    ----------
    net, net_plan
        The trained net, in evaluation mode, and what builds it again.
    reader
        How tokens, or steps of numbers, become the net's inputs: fitted on the training part.
    labels
        The K tags, the commonest first.
    schema
        Which column is tagged by which.
    temperature
        Divides the scores before they become probabilities.
    habits, blend
        How tokens were tagged in training, and how that is weighed against the net; None for steps of numbers.
    chain
        Which tag follows which, and how much that weighs.
    scores
        By name: ``test`` is the headline; what is simpler stands beside it.
    history, notes, about
        How the training went; what was understood, a sentence each; seconds, sizes and versions.
    precision
        How to compute, as measured where it was trained; a loaded model computes in float32.
    """

    net: Tagging
    net_plan: TagNet
    reader: Reader
    labels: tuple[str, ...]
    schema: Schema
    temperature: float = 1.0
    habits: Habits | None = None
    blend: Blend | None = None
    chain: Chain | None = None
    precision: Precision = field(default_factory=Precision)

    FORM: ClassVar[str] = "tags"
    FOREIGN: ClassVar[str] = "holds no model that tags"

    @property
    def columns(self) -> tuple[str, str]:
        """The names of the column that is tagged, and of the tags'."""
        return self.schema.inputs[0].name, self.schema.targets[0]

    def predict(
        self,
        source: Any,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        **reading: Any,
    ) -> Tagged:
        """Tag new sentences or series.

        Parameters
        ----------
        source
            A sentence, or a list of them, which are cut at their blanks; a list of lists of tokens; one series or a
            list of them; or whatever :func:`deepen.train` takes with the column of tokens or steps.
        stop, progress
            A flag that ends it early, and who is told how far it is.

        Returns
        -------
        Tagged
            A tuple of tags for each row, and their probabilities. A row without an element has no tag.

        Raises
        ------
        DataError
            If the source cannot be read, lacks the column, or a row is missing.
        """
        table, column = self._read(source, **reading)
        elements = self._elements(table, column)
        if elements.missing.any():
            at = int(np.argmax(elements.missing))
            raise DataError(
                "there is nothing to tag", where=f"{table.where(at)}, column {column!r}", came="no value",
                mend="Leave the row out, or give an empty list.",
            )  # fmt: skip
        found = self.probabilities(elements.rows, stop=stop, progress=progress)
        tags = tuple(tuple(self.labels[k] for k in p.argmax(1)) if len(p) else () for p in found)
        sure = tuple(tuple(p.max(1).tolist()) if len(p) else () for p in found)
        names = tuple(table.where(row).rsplit(", ", 1)[-1] for row in range(len(found)))
        tokens = () if isinstance(self.reader, Series) else tuple(map(tuple, elements.rows))
        return Tagged(tags, names, self.labels, None, sure, tokens)

    def evaluate(self, source: Any, y: Any = None, *, part: str | None = None, **reading: Any) -> Score:
        """Measure the model on other data, which must have the tags too.

        Raises
        ------
        DataError
            If the data cannot be read, have no tags, have tags that the model does not know, or a row has another
            number of tags than of elements.
        """
        reading.pop("label_from", None)
        table = sources.read(source, y, **reading)
        column, target = self.columns
        for name in (column, target):
            if name not in table.names:
                raise DataError(
                    f"there is no column {name!r}", where=table.origin, mend=nearest(name, table.names)
                )
        elements, tags = self._elements(table, column), tags_of(table, target)
        check_lengths(table, column, target, elements, tags)
        rows = np.flatnonzero(~(elements.missing | tags.missing) & (elements.lengths > 0))
        if len(rows) == 0:
            raise DataError("no row has an element and its tag", where=table.origin)
        truth = codes_of_tags([tags.rows[row] for row in rows.tolist()], self.labels)
        for row, codes in zip(rows.tolist(), truth, strict=True):
            if (codes < 0).any():
                place = int((codes < 0).argmax())
                raise unknown(
                    "tag", tags.rows[row][place], self.labels, row=f"{table.where(row)}, place {place + 1}",
                    column=target,
                )  # fmt: skip
        answers = [p.argmax(1) for p in self.probabilities([elements.rows[row] for row in rows.tolist()])]
        return tag_score(truth, answers, self.labels, part=part or table.origin)

    def calibrate(
        self, rows: Sequence[Any], codes: Sequence[np.ndarray], train: Sequence[np.ndarray]
    ) -> None:
        """Find on the validation part what divides the scores, and how net, habits and the chain of tags are weighed.

        Parameters
        ----------
        codes
            (T,) of each row; -1 for a tag that training does not have.
        train
            (T,) of each row of the training part.
        """
        scores, truth = np.concatenate(self._scores(rows)), np.concatenate(codes)
        at = np.flatnonzero(truth >= 0)
        if not len(at):
            return
        self.temperature = temperature(scores[at], truth[at])
        if self.habits is not None:
            tokens = [token for row in rows for token in row]
            net = _softmax(scores, self.temperature)
            habit, step = self._habits_of(tokens, net), self.habits.steps(tokens)
            self.blend = Blend.fit(net[at, truth[at]], habit[at, truth[at]], step[at], self.habits.buckets)
        self.chain = Chain.fit(train, len(self.labels), self.probabilities(rows), codes)

    def probabilities(
        self,
        rows: Sequence[Any],
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> list[np.ndarray]:
        """Give the probability of each tag for rows of tokens or of steps (T, C): (T, K) each."""
        found = []
        for row, scores in zip(rows, self._scores(rows, stop=stop, progress=progress), strict=False):
            p = _softmax(scores, self.temperature) if len(scores) else scores.astype(np.float64)
            if self.habits is not None and self.blend is not None and len(p):
                p = self.blend.join(p.T, self._habits_of(row, p).T, self.habits.steps(row)).T
            found.append(p if self.chain is None else self.chain.join(p))
        return found

    def _habits_of(self, tokens: Sequence[str], net: np.ndarray) -> np.ndarray:
        """What each token was tagged in training, (T, K); the net's own word where it was never seen."""
        assert self.habits is not None
        shares = self.habits.shares(tokens)
        return np.where(shares.sum(1, keepdims=True) > 0, shares, net)

    def _scores(
        self,
        rows: Sequence[Any],
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> list[np.ndarray]:
        """Give the scores of each element's tags for rows of tokens or of steps (T, C): (T, K) each."""
        found: list[np.ndarray] = []
        for first in range(0, len(rows), _ROWS):
            block = rows[first : first + _ROWS]
            found += scores_of(
                self.net, encode(self.reader, block), len(self.labels), device=self.device,
                precision=self.precision, stop=stop,
            )  # fmt: skip
            progress(len(found), len(rows))
            if stop():
                break
        return found

    def _elements(self, table: Table, column: str) -> Elements:
        series = self.reader if isinstance(self.reader, Series) else None
        return elements_of(
            table,
            column,
            "series" if series else "text",
            channels=series.channels if series else None,
            plain=True,
        )

    def _read(self, source: Any, **reading: Any) -> tuple[Table, str]:
        column = self.columns[0]
        table = sources.read(self._as_column(source, column), **reading)
        if column not in table.names:
            if len(table.names) != 1:
                raise DataError(
                    f"there is no column {column!r}",
                    where=table.origin,
                    came=", ".join(map(repr, table.names)),
                )
            column = table.names[0]
        return table, column

    def _as_column(self, source: Any, column: str) -> Any:
        """Give sentences, or series, that come without a table the name of their column."""
        if isinstance(self.reader, Series):
            if isinstance(source, np.ndarray):
                source = source.tolist()
            if isinstance(source, list) and source and not isinstance(source[0], str | Path | Mapping):
                if _depth(source) == (1 if self.reader.channels == 1 else 2):
                    source = [source]
                return {column: pa.array(source)}
            return source
        if isinstance(source, str) and " " in source and (len(source) > 200 or not Path(source).exists()):
            return {column: pa.array([source.split()])}
        if not isinstance(source, list) or not source:
            return source
        if all(isinstance(row, list) for row in source):
            return {column: pa.array(source, pa.list_(pa.string()))}
        if all(isinstance(text, str) for text in source):
            return {column: pa.array([text.split() for text in source], pa.list_(pa.string()))}
        return source

    def _save_more(self, stage: Path) -> None:
        if self.habits is not None:
            folders.write_json(stage / "habits.json", self.habits.to_dict())

    def _write_card(self, path: Path) -> None:
        write_card(path, self)

    def _specific(self) -> dict[str, Any]:
        return {
            "net": self.net_plan.to_dict(),
            "reader": reader_to(self.reader),
            "labels": list(self.labels),
            "schema": self.schema.to_dict(),
            "temperature": self.temperature,
            "blend": None if self.blend is None else self.blend.to_dict(),
            "chain": None if self.chain is None else self.chain.to_dict(),
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Tagger:
        plan = TagNet.from_dict(data["net"])
        return cls(
            net=plan.build(), net_plan=plan, reader=reader_from(data["reader"]), labels=tuple(data["labels"]),
            schema=Schema.from_dict(data["schema"]), temperature=data["temperature"],
            habits=Habits.from_dict(folders.read_json(place / "habits.json")) if plan.v else None,
            blend=None if data["blend"] is None else Blend.from_dict(data["blend"]),
            chain=None if data["chain"] is None else Chain.from_dict(data["chain"]), **cls._common_from(data),
        )  # fmt: skip
