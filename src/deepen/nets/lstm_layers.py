"""Layers of long short-term memory, over one another or in both directions, with their state in the open.

The cell (Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000)::

    i, f, o = sigmoid(W_x x + W_h h + b)    the input, forget and output gates
    g       = tanh(W_x x + W_h h + b)       what might be stored
    c       = f * c + i * g                 the memory
    h       = o * tanh(c)                   what is shown of it

Legend: B examples in a batch, T steps, C channels, H units, L layers, F features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.lengths import reverse

__all__ = ["LSTMBothWays", "LSTMLayer", "LSTMStack", "State"]

State = tuple[Tensor, Tensor]
"""What a recurrent net knows of the steps before: its outputs h and its memory c."""


class LSTMLayer(nn.Module):
    """One layer in one direction: (B, T, C) to (B, T, H).

    The work is that of :class:`torch.nn.LSTM`, so cuDNN's on a GPU and oneDNN's on a CPU; what is added is
    how it begins. The recurrent matrices start orthogonal, one for each gate (Saxe, McClelland and Ganguli
    2014), the input's by Glorot and Bengio (2010), and the forget gate open.

    Parameters
    ----------
    inputs, width
        C and H.
    forget_bias
        What the forget gate's bias starts at; 1 lets a new net remember for some steps (Jozefowicz, Zaremba
        and Sutskever 2015).
    chrono
        The longest span of steps to be bridged, T: the forget biases start as ``log(u)`` with u uniform in
        1 to T - 1, and the input biases as their negative, so that the units' memories fade over spans from
        1 to T (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?", equation 16). It takes
        the place of ``forget_bias``.

    Examples
    --------
    >>> layer = LSTMLayer(3, 8)
    >>> y, state = layer(torch.zeros(5, 7, 3))
    >>> y.shape, torch.equal(y[:, -1], state[0])
    (torch.Size([5, 7, 8]), True)
    """

    def __init__(
        self, inputs: int, width: int, *, forget_bias: float = 1.0, chrono: int | None = None
    ) -> None:
        super().__init__()
        _refuse(inputs=inputs, width=width)
        if chrono is not None and chrono < 3:
            raise SettingError(
                "a span too short", where="chrono", allowed="3 steps or more", came=str(chrono)
            )
        self.width = width
        self.cell = nn.LSTM(inputs, width, batch_first=True)
        self._start(forget_bias, chrono)

    @torch.no_grad()
    def _start(self, forget_bias: float, chrono: int | None) -> None:
        inward, around, bias, second_bias = self.cell.all_weights[0]  # (4 H, C), (4 H, H), (4 H), (4 H)
        for to_gate, from_outputs in zip(inward.chunk(4), around.chunk(4), strict=True):  # i, f, g, o
            nn.init.xavier_uniform_(to_gate)
            nn.init.orthogonal_(from_outputs)
        second_bias.zero_()  # PyTorch adds two biases; all of the start is in the first
        i, f, _g, _o = bias.zero_().chunk(4)
        if chrono is None:
            f.fill_(forget_bias)
        else:
            f.uniform_(1, chrono - 1).log_()
            i.copy_(-f)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read x (B, T, C) on from ``state``, zeros by default.

        Returns
        -------
        Tensor
            The outputs at each step: (B, T, H).
        State
            h and c after the last step, each (B, H).
        """
        before = None if state is None else (state[0].unsqueeze(0), state[1].unsqueeze(0))
        y, (h, c) = self._read(x, before)
        return y, (h.squeeze(0), c.squeeze(0))

    def _read(self, x: Tensor, before: State | None) -> tuple[Tensor, State]:
        try:
            return self.cell(x, before)  # type: ignore[no-any-return]
        except RuntimeError:
            # oneDNN has no bfloat16 LSTM for a CPU without AVX512; a net trained elsewhere shall still run.
            if x.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
                raise
            with torch.autocast("cpu", enabled=False):
                before = None if before is None else (before[0].float(), before[1].float())
                return self.cell(x.float(), before)  # type: ignore[no-any-return]


class LSTMStack(nn.Module):
    """Layers over one another, each reading what the one below gives: (B, T, C) to (B, T, H).

    It reads forwards only and hands out its state, as a language model or a player needs it: a long text is
    read piece by piece, each on from the state of the one before.

    Parameters
    ----------
    inputs, width, depth
        C, H and L.
    dropout
        The share of numbers silenced between layers, never from step to step (Zaremba, Sutskever and Vinyals
        2014).
    residual
        Add its input to what each layer from the second on gives (as Wu et al. 2016, section 3.1), so that
        depth does not stand between the gradient and the first layer.
    forget_bias, chrono
        How each layer begins; see :class:`LSTMLayer`.

    Examples
    --------
    >>> stack = LSTMStack(3, 8, depth=2).eval()
    >>> x = torch.randn(5, 10, 3)
    >>> first, state = stack(x[:, :4])
    >>> second, _ = stack(x[:, 4:], state)
    >>> torch.allclose(torch.cat([first, second], dim=1), stack(x)[0], atol=1e-6)
    True
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        depth: int = 1,
        *,
        dropout: float = 0.0,
        residual: bool = True,
        forget_bias: float = 1.0,
        chrono: int | None = None,
    ) -> None:
        super().__init__()
        _refuse(depth=depth)
        self.width, self.residual = width, residual
        self.layers = nn.ModuleList(
            LSTMLayer(inputs if i == 0 else width, width, forget_bias=forget_bias, chrono=chrono)
            for i in range(depth)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read x (B, T, C) on from ``state``, zeros by default.

        Returns
        -------
        Tensor
            The top layer's outputs at each step: (B, T, H).
        State
            h and c of every layer after the last step, each (L, B, H).
        """
        if state is not None and state[0].shape[0] != len(self.layers):
            raise SettingError(
                "a state of another stack",
                where="state",
                allowed=f"h and c, each ({len(self.layers)}, B, {self.width})",
                came=str(tuple(state[0].shape)),
            )
        after: list[State] = []
        for i, layer in enumerate(self.layers):
            before = None if state is None else (state[0][i], state[1][i])
            y, found = layer(self.dropout(x) if i else x, before)
            x = x + y if i and self.residual else y
            after.append(found)
        return x, (torch.stack([h for h, _ in after]), torch.stack([c for _, c in after]))


class LSTMBothWays(nn.Module):
    """Two layers side by side, one of which reads backwards: (B, T, C) to (B, T, 2 H).

    The second one reads each example from its own end, so that padding comes after all it has to say
    (Schuster and Paliwal 1997; Graves and Schmidhuber 2005). Padding is read and then left out of account:
    on a CPU that is two to five times as fast as PyTorch's packed sequences (measured, ``benchmarks/lstm.py``).

    Parameters
    ----------
    inputs, width
        C and H.
    forget_bias, chrono
        How both begin; see :class:`LSTMLayer`.

    Examples
    --------
    >>> LSTMBothWays(3, 8)(torch.zeros(5, 7, 3)).shape
    torch.Size([5, 7, 16])
    """

    def __init__(
        self, inputs: int, width: int, *, forget_bias: float = 1.0, chrono: int | None = None
    ) -> None:
        super().__init__()
        self.outward = LSTMLayer(inputs, width, forget_bias=forget_bias, chrono=chrono)
        self.homeward = LSTMLayer(inputs, width, forget_bias=forget_bias, chrono=chrono)

    def forward(self, x: Tensor, own: Tensor | None = None) -> Tensor:
        """Read x (B, T, C), whose ``own`` steps (B, T) are given where examples differ in length."""
        outward, _ = self.outward(x)
        back, _ = self.homeward(reverse(x, own))
        return torch.cat([outward, reverse(back, own)], dim=2)


def _refuse(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise SettingError("must be 1 or more", where=name, came=repr(value))
