"""The deep autoencoder: a net that squeezes its input into a few codes, and another that restores it from them.

Legend: B examples, D inputs, K codes, F a layer's features.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepen.config import one_of
from deepen.nets.stack import ACTIVATIONS
from deepen.nets.units import Units

__all__ = ["Autoencoder", "Dense", "Encoded"]


class Dense(nn.Module):
    """Fully connected layers, the last of them linear.

    Parameters
    ----------
    sizes
        D, each layer's features, and the outputs.
    activation
        Of :data:`deepen.nets.stack.ACTIVATIONS`. Weights begin as He et al. (2015) say for rectified layers, and as
        Glorot and Bengio (2010) say for those that saturate.

    Examples
    --------
    >>> Dense([784, 100, 30])(torch.rand(5, 784)).shape
    torch.Size([5, 30])
    """

    def __init__(self, sizes: Sequence[int], *, activation: str = "relu") -> None:
        super().__init__()
        one_of("activation", activation, tuple(ACTIVATIONS))
        self.sizes, self.activation = [*sizes], activation
        self._activation = ACTIVATIONS[activation]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in itertools.pairwise(sizes))
        for at, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Linear)
            if activation in ("gelu", "relu") and at + 1 < len(self.layers):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, D) to (B, outputs)."""
        for layer in self.layers[:-1]:
            x = self._activation(layer(x))
        return self.layers[-1](x)  # type: ignore[no-any-return]


class Autoencoder(nn.Module):
    """An encoder, codes, and a decoder (Hinton and Salakhutdinov 2006).

    Parameters
    ----------
    encoder
        From inputs (B, D) to codes (B, K); to their means and log variances (B, 2 K) where codes are drawn.
    decoder
        From codes (B, K) to the inputs that the visible units have (B, D).
    visible
        The D units that it restores: their mean is the restored input.
    drawn
        Whether codes are draws from a normal distribution that the encoder gives (Kingma and Welling 2014).

    Examples
    --------
    >>> net = Autoencoder(Dense([6, 4, 2]), Dense([2, 4, 6]), Units("binary", 6))
    >>> net.encode(torch.rand(3, 6)).shape, net.restore(torch.zeros(3, 2)).shape
    (torch.Size([3, 2]), torch.Size([3, 6]))
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, visible: Units, *, drawn: bool = False
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.visible, self.drawn = encoder, decoder, visible, drawn

    def encode(self, x: Tensor) -> Tensor:
        """The codes, or their means where they are drawn: (B, D) to (B, K)."""
        codes: Tensor = self.posterior(x)[0] if self.drawn else self.encoder(x)
        return codes

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The means and log variances of codes that are drawn: (B, D) to (B, K) each."""
        mean, log_variance = self.encoder(x).float().chunk(2, dim=-1)
        return mean, log_variance

    def restore(self, codes: Tensor) -> Tensor:
        """The restored inputs of some codes: (B, K) to (B, D)."""
        return self.visible.mean(self.decoder(codes).float())

    def forward(self, x: Tensor) -> Tensor:
        """The restored inputs: (B, D) to (B, D)."""
        return self.restore(self.encode(x))


class Encoded(nn.Module):
    """An encoder with a linear head on its codes, to be trained on labels.

    Parameters
    ----------
    net
        Whose encoder is read, and trained with the head.
    codes
        K.
    outputs
        O of the head, which begins at zero.
    mean, scale
        (D,) by which the data that the net knows were standardised; None if they were not.

    Attributes
    ----------
    as_given : bool
        That it reads numbers as they are given, and pixels from 0 to 1: :func:`deepen.train` scales nothing for it.

    Examples
    --------
    >>> net = Encoded(Autoencoder(Dense([784, 9, 3]), Dense([3, 9, 784]), Units("binary", 784)), 3, 10)
    >>> net(torch.rand(2, 784)).shape, net(torch.rand(2, 1, 28, 28)).shape
    (torch.Size([2, 10]), torch.Size([2, 10]))
    """

    as_given = True

    def __init__(
        self,
        net: Autoencoder,
        codes: int,
        outputs: int,
        *,
        mean: Tensor | None = None,
        scale: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.encoder, self._codes = net.encoder, codes
        self.head = nn.Linear(codes, outputs)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(net.visible.n) if mean is None else mean)
        self.register_buffer("scale", torch.ones(net.visible.n) if scale is None else scale)

    def features(self, x: Tensor) -> Tensor:
        """The codes of inputs (B, D), or of such as flatten to these: (B, K)."""
        found: Tensor = self.encoder((x.flatten(1) - self.mean) / self.scale)
        return found[:, : self._codes]  # where codes are drawn, the variances stand behind their means

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs: (B, O)."""
        return self.head(self.features(x))  # type: ignore[no-any-return]
