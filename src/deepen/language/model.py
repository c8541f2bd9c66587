"""A trained language model: it writes, and tells how likely a text is. A folder on disk.

Legend: N tokens of a stream, V ids.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

import deepen.data.sources as sources
from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.compute.weights import load_state, save_state
from deepen.data.columns import is_text, strings
from deepen.data.kinds.text import Text, Texts
from deepen.data.sources.options import Options
from deepen.data.sources.prose import may_be_prose, read_prose
from deepen.data.sources.single import file_format
from deepen.data.table import Table
from deepen.data.tokens import Tokeniser
from deepen.errors import DataError, SettingError
from deepen.evidence.blend import Blend
from deepen.evidence.likelihood import likelihood
from deepen.language import sampling
from deepen.language.card import write_card
from deepen.language.corpus import stream_of
from deepen.language.ngram import NGram
from deepen.language.plan import NetPlan
from deepen.language.scoring import log_probabilities, widths
from deepen.learning.pretrained import Pretrained
from deepen.nets.assemble import NetSettings
from deepen.nets.language_reader import LanguageReader
from deepen.nets.lstm_layers import State
from deepen.records import Score
from deepen.shapes import Tokens
from deepen.trained import Trained

__all__ = ["Writer"]

_TOGETHER = 64  # texts that are encoded at once
_FAR = 4096  # tokens of a prompt that are read; what stands before them is forgotten anyway (assumed)


@dataclass(kw_only=True, repr=False)
class Writer(Trained):
    """What :func:`deepen.train` gives for text alone, and :func:`deepen.load`.

    Parameters
    ----------
    net, net_plan
        The trained net, in evaluation mode, and what builds it again.
    tokeniser
        How text becomes its ids.
    column
        The name of the column of texts that it learned.
    ngram, blend
        The counts, and how they are joined with the net; None where they do not help.
    scores
        What was measured, by name: ``test`` is the headline; ``net alone`` and ``n-gram`` stand beside it.
    history, notes, about
        How the training went; what was understood, a sentence each; seconds, sizes and versions.
    sample
        What it wrote when it was made.
    precision
        How to compute, as measured where it was trained; a loaded model computes in float32.
    """

    net_plan: NetPlan
    tokeniser: Tokeniser
    column: str = "text"
    ngram: NGram | None = None
    blend: Blend | None = None
    sample: str = ""
    precision: Precision = field(default_factory=Precision)

    FORM: ClassVar[str] = "language"
    FOREIGN: ClassVar[str] = "holds no language model"

    def write(
        self,
        prompt: str = "",
        length: int = 500,
        *,
        temperature: float = 0.8,
        top_p: float = 0.95,
        seed: int = 0,
    ) -> str:
        """Go on writing after a prompt.

        Parameters
        ----------
        prompt
            What stands before; characters that the model does not know are read as unknown ones.
        length
            How many characters to write.
        temperature
            Above 1 it dares more, below 1 less; at 0 it always takes the likeliest token.
        top_p
            Only the likeliest tokens that together have this much of the probability are drawn from.
        seed
            The same seed writes the same text, on one machine.

        Returns
        -------
        str
            What follows the prompt, without it.
        """
        return "".join(self.stream(prompt, length, temperature=temperature, top_p=top_p, seed=seed))

    def stream(
        self,
        prompt: str = "",
        length: int = 500,
        *,
        temperature: float = 0.8,
        top_p: float = 0.95,
        seed: int = 0,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Write as :meth:`write` does, and give each piece of text as soon as it stands."""
        sampling.check(length, temperature, top_p)
        return self._written(prompt, length, temperature, top_p, seeds.numpy_generator(seed, "write"), stop)

    def _written(
        self,
        prompt: str,
        length: int,
        temperature: float,
        top_p: float,
        rng: np.random.Generator,
        stop: Callable[[], bool],
    ) -> Iterator[str]:
        spelled = self.tokeniser.spelled()
        letters = codecs.getincrementaldecoder("utf-8")(errors="replace")
        context = [0, *self.tokeniser.encode([prompt])[0][-_FAR:].tolist()]
        logits, state = self._read(context, None)
        left = length
        while left > 0 and not stop():
            p = self._joined(logits, context)
            if self.tokeniser.unknown is not None:
                p[self.tokeniser.unknown] = 0.0
            chosen = sampling.choose(p, temperature, top_p, rng)
            text = letters.decode(spelled[chosen] if chosen else b"\n")[:left]
            left -= len(text)
            if text:
                yield text
            context = [*context[-64:], chosen]
            logits, state = self._read([chosen], state)

    @torch.inference_mode()
    def _read(self, ids: list[int], state: State | None) -> tuple[Tensor, State]:
        """Read on, and weigh what comes next: logits (V,)."""
        logits, state = self.net(torch.tensor([ids], device=self.device), state)
        return logits[0, -1], state

    def _joined(self, logits: Tensor, context: list[int]) -> NDArray[np.float64]:
        """The probability of every id to come next (V,)."""
        p = logits.double().softmax(0).cpu().numpy()
        if self.ngram is None or self.blend is None:
            return np.array(p)
        counts, seen = self.ngram.ahead(context)
        return self.blend.join(p, counts, seen)

    def evaluate(self, source: Any, y: Any = None, *, part: str | None = None, **reading: Any) -> Score:
        """Measure the model on another text.

        Parameters
        ----------
        source
            A text file, a folder of them, or a table with the column that it learned.
        part
            What the score is called.

        Raises
        ------
        DataError
            If the source cannot be read, or holds no text.
        """
        texts, origin = self._texts(source, y, **reading)
        if not any(texts):
            raise DataError("there is no text", where=origin)
        ids = stream_of([t for t in texts if t], self.tokeniser)
        return self.scored(ids, 0, len(ids), part=part or origin)["test"]

    def _texts(self, source: Any, y: Any, **reading: Any) -> tuple[list[str | None], str]:
        """Read a source; a plain text file is running text here, however much it looks like a table."""
        if isinstance(source, str | PathLike):
            path = Path(source)
            if path.is_file() and file_format(path) == "text" and may_be_prose(path):
                return [read_prose(path, Options(encoding=reading.get("encoding")))[0]], path.name
        table = sources.read(source, y, **reading)
        return strings(table[self._column_of(table)]).to_pylist(), table.origin

    def _column_of(self, table: Table) -> str:
        if self.column in table.names:
            return self.column
        texts = [name for name in table.names if is_text(table[name])]
        if len(texts) != 1:
            raise DataError(
                f"there is no column {self.column!r}",
                where=table.origin,
                came=", ".join(map(repr, table.names)),
            )
        return texts[0]

    def scored(
        self, ids: NDArray[np.integer], first: int, last: int, *, part: str = "test", seed: int = 0
    ) -> dict[str, Score]:
        """Score tokens ``first`` to ``last`` of a stream (N,): the model, and beside it its two halves."""
        net = np.exp(
            log_probabilities(self.net, ids, first, last, device=self.device, precision=self.precision)
        )
        characters, octets, more = widths(self.tokeniser)
        own = ids[first:last].astype(np.int64)

        def score(p: NDArray[np.float64]) -> Score:
            bits = more[own] - np.log2(np.maximum(p, 1e-30))
            return likelihood(bits, characters[own], octets[own], part=part, seed=seed)

        if self.ngram is None or self.blend is None:
            return {"test": score(net)}
        counts, seen = self.ngram.follow(ids, first)
        counts, seen = counts[: last - first], seen[: last - first]
        joined = self.blend.join(net, counts, seen)
        return {"test": score(joined), "net alone": score(net), "n-gram": score(counts)}

    def pretrained(self, origin: str = "a language model") -> Pretrained:
        """Give what a supervised training may begin with: the tokeniser, and the net below its outputs.

        How many tokens of a text are read is chosen from the new texts.
        """
        settings = NetSettings(reader=LanguageReader.reader, given=self._reading)
        return Pretrained(
            origin, {self.column: Text(self.tokeniser, 0)}, settings, {f"text {self.column}": self._body}
        )

    @property
    def _reading(self) -> dict[str, Any]:
        """What builds the reader of whole texts."""
        plan = self.net_plan
        d = min(256, plan.width) if plan.embedding_d is None else plan.embedding_d
        return {"width": plan.width, "depth": plan.depth, "embedding_d": d}

    @property
    def _body(self) -> dict[str, Tensor]:
        """The weights of the reader, without a head, on the CPU."""
        return {
            name: weights.detach().cpu().clone()
            for name, weights in self.net.state_dict().items()
            if name.startswith(("embedding.", "stack."))
        }

    def encode(self, source: Any, **reading: Any) -> NDArray[np.float32]:
        """Give the features of texts: (N, 3 H) float32, see :class:`~deepen.nets.language_reader.LanguageReader`.

        Parameters
        ----------
        source
            A table with the column that it learned, or its only one of texts; a folder of text files; a text file.

        Raises
        ------
        DataError
            If the source cannot be read, or holds no text.
        """
        texts, origin = self._texts(source, None, **reading)
        if not texts:
            raise DataError("there is no text to encode", where=origin)
        net = LanguageReader(Tokens(self.tokeniser.size, 1), None, **self._reading).to(self.device).eval()
        net.load_state_dict(self._body)
        opened = Texts(pa.chunked_array([pa.array(texts, pa.large_string())]), str)
        kind = Text(self.tokeniser, 0).as_long_as(opened, np.arange(len(texts)))
        ids = np.zeros((len(texts), kind.longest), np.int32)
        kind.encode_into(opened, ids, workers=1, stop=lambda: False, progress=lambda _done, _all: None)
        order = np.argsort(
            (ids > 0).sum(1), kind="stable"
        )  # those of like length together: padding costs time
        found = np.empty((len(texts), net.features_n), np.float32)
        with torch.inference_mode():
            for first in range(0, len(order), _TOGETHER):
                rows = order[first : first + _TOGETHER]
                found[rows] = net(kind.to_net(torch.from_numpy(ids[rows])).to(self.device)).cpu().numpy()
        return found

    def predict(self, source: Any, **_options: Any) -> NoReturn:
        """Refuse, and tell what to use.

        Raises
        ------
        SettingError
            Always.
        """
        raise SettingError(
            "a language model predicts no column",
            where="predict",
            mend="Let it write: model.write(prompt), deepen write.",
        )

    def _save_more(self, stage: Path) -> None:
        if self.ngram is not None:
            save_state(stage / "counts.safetensors", _as_tensors(self.ngram))

    def _write_card(self, path: Path) -> None:
        write_card(path, self)

    def _specific(self) -> dict[str, Any]:
        return {
            "net": self.net_plan.to_dict(),
            "tokeniser": self.tokeniser.to_dict(),
            "column": self.column,
            "blend": self.blend.to_dict() if self.blend is not None else None,
            "sample": self.sample,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Writer:
        plan = NetPlan.from_dict(data["net"])
        blend = Blend.from_dict(data["blend"]) if data["blend"] is not None else None
        counts = load_state(place / "counts.safetensors") if blend is not None else None
        return cls(
            net=plan.build(), net_plan=plan, tokeniser=Tokeniser.from_dict(data["tokeniser"]), column=data["column"],
            ngram=_from_tensors(counts, plan.v) if counts is not None else None, blend=blend, sample=data["sample"],
            **cls._common_from(data),
        )  # fmt: skip


def _as_tensors(ngram: NGram) -> dict[str, Tensor]:
    """Hashes as signed numbers of the same bits: not all of PyTorch knows unsigned ones."""
    arrays = ngram.to_arrays().items()
    return {k: torch.from_numpy(a.view(np.int64) if a.dtype == np.uint64 else a) for k, a in arrays}


def _from_tensors(tensors: Mapping[str, Tensor], v: int) -> NGram:
    arrays = {k: t.numpy() for k, t in tensors.items()}
    return NGram.from_arrays(
        {k: a.view(np.uint64) if k.endswith(".contexts") else a for k, a in arrays.items()}, v
    )
