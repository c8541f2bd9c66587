"""From one string of tokens to another: an encoder, a decoder, and attention between them.

Legend: B examples in a batch, S source tokens, T target tokens, Q places of the target that are asked about,
H units, D units of an embedding, L layers, V tokens that can be said, K beams.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import between
from deepen.errors import SettingError
from deepen.nets.beam import Found, beam_search
from deepen.nets.entry import Entry
from deepen.nets.lengths import own_steps
from deepen.nets.lstm import LSTM
from deepen.nets.lstm_layers import LSTMStack, State
from deepen.nets.sizes import dial
from deepen.shapes import Tokens

__all__ = ["Memory", "Seq2Seq", "shifted"]


class Memory(NamedTuple):
    """What the decoder needs of the source, made once."""

    tokens: Tensor  # (B, S)
    own: Tensor  # (B, S)
    steps: Tensor  # (B, S, H)
    keys: Tensor  # (B, S, H)
    state: State  # each (L, B, H)


class Seq2Seq(nn.Module):
    """Encoder and decoder of long short-term memory, with attention, and copying where asked for.

    The encoder reads in both directions. The decoder's outputs h ask the encoder's steps m by
    ``softmax(h W m)``, and with the context c so found ``tanh(W_c [c; h])`` chooses the token (Luong, Pham
    and Manning 2015, the "general" score). Theirs rather than Bahdanau, Cho and Bengio's (2015), and without
    feeding the context back, as then the whole target is read in one call in training. The matrix that chooses
    a token is the embedding's (Press and Wolf 2017).

    With ``copying`` (See, Liu and Manning 2017, equations 8 and 9) a gate weighs saying a token of the
    vocabulary against taking over the source token that is looked at. Source and target then share their
    vocabulary, and a source may also hold up to ``extra`` tokens of its own, numbered from V on in the order
    in which they appear, which are read as the unknown one but can be copied.

    Parameters
    ----------
    source, target
        What comes and what goes.
    size
        Width and depth by one name, or number, of the dial: tiny 64 x 1, small 128 x 1, medium 256 x 2, large
        512 x 2, huge 1024 x 3.
    width, depth
        H (even: half of it reads in each direction) and L; either one overrides the size's.
    embedding_d
        D; None takes the width, held between 32 and 256 (assumed).
    dropout
        The share of numbers silenced on embeddings, between layers and before the choice.
    copying, extra
        See above.
    start, end, unknown
        The tokens that stand for these; 0 stands behind the end.

    Raises
    ------
    SettingError
        If an option is out of range, or two contradict each other.

    Examples
    --------
    >>> net = Seq2Seq(Tokens(v=30, n=12), Tokens(v=20, n=12), size="tiny")
    >>> source = torch.tensor([[5, 9, 14, 0], [7, 7, 3, 11]])
    >>> given, wanted = shifted(torch.tensor([[6, 4, 0], [8, 3, 5]]))
    >>> logits = net(source, given)
    >>> logits.shape, nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=0).ndim
    (torch.Size([2, 4, 20]), 0)
    >>> net.eval().beam_search(source, beams=3, most=5).tokens.shape
    torch.Size([2, 3, 5])
    """

    def __init__(
        self,
        source: Tokens,
        target: Tokens,
        *,
        size: str | float = "small",
        width: int | None = None,
        depth: int | None = None,
        embedding_d: int | None = None,
        dropout: float = 0.2,
        copying: bool = False,
        extra: int = 0,
        start: int = 1,
        end: int = 2,
        unknown: int = 3,
    ) -> None:
        super().__init__()
        step = dial(size)
        width = 8 * round(8 * 2**step) if width is None else width
        depth = 1 + int(step // 2) if depth is None else depth
        between("dropout", dropout, 0, 0.95)
        _refuse(source, target, width, depth, copying, extra)
        _refuse_marks(target, start, end, unknown)
        d = min(256, max(32, width)) if embedding_d is None else embedding_d
        self.source, self.target, self.copying, self.extra = source, target, copying, extra
        self.start, self.end, self.unknown = start, end, unknown
        self.encoder = LSTM(
            source, None, width=width // 2, depth=depth, embedding_d=d, dropout=dropout, pooling="last"
        )
        embedding = (self.encoder.entry if copying else Entry(target, d)).embedding
        assert embedding is not None
        self.embedding = embedding
        self.begin = nn.Linear(width, 2 * depth * width)
        self.decoder = LSTMStack(d, width, depth, dropout=dropout)
        self.key = nn.Linear(width, width, bias=False)
        self.join = nn.Linear(2 * width, d)
        self.bias = nn.Parameter(torch.zeros(target.v))
        self.gate = nn.Linear(2 * width + d, 1) if copying else None
        self.dropout = nn.Dropout(dropout)

    def encode(self, source: Tensor) -> Memory:
        """Read source tokens (B, S)."""
        known = self._known(source, self.source.v)
        own = own_steps(self.source, known)
        assert own is not None
        steps = self.encoder.steps(known)  # (B, S, H)
        begin = torch.tanh(self.begin(self.encoder.pool(steps, own)))  # (B, 2 L H)
        h, c = begin.view(len(source), 2, -1, self.decoder.width).permute(1, 2, 0, 3).contiguous()
        return Memory(source, own, steps, self.key(steps), (h, c))

    def forward(self, source: Tensor, target_in: Tensor) -> Tensor:
        """Give the logits of each target token, while those before it are given (teacher forcing).

        Parameters
        ----------
        source
            Tokens (B, S).
        target_in
            Tokens (B, T): the start, then the target; :func:`shifted` makes it.

        Returns
        -------
        Tensor
            (B, T, V); with copying log probabilities (B, T, V + extra), which are logits as well.
        """
        memory = self.encode(source)
        embedded, heard, _ = self._read(target_in, memory.state)
        return self._answer(memory, embedded, heard)

    def beam_search(
        self, source: Tensor, *, beams: int = 4, most: int | None = None, normalise: float = 0.6
    ) -> Found:
        """Give the best target strings of each source (B, S); see :func:`deepen.nets.beam.beam_search`.

        The source is read once. ``most`` tokens can be said; None takes the target's ``n``.
        """
        memory = self.encode(source)

        def step(tokens: Tensor, state: State) -> tuple[Tensor, State]:
            B, K = tokens.shape
            embedded, heard, state = self._read(tokens.view(B * K, 1), state)  # (B K, 1, D), (B K, 1, H)
            # The beams are places of one example that ask the same memory.
            logits = self._answer(memory, embedded.view(B, K, -1), heard.view(B, K, -1))
            return logits.float().log_softmax(2), state

        return beam_search(
            step, memory.state, beams=beams, most=self.target.n if most is None else most,
            start=self.start, end=self.end, normalise=normalise,
        )  # fmt: skip

    def _known(self, tokens: Tensor, v: int) -> Tensor:
        """Read tokens of an example's own as the unknown one."""
        return tokens.masked_fill(tokens >= v, self.unknown) if self.extra else tokens

    def _read(self, tokens: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Read target tokens (B, T) on from a state: what they look like (B, T, D), the outputs (B, T, H)."""
        embedded = self.dropout(self.embedding(self._known(tokens, self.target.v)))
        heard, state = self.decoder(embedded, state)
        return embedded, heard, state

    def _answer(self, memory: Memory, embedded: Tensor, heard: Tensor) -> Tensor:
        """Look at the source and choose: (B, Q, D) and (B, Q, H) to (B, Q, V)."""
        score = heard @ memory.keys.transpose(1, 2)  # (B, Q, S)
        look = score.masked_fill(~memory.own.unsqueeze(1), -torch.inf).softmax(2)
        context = look @ memory.steps  # (B, Q, H)
        joined = torch.tanh(self.join(torch.cat([context, heard], dim=2)))  # (B, Q, D)
        logits = F.linear(self.dropout(joined), self.embedding.weight, self.bias)  # (B, Q, V)
        if self.gate is None:
            return logits
        say = torch.sigmoid(self.gate(torch.cat([context, heard, embedded], dim=2))).float()  # (B, Q, 1)
        p = F.pad(say * logits.float().softmax(2), (0, self.extra))  # (B, Q, V + extra)
        index = memory.tokens.unsqueeze(1).expand(look.shape)  # (B, Q, S)
        p = p.scatter_add(2, index, (1 - say) * look.float())
        # What can neither be said nor copied has no probability; its logarithm shall still be a number.
        return p.clamp(min=1e-30).log()


def shifted(target: Tensor, start: int = 1, end: int = 2) -> tuple[Tensor, Tensor]:
    """Make of targets (B, T), 0 behind their end, what is given and what is wanted: each (B, T + 1).

    Examples
    --------
    >>> given, wanted = shifted(torch.tensor([[7, 8, 9], [5, 0, 0]]))
    >>> given.tolist(), wanted.tolist()
    ([[1, 7, 8, 9], [1, 5, 0, 0]], [[7, 8, 9, 2], [5, 2, 0, 0]])
    """
    given = F.pad(target, (1, 0), value=start)
    wanted = F.pad(target, (0, 1)).scatter(1, (target != 0).sum(1, keepdim=True), end)
    return given, wanted


def _refuse(source: Tokens, target: Tokens, width: int, depth: int, copying: bool, extra: int) -> None:
    """Refuse what no net can be built from, naming the option to change."""
    if width < 2 or width % 2:
        raise SettingError("not an even number above zero", where="width", came=str(width))
    if depth < 1:
        raise SettingError("must be 1 or more", where="depth", came=str(depth))
    for name, shape in (("source", source), ("target", target)):
        if not isinstance(shape, Tokens):
            raise SettingError("not a text", where=name, allowed="Tokens", came=repr(shape))
    if copying and source.v != target.v:
        raise SettingError(
            "copying needs one vocabulary", where="copying", came=f"{source.v} and {target.v} tokens",
            mend="Give source and target the same vocabulary, or copying=False.",
        )  # fmt: skip
    if extra < 0 or (extra and not copying):
        raise SettingError("0, or with copying more", where="extra", came=str(extra))


def _refuse_marks(target: Tokens, start: int, end: int, unknown: int) -> None:
    marks = {"start": start, "end": end, "unknown": unknown}
    if len({0, *marks.values()}) < 4 or not all(0 < mark < target.v for mark in marks.values()):
        raise SettingError(
            "need three different tokens",
            where="start, end, unknown",
            allowed=f"1 to {target.v - 1}",
            came=", ".join(map(str, marks.values())),
        )
