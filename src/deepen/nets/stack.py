"""A stack of layers, as machines that learned without labels are unrolled into before they learn from labels.

Legend: B examples, D inputs, F a layer's features, O outputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import one_of

__all__ = ["ACTIVATIONS", "Stack"]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
}  # fmt: skip
"""What can stand behind a layer, by name."""


class Stack(nn.Module):
    """Fully connected layers and a linear head (Hinton and Salakhutdinov 2006).

    Parameters
    ----------
    sizes
        D and the layers' features, the lowest first.
    outputs
        O of the head, which begins at zero; or None: then ``forward`` gives the features.
    activation
        Of :data:`ACTIVATIONS`, behind each layer.
    linear
        Whether the last layer has none, as codes have.

    Attributes
    ----------
    reader : str
        By which name :data:`deepen.nets.readers.GIVEN` knows it.
    features_n : int
        F of the last layer.
    given : dict
        What builds its layers again, as plain data.
    mean, scale : torch.Tensor
        (D,) by which inputs are standardised first, kept with the weights but not trained; 0 and 1 leave them.
    as_given : bool
        That it reads numbers as they are given, and pixels from 0 to 1: :func:`deepen.train` scales nothing for it.

    Examples
    --------
    >>> net = Stack([784, 50, 20], 10)
    >>> net(torch.rand(2, 784)).shape, net(torch.rand(2, 1, 28, 28)).shape
    (torch.Size([2, 10]), torch.Size([2, 10]))
    """

    as_given = True
    reader = "stack"

    def __init__(
        self, sizes: Sequence[int], outputs: int | None, *, activation: str = "sigmoid", linear: bool = False
    ) -> None:
        super().__init__()
        one_of("activation", activation, tuple(ACTIVATIONS))
        self._activation, self._linear = ACTIVATIONS[activation], linear
        self.given = {"sizes": [*sizes], "activation": activation, "linear": linear}
        self.layers = nn.ModuleList(nn.Linear(below, above) for below, above in itertools.pairwise(sizes))
        self.features_n = sizes[-1]
        self.head: nn.Module = nn.Identity()
        if outputs is not None:
            self.head = nn.Linear(sizes[-1], outputs)
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(sizes[0]))
        self.register_buffer("scale", torch.ones(sizes[0]))

    def features(self, x: Tensor) -> Tensor:
        """The last layer's units, of inputs (B, D) or such as flatten to these: (B, F)."""
        h = (x.flatten(1) - self.mean) / self.scale
        for at, layer in enumerate(self.layers, 1):
            h = layer(h) if self._linear and at == len(self.layers) else self._activation(layer(h))
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs: (B, O)."""
        return self.head(self.features(x))  # type: ignore[no-any-return]

    @torch.no_grad()
    def reads_standardised(self, mean: Tensor, deviation: Tensor) -> None:
        """Take inputs from here on that were standardised by (D,) mean and deviation: the scale then undoes that first.

        Examples
        --------
        >>> net, x = Stack([2, 3], 1), torch.tensor([[1.0, 5.0]])
        >>> before = net.features(x)
        >>> net.reads_standardised(torch.tensor([1.0, 1.0]), torch.tensor([2.0, 4.0]))
        >>> torch.allclose(net.features(torch.tensor([[0.0, 1.0]])), before)
        True
        """
        self.mean.copy_((self.mean - mean) / deviation)
        self.scale.copy_(self.scale / deviation)
