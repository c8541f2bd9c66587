"""Text as whole numbers: a vocabulary of characters, bytes, words or pieces, fitted on the training part.

Id 0 is never a token: it fills sequences up, and parts one text from the next. Characters, bytes and pieces
can be read back exactly; words are brought to small letters and lose their blanks.

Legend: L tokens of one text.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from deepen.config import between, one_of
from deepen.errors import DataError, FolderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["UNITS", "Tokeniser"]

UNITS = ("characters", "bytes", "words", "pieces")

_ENOUGH = 2_000_000  # characters from which on pieces are seen often enough to be learned (assumed)
_RARE = 2  # a word seen once in training teaches nothing but noise: it is read as unknown (assumed)
_MOST_WORDS = 30_000  # assumed; the words beyond it are seen a few times each
_FEWEST_PIECES = 256  # one for each byte, of which all others are made
_STRETCH = 1 << 16  # characters encoded at a time: the library keeps some hundred bytes for each token
_UNKNOWN = "\ufffd"  # Unicode's own mark for what cannot be shown

# Letters with their apostrophes; the same mark repeated; or any one other sign, whole: \X is a grapheme cluster
# (Unicode Standard Annex 29), so that an emoji joined of several, or a letter with its accents, stays one.
_WORD = r"\w+(?:['’]\w+)*|([^\w\s])\1+|(?!\s)\X"


@dataclass(frozen=True)
class Tokeniser:
    """A vocabulary, as fitted on the training part.

    Parameters
    ----------
    unit
        ``characters``, ``bytes``, ``words`` or ``pieces``: byte pairs joined by how often they meet (Sennrich et
        al. 2016), starting from bytes, so that any text can be written with them.
    vocabulary
        The characters in the order of their ids; the library's JSON for words and pieces; empty for bytes.
    size
        How many ids there are, 0 and the unknown one included.
    why
        Why this unit.

    Examples
    --------
    >>> tokens = Tokeniser.fit(["abba"])
    >>> tokens.unit, tokens.size, tokens.encode(["ab!"])[0].tolist()
    ('characters', 4, [2, 3, 1])
    >>> tokens.decode([3, 2])
    'ba'
    """

    unit: str
    vocabulary: str
    size: int
    why: str = ""

    @classmethod
    def fit(
        cls, texts: Iterable[str], *, unit: str | None = None, most: int | None = None, enough: int = _ENOUGH
    ) -> Self:
        """Fit on the texts of the training part.

        Parameters
        ----------
        unit
            One of ``UNITS``; chosen by how much text there is unless it is said.
        most
            The largest vocabulary, all ids counted; the rarest are then unknown. At the least 257 for pieces.
        enough
            From how many characters on pieces are chosen where no unit is said.

        Raises
        ------
        SettingError
            If the unit is unknown or ``most`` is too small for it.
        DataError
            If there is no text.
        """
        given = [_sound(text) for text in texts]
        total = sum(map(len, given))
        if total == 0:
            raise DataError("there is no text to make a vocabulary of", came=f"{len(given):,} empty texts")
        if unit is None:
            unit, why = _choice(total, enough)
        else:
            one_of("unit", unit, UNITS)
            why = "as told"
        if most is not None:
            lowest = {"bytes": _FEWEST_PIECES + 1, "pieces": _FEWEST_PIECES + 1}.get(unit, 3)
            between("most", most, lowest, 1e7)
        if unit == "characters":
            found = _characters(given, most)
            return cls(unit, found, len(found) + 2, why)
        if unit == "bytes":
            return cls(unit, "", 257, why)
        if unit == "words":
            made = _words(given, (most or _MOST_WORDS) - 1)
        else:
            made = _pieces(given, (most or _pieces_for(total)) - 1)
        return cls(unit, made.to_str(), made.get_vocab_size() + 1, why)

    @property
    def unknown(self) -> int | None:
        """The id of everything that is not in the vocabulary; None where all text can be written."""
        return 1 if self.unit in ("characters", "words") else None

    @property
    def exact(self) -> bool:
        """Whether :meth:`decode` gives back what was encoded, but for unknown characters."""
        return self.unit != "words"

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode texts as ids from 1 on: a list of (L,) int32."""
        given = [_sound(text) for text in texts]
        if self.unit == "characters":
            return _split(_code_points(given), [len(text) for text in given], self._table)
        if self.unit == "bytes":
            raw = [text.encode() for text in given]
            return [np.frombuffer(each, np.uint8).astype(np.int32) + 1 for each in raw]
        return self._encode_by_library(given)

    def decode(self, ids: Iterable[int] | np.ndarray) -> str:
        """Read ids back; 0 is passed over, and the unknown id shown as U+FFFD.

        Bytes that make no character, as a net may write them, are shown so too.
        """
        kept = np.asarray(list(ids) if not isinstance(ids, np.ndarray) else ids, dtype=np.int64)
        kept = kept[kept > 0]
        if self.exact:
            spelled = _spelled(self)
            return b"".join(spelled[i] for i in kept.tolist()).decode("utf-8", errors="replace")
        made = _compiled(self.vocabulary)
        return " ".join(
            _UNKNOWN if i == self.unknown else str(made.id_to_token(i - 1)) for i in kept.tolist()
        )

    def spelled(self) -> list[bytes]:
        """How each id is written, in UTF-8; 0 is written with nothing, the unknown one as U+FFFD.

        Raises
        ------
        DataError
            For words, which cannot be written as they stood.
        """
        return list(_spelled(self))

    def unknown_in(self, text: str) -> int:
        """How many characters or words of a text are not in the vocabulary."""
        if self.unknown is None:
            return 0
        return int((self.encode([text])[0] == self.unknown).sum())

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data.

        Raises
        ------
        FolderError
            If the unit is unknown, as in a folder written by a newer version, or the vocabulary is damaged.
        """
        if data["unit"] not in UNITS:
            raise FolderError(f"unknown unit {data['unit']!r}", allowed=", ".join(UNITS))
        if data["unit"] in ("words", "pieces"):
            try:
                _compiled(data["vocabulary"])
            except Exception as error:  # the library raises Exception itself
                raise FolderError("its vocabulary is damaged", came=str(error)) from None
        return cls(data["unit"], data["vocabulary"], data["size"], data["why"])

    @property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        return _sorted_characters(self.vocabulary)

    def _encode_by_library(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode stretch by stretch, cut between lines, so that a book needs little memory."""
        made = _compiled(self.vocabulary)
        stretches = [list(_stretches(text)) for text in texts]
        flat = [stretch for each in stretches for stretch in each]
        found: list[np.ndarray] = []
        with _serial():
            for first in range(0, len(flat), 1024):
                block = made.encode_batch_fast(flat[first : first + 1024], add_special_tokens=False)
                found += [np.array(e.ids, dtype=np.int32) + 1 for e in block]
        parts = iter(found)
        empty = np.zeros(0, np.int32)
        return [np.concatenate([next(parts) for _ in each] or [empty]) for each in stretches]


