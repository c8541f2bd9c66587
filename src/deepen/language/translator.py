"""A trained model that rewrites texts: short messages to plain words, and whatever else pairs show. A folder on disk.

Legend: N items, S source tokens, T target tokens, K beams.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

import deepen.data.sources as sources
from deepen.answers import Predictions
from deepen.compute import folders
from deepen.compute.precision import Precision
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.evidence.blend import Blend
from deepen.evidence.text_baselines import Dictionary
from deepen.evidence.text_measures import text_score
from deepen.language.pair_learning import Encoded, PairNet, log_likelihoods
from deepen.language.pairs import Item, Spelling, items_of, pairs_of, rows_of
from deepen.model_card import write_card
from deepen.nets.seq2seq import Seq2Seq
from deepen.records import Score
from deepen.trained import Trained

__all__ = ["Translator", "bucket", "is_sure"]

_BATCH = 128
_BEAMS = 4
_SURE = 10  # times that a word became the same: such a one is not asked about (assumed)
_EDGES = (1, 2, 4, 10)  # how often an item was seen, in steps; each has its own weight in the blend
BUCKETS = len(_EDGES) + 1


def bucket(dictionary: Dictionary, items: Sequence[Item]) -> np.ndarray:
    """In which step of having been seen each item stands: (N,)."""
    return np.digitize([dictionary.seen(item.text) for item in items], _EDGES).astype(np.int64)


def is_sure(dictionary: Dictionary, text: str) -> bool:
    """Whether an item always became the same, often enough that the net need not be asked."""
    found = dictionary.counts.get(text, {})
    return len(found) == 1 and sum(found.values()) >= _SURE


@dataclass(kw_only=True, repr=False)
class Translator(Trained):
    """What :func:`deepen.train` gives for text to text, and :func:`deepen.load`.

    An item's candidates are itself, what it became in training, and what the net's beam search finds. Each gets the
    blend of the net's probability and its share in training; the most probable one is the answer.

    Parameters
    ----------
    net, net_plan
        The trained net, in evaluation mode, and what builds it again.
    spelling, dictionary, blend
        How items become tokens; what items became in training; and how the two are joined.
    schema
        Which column was learned from which.
    aligned, lower
        Whether items are the words of a list; whether all is read in small letters.
    scores
        By name: ``test`` is the headline; ``copy`` and ``dictionary`` stand beside it.
    history, notes, about
        How the training went; what was understood, a sentence each; seconds, sizes and versions.
    precision
        How to compute, as measured where it was trained; a loaded model computes in float32.
    """

    net: Seq2Seq
    net_plan: PairNet
    spelling: Spelling
    dictionary: Dictionary
    blend: Blend
    schema: Schema
    aligned: bool
    lower: bool
    precision: Precision = field(default_factory=Precision)

    FORM: ClassVar[str] = "text to text"
    FOREIGN: ClassVar[str] = "holds no model from text to text"

    @property
    def columns(self) -> tuple[str, str]:
        """The names of the source's and the target's column."""
        return self.schema.inputs[0].name, self.schema.targets[0]

    def predict(
        self,
        source: Any,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        **reading: Any,
    ) -> Predictions:
        """Rewrite new texts.

        Parameters
        ----------
        source
            One text, a list of texts, or whatever :func:`deepen.train` takes with the source's column.
        stop, progress
            A flag that ends it early, and who is told how far it is.

        Returns
        -------
        Predictions
            The best text for each, and the probability that the model gives it. Words are joined by blanks.

        Raises
        ------
        DataError
            If the source cannot be read, or lacks the column.
        """
        table, column = self._read(source, **reading)
        rows = rows_of(table, column, aligned=self.aligned, lower=self.lower)
        found = self.answers(rows, stop=stop, progress=progress)
        values = tuple(" ".join(text for text, _ in row if text) for row in found)
        sure = np.array([[math.prod(p for _, p in row)] for row in found])
        names = tuple(table.where(row).rsplit(", ", 1)[-1] for row in range(len(values)))
        return Predictions(values, names, ("the answer",), sure)

    def evaluate(self, source: Any, y: Any = None, *, part: str | None = None, **reading: Any) -> Score:
        """Measure the model on other pairs.

        Raises
        ------
        DataError
            If the data cannot be read, or have no target.
        """
        table = sources.read(source, y, **reading)
        missing = [name for name in self.columns if name not in table.names]
        if missing:
            raise DataError(f"there is no column {missing[0]!r}", where=table.origin)
        pairs = pairs_of(table, *self.columns, np.zeros(0, np.int64))
        if self.aligned and not pairs.aligned:
            raise DataError("source and target are not lists of equally many words", where=table.origin)
        asked = rows_of(table, self.columns[0], aligned=self.aligned, lower=self.lower)
        given = [[text for text, _ in row] for row in self.answers(asked)]
        truth = rows_of(table, self.columns[1], aligned=self.aligned, lower=False)
        return text_score(asked, truth, given, aligned=self.aligned, part=part or table.origin)

    def _read(self, source: Any, **reading: Any) -> tuple[Table, str]:
        column = self.columns[0]
        if isinstance(source, list) and source and all(isinstance(text, str) for text in source):
            exist = [Path(text).exists() for text in source if len(text) < 200]
            if not any(exist):
                source = {column: source}
        elif isinstance(source, str) and (len(source) > 200 or not Path(source).exists()) and " " in source:
            source = {column: [source]}
        table = sources.read(source, **reading)
        if column not in table.names:
            if len(table.names) != 1:
                raise DataError(
                    f"there is no column {column!r}",
                    where=table.origin,
                    came=", ".join(map(repr, table.names)),
                )
            column = table.names[0]
        return table, column

    def answers(
        self,
        rows: Sequence[Sequence[str]],
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> list[list[tuple[str, float]]]:
        """Answer the items of each row: the best text for each, and its probability."""
        items = [items_of(row) for row in rows]
        asked = list(dict.fromkeys(item for row in items for item in row if self._is_asked(item)))
        known: dict[Item, tuple[str, float]] = {}
        for first in range(0, len(asked), _BATCH):
            block = asked[first : first + _BATCH]
            known |= {item: found[0] for item, found in zip(block, self.candidates(block), strict=True)}
            progress(min(first + _BATCH, len(asked)), len(asked))
            if stop():
                break
        return [[known.get(item) or self._by_heart(item) for item in row] for row in items]

    def _is_asked(self, item: Item) -> bool:
        return not is_sure(self.dictionary, item.text) and (not self.aligned or self.spelling.fits(item))

    def _by_heart(self, item: Item) -> tuple[str, float]:
        """What was always so; by Laplace's rule of succession it will be once more with this probability."""
        seen = self.dictionary.seen(item.text)
        return self.dictionary.answer(item.text), (seen + 1) / (seen + 2)

    def candidates(self, items: Sequence[Item]) -> list[list[tuple[str, float]]]:
        """Give every candidate for each item with its probability, the best first."""
        found = self._beams(items)
        more = [
            (at, text)
            for at, item in enumerate(items)
            for text in dict.fromkeys((item.text, *self.dictionary.answers(item.text)))
            if text not in found[at]
        ]
        if more:
            asked = [items[at] for at, _ in more]
            targets = [text for _, text in more]
            encoded = Encoded(self.spelling.sources(asked), self.spelling.targets(asked, targets))
            logs = log_likelihoods(self.net, encoded, device=self.device, precision=self.precision)
            for (at, text), log in zip(more, logs, strict=True):
                whole = len(text) <= self.spelling.longest_target  # a longer one is not read to its end
                found[at][text] = math.exp(log) if whole else 0.0
        step = bucket(self.dictionary, items)
        answers = []
        for at, item in enumerate(items):
            texts = list(found[at])
            net = np.array([found[at][text] for text in texts])
            share = np.array([self.dictionary.share(item.text, text) for text in texts])
            p = self.blend.join(net, share, int(step[at]))
            answers.append([(texts[k], float(p[k])) for k in np.argsort(-p, kind="stable")])
        return answers

    @torch.inference_mode()
    def _beams(self, items: Sequence[Item]) -> list[dict[str, float]]:
        """The texts that the net finds for each item, with their probabilities."""
        source = torch.from_numpy(self.spelling.sources(items)).long().to(self.device)
        with self.precision.autocast(self.device):
            found = self.net.beam_search(source, beams=_BEAMS, most=self.spelling.longest_target)
        tokens, p = found.tokens.cpu().numpy(), found.log_p.double().exp().cpu().numpy()
        answers: list[dict[str, float]] = []
        for at, item in enumerate(items):
            texts: dict[str, float] = {}
            for k in range(tokens.shape[1]):
                text = self.spelling.read(tokens[at, k], item)
                # An unknown character can be said and copied; both write the same text.
                texts[text] = texts.get(text, 0.0) + float(p[at, k])
            answers.append(texts)
        return answers

    def _save_more(self, stage: Path) -> None:
        folders.write_json(stage / "dictionary.json", self.dictionary.to_dict())

    def _write_card(self, path: Path) -> None:
        write_card(path, self)

    def _specific(self) -> dict[str, Any]:
        return {
            "net": self.net_plan.to_dict(),
            "spelling": self.spelling.to_dict(),
            "blend": self.blend.to_dict(),
            "schema": self.schema.to_dict(),
            "aligned": self.aligned,
            "lower": self.lower,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Translator:
        plan = PairNet.from_dict(data["net"])
        return cls(
            net=plan.build(), net_plan=plan, spelling=Spelling.from_dict(data["spelling"]),
            dictionary=Dictionary.from_dict(folders.read_json(place / "dictionary.json")),
            blend=Blend.from_dict(data["blend"]),
            schema=Schema.from_dict(data["schema"]), aligned=data["aligned"], lower=data["lower"],
            **cls._common_from(data),
        )  # fmt: skip
