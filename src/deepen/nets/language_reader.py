"""What a language model has read of a whole text, as a reader of texts under a head.

Legend: B texts in a batch, T tokens of the longest, V ids, D units of an embedding, H units of a layer, K outputs.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from deepen.config import between
from deepen.nets.lengths import Pooling, own_steps
from deepen.nets.lstm_layers import LSTMStack
from deepen.shapes import Tokens

__all__ = ["LanguageReader"]


class LanguageReader(nn.Module):
    """The embedding and the layers of a language model, pooled over a text's own tokens, and a linear head.

    The features are what the top layer gives at the last token, its largest and its mean value over all of them, side
    by side (Howard and Ruder 2018, "Universal language model fine-tuning for text classification", section 3.3, concat
    pooling). What stands behind a text's end never changes its result. Weights have the names that they have in
    :class:`~deepen.nets.language.LanguageLSTM`.

    Deviation from the paper: its head has a hidden layer of 50 units and batch norms; this one is linear.

    Parameters
    ----------
    shape
        Tokens of the language model's vocabulary.
    outputs
        K, or None: then ``forward`` gives the features.
    width, depth, embedding_d
        H, the number of layers, and D, as the language model has them.
    dropout
        The share of numbers silenced between layers and before the head.

    Attributes
    ----------
    features_n : int
        3 H.

    Raises
    ------
    SettingError
        If an option is out of range.

    Examples
    --------
    >>> net = LanguageReader(Tokens(v=60, n=20), 2, width=32, embedding_d=16)
    >>> net(torch.ones(5, 10, dtype=torch.long)).shape, net.features_n
    (torch.Size([5, 2]), 96)
    """

    reader: ClassVar[str] = "language"

    def __init__(
        self,
        shape: Tokens,
        outputs: int | None,
        *,
        width: int,
        embedding_d: int,
        depth: int = 1,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        between("dropout", dropout, 0, 0.95)
        self.shape = shape
        self.embedding = nn.Embedding(shape.v, embedding_d)
        self.stack = LSTMStack(embedding_d, width, depth, dropout=dropout)
        self.features_n = 3 * width
        self.pools = nn.ModuleList(Pooling(way, width) for way in ("last", "max", "mean"))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of texts, tokens x (B, T): (B, 3 H)."""
        own = own_steps(self.shape, x)  # (B, T)
        h, _ = self.stack(self.embedding(x))  # (B, T, H)
        return self.dropout(torch.cat([pool(h, own) for pool in self.pools], dim=1))  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of tokens x (B, T)."""
        out: Tensor = self.head(self.features(x))
        return out
