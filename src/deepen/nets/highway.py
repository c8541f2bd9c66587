"""Feed-forward layers with gates, through which the input can pass unchanged.

Legend: B examples in a batch, N features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.errors import SettingError

__all__ = ["Highway"]


class Highway(nn.Module):
    """Layers that each mix what they make of their input with the input: (B, N) to (B, N).

    ``t * relu(W h) + (1 - t) * h`` with the gate ``t = sigmoid(W_t h)``, the LSTM's idea in a feed-forward net
    (Srivastava, Greff and Schmidhuber 2015, "Training very deep networks", equation 3).

    Parameters
    ----------
    n, depth
        Features, and layers.
    gate_bias
        What the gates' biases start at: below zero they are nearly shut, so that a deep net begins near the
        identity (section 2.3; between -1 and -10 there).

    Raises
    ------
    SettingError
        If there is no feature or no layer.

    Examples
    --------
    >>> Highway(8, depth=50)(torch.randn(5, 8)).shape
    torch.Size([5, 8])
    """

    def __init__(self, n: int, depth: int, *, gate_bias: float = -3.0) -> None:
        super().__init__()
        for name, value in (("n", n), ("depth", depth)):
            if value < 1:
                raise SettingError("must be 1 or more", where=name, came=repr(value))
        self.layers = nn.ModuleList(nn.Linear(n, 2 * n) for _ in range(depth))
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            made, gates = layer.weight.chunk(2)
            nn.init.kaiming_normal_(made, nonlinearity="relu")
            nn.init.xavier_uniform_(gates)
            with torch.no_grad():
                layer.bias.zero_()[n:] = gate_bias

    def forward(self, h: Tensor) -> Tensor:
        """Pass h (B, N) through all layers."""
        for layer in self.layers:
            made, gate = layer(h).chunk(2, dim=1)  # (B, N), (B, N)
            h = torch.lerp(h, torch.relu(made), torch.sigmoid(gate))
        return h
