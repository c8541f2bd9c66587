"""A recurrent language model: what comes next, after all that was read so far.

Legend: B strands of text, T steps, V ids, D units of an embedding, H units of a layer, L layers.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import between
from deepen.nets.lstm_layers import LSTMStack, State

__all__ = ["LanguageLSTM"]


class LanguageLSTM(nn.Module):
    """Layers of long short-term memory between an embedding and the same embedding again.

    The matrix that weighs the next token is that of the embedding (Press and Wolf 2017; Inan, Khosravi and
    Socher 2017), reached through a linear map where D is not H. Dropout stands on the embedded tokens, between
    layers and before the choice, never from step to step (Zaremba, Sutskever and Vinyals 2014).

    Parameters
    ----------
    v
        V: how many ids there are.
    width, depth
        H and L.
    embedding_d
        D; None takes H, at most 256 (assumed).
    dropout
        The share of numbers silenced.

    Examples
    --------
    >>> import torch
    >>> net = LanguageLSTM(v=60, width=32)
    >>> logits, state = net(torch.ones(2, 10, dtype=torch.long))
    >>> logits.shape, state[0].shape
    (torch.Size([2, 10, 60]), torch.Size([1, 2, 32]))
    """

    def __init__(
        self, *, v: int, width: int, depth: int = 1, embedding_d: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        between("v", v, 2, 1e7)
        between("width", width, 1, 65_536)
        between("dropout", dropout, 0, 0.95)
        d = min(256, width) if embedding_d is None else embedding_d
        self.embedding = nn.Embedding(v, d)
        # So that tied logits begin small, and the first loss near log V.
        nn.init.normal_(self.embedding.weight, std=d**-0.5)
        self.stack = LSTMStack(d, width, depth, dropout=dropout)
        self.join = nn.Identity() if d == width else nn.Linear(width, d)
        self.bias = nn.Parameter(self.embedding.weight.new_zeros(v))
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read ids (B, T) on from ``state``, and weigh the token after each.

        Returns
        -------
        Tensor
            The logits of the next id at each step: (B, T, V).
        State
            From which to read on: h and c, each (L, B, H).
        """
        x = self.dropout(self.embedding(ids))  # (B, T, D)
        h, state = self.stack(x, state)  # (B, T, H)
        shown = self.join(self.dropout(h))  # (B, T, D)
        return F.linear(shown, self.embedding.weight, self.bias), state
