"""Which nets can read an input, by its shape: where there are several, evidence decides between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from deepen.config import one_of
from deepen.nets.bag import Bag
from deepen.nets.cnn import CNN
from deepen.nets.cnn1d import CNN1d
from deepen.nets.flat import FlatMLP
from deepen.nets.hub import HubEncoder
from deepen.nets.language_reader import LanguageReader
from deepen.nets.lstm import LSTM
from deepen.nets.near import Near
from deepen.nets.spectrogram import SpectrogramCNN
from deepen.nets.stack import Stack
from deepen.shapes import Grid, Sequence, Shape, Tokens

__all__ = ["GIVEN", "READERS", "build", "ways"]

READERS: Mapping[str, Callable[..., nn.Module]] = {
    "bag": Bag, "cnn": CNN1d, "image": CNN, "lstm": LSTM, "mlp": FlatMLP, "spectrogram": SpectrogramCNN,
}  # fmt: skip


def _stack(_shape: Shape, outputs: int | None, *, dropout: float, **given: Any) -> Stack:
    """The layers of a machine that learned without labels; none of its units are silenced."""
    return Stack(given.pop("sizes"), outputs, **given)


def _near(shape: Shape, outputs: int | None, *, dropout: float, **given: Any) -> Near:
    """The centroids of k-means; none of their features are silenced."""
    assert isinstance(shape, Grid)
    return Near(shape, outputs, **given)


GIVEN: Mapping[str, tuple[Callable[..., nn.Module], tuple[type, ...]]] = {
    "hub": (HubEncoder, (Tokens,)), LanguageReader.reader: (LanguageReader, (Tokens,)),
    Near.reader: (_near, (Grid,)), Stack.reader: (_stack, (Grid, Sequence)),
}  # fmt: skip
"""Readers that are built by what comes with their weights, instead of by a size, and the shapes that they read; nobody
asks for one by its name."""

# Channels from which on those of a sequence are taken for bands of a spectrogram, side by side (assumed).
_BANDS = 24

# Numbers of a series up to which a multilayer perceptron may read them all at once (assumed).
_FLAT = 1024


def ways(shape: Shape) -> tuple[str, ...]:
    """Name the readers of a shape, the quickest to learn first; none for what an MLP reads.

    Examples
    --------
    >>> ways(Tokens(v=5000, n=60)), ways(Sequence(c=1, n=140)), ways(Grid(3, 32, 32))
    (('bag', 'cnn', 'lstm'), ('mlp', 'cnn', 'lstm'), ('image',))
    """
    if isinstance(shape, Tokens):
        return ("bag", "cnn", "lstm")
    if isinstance(shape, Sequence):
        if shape.c - shape.ragged >= _BANDS:
            return ("spectrogram", "lstm")
        flat = not shape.ragged and shape.n * shape.c <= _FLAT
        return ("mlp", "cnn", "lstm") if flat else ("cnn", "lstm")
    return ("image",) if isinstance(shape, Grid) else ()


def build(
    shape: Shape,
    outputs: int | None,
    *,
    way: str,
    size: str | float,
    dropout: float,
    word_dropout: float,
    given: Mapping[str, Any] | None = None,
) -> nn.Module:
    """Build the reader of one input.

    Parameters
    ----------
    way
        One of :func:`ways`; what cannot read this shape is replaced by the first that can.
    dropout, word_dropout
        For the nets that have them.
    given
        What builds one of :data:`GIVEN`, for the shape that it reads.

    Raises
    ------
    SettingError
        If no net is called so.
    """
    if given is not None and way in GIVEN and isinstance(shape, GIVEN[way][1]):
        return GIVEN[way][0](shape, outputs, dropout=dropout, **given)
    one_of("reader", way, ("", *READERS, *GIVEN))
    able = ways(shape)
    name = way if way in able else able[0]
    more: dict[str, Any] = {"dropout": dropout} if name in ("bag", "cnn", "lstm", "mlp") else {}
    if isinstance(shape, Tokens):
        more["word_dropout"] = word_dropout
    return READERS[name](shape, outputs, size=size, **more)