@lru_cache(maxsize=8)
def _spelled(tokeniser: Tokeniser) -> tuple[bytes, ...]:
    if tokeniser.unit == "words":
        raise DataError("words cannot be written as they stood", where="unit", mend="Use pieces instead.")
    if tokeniser.unit == "bytes":
        return (b"", *(bytes([i]) for i in range(256)))
    if tokeniser.unit == "characters":
        return (b"", _UNKNOWN.encode(), *(c.encode() for c in tokeniser.vocabulary))
    made, letters = _compiled(tokeniser.vocabulary), _letters_of_bytes()
    names = (str(made.id_to_token(i)) for i in range(tokeniser.size - 1))
    return (b"", *(bytes(letters[c] for c in name) for name in names))


def _letters_of_bytes() -> dict[str, int]:
    """The letter by which the library writes each byte: itself where it can be shown, else one from U+0100 on."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in shown]
    return {chr(b): b for b in shown} | {chr(256 + i): b for i, b in enumerate(others)}


def _choice(total: int, enough: int) -> tuple[str, str]:
    """Choose the unit by the number of characters."""
    if total < enough:
        return "characters", f"{total:,} characters are too few to learn what longer pieces mean"
    return "pieces", f"{total:,} characters are enough to learn longer pieces, which make shorter sequences"


def _pieces_for(total: int) -> int:
    """Twice the square root of the number of characters, as a power of two: 4,096 for 5 million (assumed)."""
    return int(min(32_768, max(512, 2 ** round(math.log2(2 * math.sqrt(total))))))


def _sound(text: str) -> str:
    """Replace halves of surrogate pairs, which no encoding can hold; JSON may bring them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


