"""A net that answers for every step: bidirectional long short-term memory with a head at each.

Legend: B examples in a batch, T steps of the longest, C channels, D units of an embedding, H units, U distinct tokens,
M n-grams, K outputs.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.lstm import LSTM
from deepen.shapes import Sequence, Tokens

__all__ = ["Tagging"]

_AS_UNKNOWN = 0.5  # share of the times that a rare word is read as unknown in training (Lample et al. 2016)


class Tagging(nn.Module):
    """Tag each step of a series, or each token of a sentence, knowing all the others.

    The head reads what the recurrent layers give and, beside it, the step itself, so that what a step alone tells need
    not pass through them. Of the net of Lample et al. (2016, "Neural architectures for named entity recognition") it
    has the layers in both directions; the characters are read as n-grams (Bojanowski et al. 2017), which is quicker
    than by another recurrent net, and the tags are chosen one by one, without a conditional random field above them.

    Parameters
    ----------
    shape
        Tokens, or steps whose last channel says which are own.
    outputs
        K.
    width, depth
        H and the layers.
    buckets
        How many vectors the n-grams share; 0 for a net that reads no n-grams.
    rare
        The first of the rare words, which in training are half of the time read as unknown, 1; 0 for none.
    embedding_d
        D, of a word and of its n-grams each.
    dropout
        The share of numbers silenced in what is read, between layers and before the head.

    Examples
    --------
    >>> Tagging(Sequence(c=2, n=9, ragged=True), 3, width=8)(torch.ones(4, 9, 2)).shape
    torch.Size([4, 9, 3])
    >>> words, which = torch.tensor([[2, 1, 0]]), torch.tensor([[1, 2, 0]])
    >>> net = Tagging(Tokens(v=5, n=3), 2, width=8, buckets=10)
    >>> net(words, which, grams=torch.tensor([3, 4, 9]), starts=torch.tensor([0, 0, 1])).shape
    torch.Size([1, 3, 2])
    """

    def __init__(
        self,
        shape: Sequence | Tokens,
        outputs: int,
        *,
        width: int,
        depth: int = 1,
        buckets: int = 0,
        rare: int = 0,
        embedding_d: int = 64,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if isinstance(shape, Sequence) and not shape.ragged:
            raise SettingError(
                "the last channel must say which steps are own", where="shape", came=repr(shape)
            )
        self.shape, self.rare = shape, rare
        self.dropout = nn.Dropout(dropout)
        self.embedding: nn.Embedding | None = None
        self.bag: nn.EmbeddingBag | None = None
        read = shape.c - 1 if isinstance(shape, Sequence) else embedding_d * (2 if buckets else 1)
        if isinstance(shape, Tokens):
            self.embedding = nn.Embedding(shape.v, embedding_d, padding_idx=0)
            with torch.no_grad():
                self.embedding.weight.normal_(std=1 / math.sqrt(embedding_d))[0] = 0
            if buckets:
                self.bag = nn.EmbeddingBag(buckets, embedding_d, mode="mean")
                nn.init.normal_(self.bag.weight, std=1 / math.sqrt(embedding_d))
        self.lstm = LSTM(
            Sequence(read + 1, shape.n, ragged=True),
            None,
            width=width,
            depth=depth,
            dropout=dropout,
            pooling="mean",
        )
        self.head = nn.Linear(2 * width + read, outputs)

    def forward(
        self,
        x: Tensor,
        which: Tensor | None = None,
        grams: Tensor | None = None,
        starts: Tensor | None = None,
    ) -> Tensor:
        """Give the scores of each step's tags: (B, T, K).

        Parameters
        ----------
        x
            Steps (B, T, C), or words (B, T).
        which, grams, starts
            (B, T) which of the batch's distinct tokens each one is; (M,) the buckets of their n-grams, one token after
            the other; and (U,) where each one's begin.
        """
        if self.embedding is None:
            step, own = x[..., :-1], x[..., -1:]
        else:
            own = (x != 0).unsqueeze(-1)  # (B, T, 1)
            step = self.embedding(self._with_unknown(x))  # (B, T, D)
            if self.bag is not None:
                step = torch.cat([step, self.bag(grams, starts)[which]], dim=2)
            step = self.dropout(step)
        h = self.lstm.steps(torch.cat([step, own.to(step.dtype)], dim=2))  # (B, T, 2 H)
        return self.head(torch.cat([self.dropout(h), step], dim=2))  # type: ignore[no-any-return]

    def _with_unknown(self, x: Tensor) -> Tensor:
        """In training, read rare words as unknown ones now and then, so that what is unknown is learned: (B, T)."""
        if not self.training or not self.rare:
            return x
        return torch.where((x >= self.rare) & (torch.rand(x.shape, device=x.device) < _AS_UNKNOWN), 1, x)
