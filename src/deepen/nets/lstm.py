"""A recurrent net for sequences of any length: long short-term memory, in both directions.

Legend: B examples in a batch, T steps of the longest, C channels, H units, F features, K outputs.
"""

from __future__ import annotations

from torch import Tensor, nn

from deepen.config import between
from deepen.errors import SettingError
from deepen.nets.entry import Entry
from deepen.nets.lengths import Pooling, Way, hide
from deepen.nets.lstm_layers import LSTMBothWays, LSTMLayer
from deepen.nets.sizes import dial
from deepen.shapes import Sequence, Tokens

__all__ = ["LSTM"]


class LSTM(nn.Module):
    """Layers of long short-term memory over a series or a text, pooled over each example's own steps.

    What stands behind an example's end never changes its result. Batches of like lengths save time, since
    padding is read all the same.

    Parameters
    ----------
    shape
        What comes: steps of numbers (about standardised) or tokens.
    outputs
        K, or None: then ``forward`` gives the features.
    size
        Width and depth by one name, or number, of the dial (see :mod:`deepen.nets.sizes`): tiny 64 x 1,
        small 128 x 1, medium 256 x 2, large 512 x 2, huge 1024 x 3.
    width, depth
        Units of a layer in one direction, H, and how many layers; either one overrides the size's.
    bidirectional
        Read backwards too, which a forecaster must not.
    residual
        Add its input to what each layer from the second on gives.
    pooling
        How the steps become one: ``attention``, ``last``, ``mean`` or ``max``.
    dropout
        The share of numbers silenced between layers and before the head.
    embedding_d
        Units of a token's vector; None takes H, held between 32 and 256 (assumed).
    word_dropout
        The share of the tokens left out in training.
    forget_bias, chrono
        How the gates begin; see :class:`~deepen.nets.lstm_layers.LSTMLayer`. Give ``chrono`` the longest
        span to be bridged where that is some hundred steps.

    Attributes
    ----------
    features_n : int
        F: H, or 2 H in both directions.

    Raises
    ------
    SettingError
        If the shape or an option is out of range.

    Examples
    --------
    >>> import torch
    >>> heart = LSTM(Sequence(c=1, n=140), 5, size="tiny")
    >>> heart(torch.zeros(4, 140, 1)).shape, heart.steps(torch.zeros(4, 140, 1)).shape
    (torch.Size([4, 5]), torch.Size([4, 140, 128]))
    >>> LSTM(Tokens(v=5000, n=60), 2, size="tiny")(torch.ones(4, 17, dtype=torch.long)).shape
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
        bidirectional: bool = True,
        residual: bool = True,
        pooling: Way = "attention",
        dropout: float = 0.1,
        embedding_d: int | None = None,
        word_dropout: float = 0.0,
        forget_bias: float = 1.0,
        chrono: int | None = None,
    ) -> None:
        super().__init__()
        sized = _sized(size)
        width = sized[0] if width is None else width
        depth = sized[1] if depth is None else depth
        for name, value in (("outputs", outputs), ("width", width), ("depth", depth)):
            if value is not None and value < 1:
                raise SettingError("must be 1 or more", where=name, came=repr(value))
        between("dropout", dropout, 0, 0.95)
        between("word_dropout", word_dropout, 0, 0.95)
        self.shape, self.residual = shape, residual
        embedding_d = min(256, max(32, width)) if embedding_d is None else embedding_d
        self.entry = Entry(shape, embedding_d, word_dropout)
        layer = LSTMBothWays if bidirectional else LSTMLayer
        self.features_n = 2 * width if bidirectional else width
        self.layers = nn.ModuleList(
            layer(
                self.features_n if i else self.entry.channels, width, forget_bias=forget_bias, chrono=chrono
            )
            for i in range(depth)
        )
        self.dropout = nn.Dropout(dropout)
        self.pool = Pooling(pooling, self.features_n, both_ways=bidirectional)
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def steps(self, x: Tensor) -> Tensor:
        """Give the features of every step, zero behind an example's end: (B, T, F).

        A step knows of all the others where the net reads in both directions, else of those before it. For
        tagging and for forecasting.
        """
        return self._steps(x)[0]

    def features(self, x: Tensor) -> Tensor:
        """Give the features of whole examples, x (B, T, C) or tokens (B, T): (B, F)."""
        return self.dropout(self.pool(*self._steps(x)))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of x, (B, T, C) or tokens (B, T)."""
        out: Tensor = self.head(self.features(x))
        return out

    def _steps(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        h, own = self.entry(x)
        for i, layer in enumerate(self.layers):
            below = self.dropout(h) if i else h
            y = layer(below, own) if isinstance(layer, LSTMBothWays) else layer(below)[0]
            h = h + y if i and self.residual else y
        return hide(h, own), own


def _sized(size: str | float) -> tuple[int, int]:
    """Units in each direction, doubled by each step of the dial, and depth, one more with every other step."""
    step = dial(size)
    return 8 * round(8 * 2**step), 1 + int(step // 2)
