"""Several nets that vote.

Legend: B examples in a batch, M members, O outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

__all__ = ["Ensemble"]


class Ensemble(nn.Module):
    """Nets trained apart, whose outputs stand side by side as members of one.

    Nets that read differently err differently, so that the mean of their answers is better than most of them alone
    (Hansen and Salamon 1990, "Neural network ensembles").

    Parameters
    ----------
    nets
        Each maps the same inputs to (B, O), or to (B, M, O) where it has members itself.

    Examples
    --------
    >>> from deepen.nets import Assembled, NetSettings
    >>> from deepen.shapes import Tokens
    >>> nets = [Assembled({"text": Tokens(9, 4)}, 2, NetSettings(size="tiny", reader=way)) for way in ("bag", "cnn")]
    >>> Ensemble(nets)({"text": torch.tensor([[3, 4, 5, 0]])}).shape
    torch.Size([1, 2, 2])
    """

    def __init__(self, nets: Iterable[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give the outputs of all members: (B, M, O)."""
        found = [net(inputs) for net in self.nets]
        return torch.cat([y if y.ndim == 3 else y[:, None] for y in found], dim=1)