# -- characters


def _characters(texts: Sequence[str], most: int | None) -> str:
    """The characters of the texts in order; where they are too many, the commonest."""
    counts = Counter[str]()
    for text in texts:
        counts.update(text)
    room = len(counts) if most is None else most - 2
    kept = sorted(counts, key=lambda c: (-counts[c], c))[:room]
    return "".join(sorted(kept))


@lru_cache(maxsize=16)
def _sorted_characters(vocabulary: str) -> tuple[np.ndarray, np.ndarray]:
    """The code points in order (V,), and the id of each (V,)."""
    points = _code_points([vocabulary])
    order = np.argsort(points)
    return points[order], (order + 2).astype(np.int32)


def _code_points(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)


def _split(
    points: np.ndarray, lengths: Sequence[int], table: tuple[np.ndarray, np.ndarray]
) -> list[np.ndarray]:
    """Look the code points of all texts up at once, and part them again."""
    known, ids = table
    at = np.searchsorted(known, points).clip(max=len(known) - 1)
    found = np.where(known[at] == points, ids[at], 1).astype(np.int32)
    return np.split(found, np.cumsum(lengths[:-1])) if lengths else []


# -- words and pieces


def _words(texts: Sequence[str], most: int) -> Tokenizer:
    """Whole words; those seen once are unknown, unless all are."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    unknown = "an unknown word"  # no word has a blank, so no text can hold this one

    def made(vocabulary: dict[str, int]) -> Tokenizer:
        new = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
        # It sets signs that stand for whole words, as in Chinese, apart; accents stay.
        apart = normalizers.BertNormalizer(
            clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=True
        )
        new.normalizer = normalizers.Sequence([normalizers.NFC(), apart])
        new.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), "removed", invert=True)
        return new

    found: dict[str, int] = {}
    for seen in (_RARE, 1):
        trained = made({unknown: 0})
        trainer = trainers.WordLevelTrainer(
            vocab_size=most - 1, min_frequency=seen, special_tokens=[], show_progress=False
        )
        with _serial():
            trained.train_from_iterator(texts, trainer, length=len(texts))
        found = trained.get_vocab()
        if found:
            break
    order = sorted(found, key=found.__getitem__)
    return made({unknown: 0, **{word: i + 1 for i, word in enumerate(order)}})


def _pieces(texts: Sequence[str], most: int) -> Tokenizer:
    """Byte pairs, joined within words only (Radford et al. 2019)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=most, min_frequency=_RARE, special_tokens=[], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    with _serial():
        made.train_from_iterator((s for text in texts for s in _stretches(text)), trainer)
    return made


@lru_cache(maxsize=8)
def _compiled(vocabulary: str) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(vocabulary)


def _stretches(text: str) -> Iterator[str]:
    """Cut a long text after line ends, or where there are none after blanks; nothing is lost."""
    first = 0
    while len(text) - first > _STRETCH:
        cut = max(text.rfind(mark, first, first + _STRETCH) for mark in ("\n", " "))
        last = cut + 1 if cut > first else first + _STRETCH
        yield text[first:last]
        first = last
    if first < len(text):
        yield text[first:]


@contextlib.contextmanager
def _serial() -> Iterator[None]:
    """Keep the library on one thread, unless the user has said otherwise.

    Once it has used threads of its own, releases of it warn at a later fork of the process, and a fork may hang.
    """
    name = "TOKENIZERS_PARALLELISM"
    if name in os.environ:
        yield
        return
    os.environ[name] = "false"
    try:
        yield
    finally:
        os.environ.pop(name, None)
