"""A text as a bag of words: the quickest net for texts, and a strong one.

Legend: B examples in a batch, T tokens of the longest, D units of an embedding, H units, F features, K outputs.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from deepen.config import between
from deepen.errors import SettingError
from deepen.nets.entry import Entry
from deepen.nets.lengths import Pooling
from deepen.nets.sizes import dial
from deepen.shapes import Tokens

__all__ = ["Bag"]


class Bag(nn.Module):
    """The mean and the maximum of the words' vectors, and a small multilayer perceptron on top.

    Word order is lost, but for what ``pairs`` keep of it; what is left often suffices (Joulin et al. 2017,
    "Bag of tricks for efficient text classification"; Iyyer et al. 2015, "Deep unordered composition rivals
    syntactic methods", whose deep averaging net this is). A step costs a small part of any net that reads in
    order.

    Parameters
    ----------
    shape
        What comes.
    outputs
        K, or None: then ``forward`` gives the features.
    size
        One dial: tiny 32 units of an embedding, small 64, medium 128..., twice as many in a hidden layer; one
        hidden layer up to medium, then one more with each step.
    width, depth
        H, and how many hidden layers; either one overrides the size's. Depth 0 is Joulin's linear net.
    embedding_d
        D; None takes what ``size`` says.
    dropout
        The share of numbers silenced before each layer.
    word_dropout
        The share of the words left out in training (Iyyer et al. 2015 take 0.3).
    pairs
        Pairs of neighbouring words have vectors too: this many buckets, into which pairs fall by a hash; 0
        leaves them out (Joulin et al. 2017, section 2).

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
    >>> net = Bag(Tokens(v=5000, n=60), 2, size="tiny")
    >>> net(torch.tensor([[17, 4, 903], [8, 2, 0]])).shape
    torch.Size([2, 2])
    """

    def __init__(
        self,
        shape: Tokens,
        outputs: int | None,
        *,
        size: str | float = "small",
        width: int | None = None,
        depth: int | None = None,
        embedding_d: int | None = None,
        dropout: float = 0.2,
        word_dropout: float = 0.1,
        pairs: int = 0,
    ) -> None:
        super().__init__()
        if not isinstance(shape, Tokens):
            raise SettingError("not a text", where="shape", allowed="Tokens", came=repr(shape))
        step = dial(size)
        embedding_d = 8 * round(4 * 2**step) if embedding_d is None else embedding_d
        width = 8 * round(8 * 2**step) if width is None else width
        depth = max(1, round(step - 1)) if depth is None else depth
        for name, value, least in (
            ("outputs", outputs, 1), ("width", width, 1), ("depth", depth, 0), ("pairs", pairs, 0)
        ):  # fmt: skip
            if value is not None and value < least:
                raise SettingError(f"must be {least} or more", where=name, came=repr(value))
        between("dropout", dropout, 0, 0.95)
        between("word_dropout", word_dropout, 0, 0.95)
        self.shape = shape
        self.entry = Entry(shape, embedding_d, word_dropout)
        self.pairs = nn.Embedding(pairs, embedding_d) if pairs else None
        if self.pairs is not None:
            nn.init.normal_(self.pairs.weight, std=embedding_d**-0.5)
        self.mean, self.most = Pooling("mean", embedding_d), Pooling("max", embedding_d)
        self.norm = nn.LayerNorm(2 * embedding_d)
        widths = [2 * embedding_d] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(widths))
        self.dropout = nn.Dropout(dropout)
        self.features_n = widths[-1]
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of whole texts, tokens x (B, T): (B, F)."""
        steps, own = self.entry(x)  # (B, T, D), (B, T)
        if self.pairs is not None and x.shape[1] > 1:
            steps = steps + self._pairs(x)
        # A mean of many vectors is small; the norm brings it to the size of the maximum, whatever the length.
        h = self.dropout(self.norm(torch.cat([self.mean(steps, own), self.most(steps, own)], dim=1)))
        for layer in self.layers:
            h = self.dropout(torch.relu(layer(h)))
        return h  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of tokens x (B, T)."""
        out: Tensor = self.head(self.features(x))
        return out

    def _pairs(self, x: Tensor) -> Tensor:
        """Look up the vector of each token and its successor, zero where there is none: (B, T) to (B, T, D)."""
        assert self.pairs is not None
        first, second = x[:, :-1], x[:, 1:]
        # Two odd constants, as multiplicative hashes take them; collisions do no more harm than in Joulin's.
        bucket = (first * 1_000_003 + second * 7_919) % self.pairs.num_embeddings
        found = self.pairs(bucket) * ((first != 0) & (second != 0)).unsqueeze(2)
        return nn.functional.pad(found, (0, 0, 0, 1))
