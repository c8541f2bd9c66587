"""How a sequence enters a net: tokens as learned vectors, numbers as they are.

Legend: B examples in a batch, T steps of the longest, C channels, D units of an embedding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.lengths import own_steps
from deepen.shapes import Sequence, Tokens

__all__ = ["Entry"]


class Entry(nn.Module):
    """Read a batch of either shape as steps of numbers, and say which steps are each example's own.

    Parameters
    ----------
    shape
        What comes.
    embedding_d
        D, where tokens come. The vectors start normal with variance 1 / D, and that of token 0, which stands
        behind the end, is zero and stays so.
    dropout
        The share of the tokens left out in training, each as a whole, as if it were token 0 (word dropout,
        Iyyer et al. 2015). Series of numbers are left whole.

    Attributes
    ----------
    channels : int
        C: ``shape.c``, or D for tokens.

    Raises
    ------
    SettingError
        If the shape or an option is out of range.

    Examples
    --------
    >>> steps, own = Entry(Tokens(v=9, n=6), 4)(torch.tensor([[3, 8, 0], [2, 5, 7]]))
    >>> steps.shape, own.sum(1).tolist()
    (torch.Size([2, 3, 4]), [2, 3])
    """

    def __init__(self, shape: Sequence | Tokens, embedding_d: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        _refuse(shape, embedding_d)
        self.shape, self.dropout = shape, dropout
        self.channels = embedding_d if isinstance(shape, Tokens) else shape.c
        self.embedding: nn.Embedding | None = None
        if isinstance(shape, Tokens):
            self.embedding = nn.Embedding(shape.v, embedding_d, padding_idx=0)
            with torch.no_grad():
                self.embedding.weight.normal_(std=1 / math.sqrt(embedding_d))[0] = 0

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Give the steps (B, T, C), and which are own: (B, T), or None where all are."""
        own = own_steps(self.shape, x)
        if self.embedding is None:
            return x, own
        if self.training and self.dropout:
            x = x.masked_fill(torch.rand(x.shape, device=x.device) < self.dropout, 0)
        return self.embedding(x), own


def _refuse(shape: Sequence | Tokens, embedding_d: int) -> None:
    """Refuse a shape that no net can read."""
    if not isinstance(shape, Sequence | Tokens):
        raise SettingError("not a sequence", where="shape", allowed="Sequence, Tokens", came=repr(shape))
    if isinstance(shape, Sequence) and shape.c < 1 + shape.ragged:
        least = (
            "c of 2 or more where ragged, as the last channel marks own steps" if shape.ragged else "c >= 1"
        )
        raise SettingError("steps without a number", where="shape", allowed=least, came=repr(shape))
    if isinstance(shape, Tokens) and shape.v < 2:
        raise SettingError("no token besides 0", where="shape", allowed="v of 2 or more", came=repr(shape))
    if shape.n < 1:
        raise SettingError("no steps", where="shape", allowed="n of 1 or more", came=repr(shape))
    if embedding_d < 1:
        raise SettingError("must be 1 or more", where="embedding_d", came=repr(embedding_d))
