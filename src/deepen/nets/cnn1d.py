"""Convolutional nets along time: a residual one for series of numbers, many windows at once for texts.

Legend: B examples in a batch, T steps of the longest, C channels, D units of an embedding, F features,
K outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.config import between
from deepen.errors import SettingError
from deepen.nets.cnn import WIDEST_MULTIPLE, Residual
from deepen.nets.entry import Entry
from deepen.nets.lengths import Pooling
from deepen.nets.masked import masked, masked_mean
from deepen.nets.sizes import dial
from deepen.shapes import Sequence, Tokens

__all__ = ["CNN1d"]

# Wang, Yan and Oates (2017, "Time series classification from scratch with deep neural networks") use 8, 5, 3;
# an odd filter keeps a step in its place.
FILTERS = (7, 5, 3)

# The stem brings a series to this many steps or fewer. Assumed: a heartbeat of 140 steps is left whole, and a
# second of sound (8,000) is brought to 125.
STEM_TO = 256

# A series of fewer steps than this is not halved once more, and four stages are the most (assumed: the last
# filters then see some hundred steps of what the stem gives).
LAST_HALVED, MOST_STAGES = 48, 4

# Words side by side that one filter of a text sees: Kim (2014).
WINDOWS = (3, 4, 5)


class CNN1d(nn.Module):
    """A convolutional net along time, for series and for texts, by each example's own steps alone.

    Series are read by residual blocks of three convolutions of 7, 5 and 3 steps, the mean over time at the
    end, as Wang, Yan and Oates (2017) do, whose net is hard to beat on the UCR archive of time series (Fawaz
    et al. 2019). Deviations: a long series is first brought to some 256 steps by convolutions in strides, and
    each stage takes half the steps of the one before, at twice the channels.

    Texts are read by one layer of filters over 3, 4 and 5 words, of each of which the maximum over the text is
    taken (Kim 2014, "Convolutional neural networks for sentence classification"). Its dropout is 0.5.

    Parameters
    ----------
    shape
        What comes: steps of numbers (about standardised) or tokens.
    outputs
        K, or None: then ``forward`` gives the features.
    size
        One dial: "tiny", "small", "medium", "large", "huge", or a number (0 for tiny, 1 for small...).
    width
        Channels of the first stage, or filters of each window, instead of what ``size`` says: for series 16
        for tiny, for texts 48, doubled with each step.
    depth
        Residual blocks in each stage, instead of what ``size`` says; for series alone.
    dropout
        The share of features silenced before the head; None takes 0.1 for series and 0.5 for texts.
    embedding_d
        D; None takes the width, held between 32 and 256 (assumed).
    word_dropout
        The share of the tokens left out in training.

    Attributes
    ----------
    features_n : int
        F.

    Raises
    ------
    SettingError
        If the shape or an option is out of range.

    Examples
    --------
    >>> CNN1d(Sequence(c=1, n=140), 5, size="tiny")(torch.zeros(4, 140, 1)).shape
    torch.Size([4, 5])
    >>> CNN1d(Tokens(v=5000, n=60), 2, size="tiny")(torch.ones(4, 17, dtype=torch.long)).shape
    torch.Size([4, 2])
    """

    def __init__(
        self,
        shape: Sequence | Tokens,
        outputs: int | None,
        *,
        size: str | float = "small",
        width: int | None = None,
        depth: int | None = None,
        dropout: float | None = None,
        embedding_d: int | None = None,
        word_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        text = isinstance(shape, Tokens)
        if text and depth is not None:
            raise SettingError(
                "a convolutional net for texts is one layer deep", where="depth", mend="Give a width instead."
            )
        width = 8 * max(1, round((6 if text else 2) * 2 ** dial(size))) if width is None else width
        depth = max(1, round(dial(size) - 1)) if depth is None else depth
        dropout = (0.5 if text else 0.1) if dropout is None else dropout
        for name, value in (("outputs", outputs), ("width", width), ("depth", depth)):
            if value is not None and value < 1:
                raise SettingError("must be 1 or more", where=name, came=repr(value))
        between("dropout", dropout, 0, 0.95)
        between("word_dropout", word_dropout, 0, 0.95)
        self.shape = shape
        embedding_d = min(256, max(32, width)) if embedding_d is None else embedding_d
        self.entry = Entry(shape, embedding_d, word_dropout)
        self.body: _Stages | _Windows = (
            _Windows(self.entry.channels, width)
            if text
            else _Stages(self.entry.channels, shape.n, width, depth)
        )
        self.features_n = self.body.features_n
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of whole examples, x (B, T, C) or tokens (B, T): (B, F)."""
        steps, own = self.entry(x)  # (B, T, C), (B, T)
        return self.dropout(self.body(steps.transpose(1, 2), own))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of x, (B, T, C) or tokens (B, T)."""
        out: Tensor = self.head(self.features(x))
        return out


class _Stages(nn.Module):
    """A stem and stages of residual blocks, and the mean over own steps: (B, C, T) to (B, F)."""

    def __init__(self, channels: int, n: int, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential()
        strides = _stem_strides(n)
        for stride in strides or [1]:
            self.layers.append(_conv(channels, width, FILTERS[0] if stride == 1 else 2 * stride + 1, stride))
            channels = width
            n = -(-n // stride)
        for stage in range(_stages(n)):
            wider = width * min(2**stage, WIDEST_MULTIPLE)
            if stage:
                # After a ReLU the maximum of a step and of the zeros behind the end is the step.
                self.layers.append(nn.MaxPool1d(2, ceil_mode=True))
                self.layers.append(_conv(channels, wider, FILTERS[-1], 1))
            self.layers.extend(Residual1d(wider) for _ in range(depth))
            channels = wider
        self.features_n = channels

    def forward(self, x: Tensor, own: Tensor | None) -> Tensor:
        return masked_mean(*masked(self.layers, x, None if own is None else own.unsqueeze(1)))


class Residual1d(Residual):
    """Three convolutions of falling width around a shortcut: (B, C, T) to the same shape.

    It begins as the identity, as :class:`~deepen.nets.cnn.Residual` does.
    """

    def __init__(self, channels: int) -> None:
        nn.Module.__init__(self)
        self.branch = nn.Sequential(*(layer for k in FILTERS for layer in _conv(channels, channels, k, 1)))
        del self.branch[-1]  # the last ReLU comes after the sum
        self.activation = nn.ReLU(inplace=True)
        last = self.branch[-1]
        assert isinstance(last, nn.BatchNorm1d)
        nn.init.zeros_(last.weight)


class _Windows(nn.Module):
    """Filters over windows of words, and the maximum of each over own steps: (B, D, T) to (B, F)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.filters = nn.ModuleList(nn.Conv1d(channels, width, k, padding=k // 2) for k in WINDOWS)
        self.pool = Pooling("max", width)
        self.features_n = width * len(WINDOWS)

    def forward(self, x: Tensor, own: Tensor | None) -> Tensor:
        x = x if own is None else x.masked_fill(~own.unsqueeze(1), 0)
        # An even window gives one place too many.
        heard = [torch.relu(each(x))[..., : x.shape[2]] for each in self.filters]  # each (B, F / 3, T)
        return torch.cat([self.pool(h.transpose(1, 2), own) for h in heard], dim=1)


def _stem_strides(n: int) -> list[int]:
    """The strides, of four or two, that bring n steps to ``STEM_TO`` or fewer."""
    strides = []
    while n > STEM_TO:
        strides.append(4 if n > 2 * STEM_TO else 2)
        n = -(-n // strides[-1])
    return strides


def _stages(n: int) -> int:
    """How many stages so many steps feed, each on half the steps of the one before."""
    stages = 1
    while stages < MOST_STAGES and n >= LAST_HALVED:
        n, stages = -(-n // 2), stages + 1
    return stages


def _conv(channels: int, wider: int, k: int, stride: int) -> nn.Sequential:
    """Build a convolution, its norm and a ReLU: (B, C, T) to (B, wider, T / stride, rounded up)."""
    conv = nn.Conv1d(channels, wider, k, stride=stride, padding=k // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm1d(wider), nn.ReLU(inplace=True))
