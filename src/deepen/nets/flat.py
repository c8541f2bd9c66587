"""A multilayer perceptron over all steps of a short series at once.

Legend: B examples in a batch, T steps, C channels, F features, K outputs.
"""

from __future__ import annotations

from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.mlp import MLP
from deepen.shapes import Sequence, Vector

__all__ = ["FlatMLP"]


class FlatMLP(nn.Module):
    """Every step of every channel is a number of its own to an :class:`~deepen.nets.mlp.MLP`.

    It fits series that are all of one length and stand still in it, as heartbeats cut around their peak do: what
    comes at step 40 is always the same part of the beat. A pattern that moves must be learned anew at every place
    (Wang, Yan and Oates 2017, "Time series classification from scratch", have such a net as their first baseline).

    Parameters
    ----------
    shape
        What comes; not ragged.
    outputs
        K, or None: then ``forward`` gives the features.
    size
        One dial, that of the MLP.
    dropout
        The share of units silenced after each hidden layer.

    Attributes
    ----------
    features_n : int
        F.

    Raises
    ------
    SettingError
        If lengths differ, or an option is out of range.

    Examples
    --------
    >>> import torch
    >>> FlatMLP(Sequence(c=2, n=70), 5, size="tiny")(torch.randn(3, 70, 2)).shape
    torch.Size([3, 5])
    """

    def __init__(
        self, shape: Sequence, outputs: int | None, *, size: str | float = "small", dropout: float = 0.2
    ) -> None:
        super().__init__()
        if shape.ragged:
            raise SettingError(
                "reads series of one length", where="shape", came=repr(shape), mend="Take CNN1d or LSTM."
            )
        self.mlp = MLP(Vector(shape.n * shape.c), outputs, size=size, dropout=dropout)
        self.features_n = self.mlp.features_n

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, T, C) to (B, K), or to the features (B, F)."""
        y: Tensor = self.mlp(x.flatten(1))
        return y
