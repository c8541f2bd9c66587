"""Layers with a linear map beside them: what they learn is what the map leaves over.

Legend: B examples, D inputs, O outputs, K codes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.autoencoder import Autoencoder, Dense

__all__ = ["Bypassed", "begin_with"]

_SPLIT = ("gelu", "relu")  # f(x) - f(-x) = x: two such units carry a number through a layer unchanged


class Bypassed(nn.Module):
    """Fully connected layers, and a linear map whose outputs are added to theirs.

    The last layer's weights begin at zero, so that at first the whole is the map. Weight decay spares the map: it
    shrinks what the layers add, and thus draws the whole towards a linear one instead of towards nothing.

    Parameters
    ----------
    layers
        From inputs (B, D) to outputs (B, O).

    Examples
    --------
    >>> net, x = Bypassed(Dense([6, 4, 2])), torch.rand(3, 6)
    >>> torch.equal(net(x), net.line(x))
    True
    """

    def __init__(self, layers: Dense) -> None:
        super().__init__()
        self.dense = layers
        first, last = layers.layers[0], layers.layers[-1]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        self.line = nn.Linear(first.in_features, last.out_features, bias=False)

    @property
    def no_decay(self) -> tuple[Tensor, ...]:
        """The map's weights, for :func:`deepen.learning.optimisers.groups`."""
        return (self.line.weight,)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, D) to (B, O)."""
        found: Tensor = self.dense(x) + self.line(x)
        return found

    @torch.no_grad()
    def plain(self) -> Dense:
        """Give layers alone that compute the same: each is 2 O units wider, and in these the map is carried on.

        Raises
        ------
        SettingError
            If the units saturate: then nothing passes them unchanged.

        Examples
        --------
        >>> net, x = Bypassed(Dense([6, 4, 2], activation="gelu")), torch.rand(3, 6)
        >>> torch.allclose(net.plain()(x), net(x), atol=1e-6)
        True
        """
        if self.dense.activation not in _SPLIT:
            raise SettingError(
                "a linear map cannot be carried through layers that saturate", where="activation",
                allowed=" or ".join(_SPLIT), came=self.dense.activation, mend="Choose such units, or bypass=False.",
            )  # fmt: skip
        layers = [layer for layer in self.dense.layers if isinstance(layer, nn.Linear)]
        line, n = self.line.weight, self.line.out_features
        more = [2 * n] * (len(layers) - 1)
        sizes = [layers[0].in_features, *(layer.out_features for layer in layers)]
        wide = Dense(
            [s + m for s, m in zip(sizes, [0, *more, 0], strict=True)], activation=self.dense.activation
        )
        carried = line  # (O or 2 O, inputs that carry): what the units beside the layer's own read
        for at, (layer, target) in enumerate(zip(layers, wide.layers, strict=True)):
            assert isinstance(target, nn.Linear)
            last = at + 1 == len(layers)
            target.weight.zero_()
            target.bias.zero_()
            target.weight[: layer.out_features, : layer.in_features] = layer.weight
            target.bias[: layer.out_features] = layer.bias
            begins = 0 if at == 0 else layer.in_features  # of what is carried, among the inputs
            if last:
                target.weight[:, begins : begins + carried.shape[1]] += carried
            else:
                target.weight[layer.out_features :, begins:] = torch.cat([carried, -carried])
            one = torch.eye(n, device=line.device)
            carried = torch.cat([one, -one], dim=1)
        return wide


@torch.no_grad()
def begin_with(net: Autoencoder, directions: Tensor, deviations: Tensor) -> None:
    """Let both maps of an autoencoder begin as principal components: codes have variance one.

    Parameters
    ----------
    directions, deviations
        (C, D) orthogonal ones, and the standard deviation (C,) of the inputs along each; C may be less than K. Where
        the inputs do not vary, the code begins at zero.
    """
    assert isinstance(net.encoder, Bypassed)
    assert isinstance(net.decoder, Bypassed)
    up, down = net.encoder.line.weight, net.decoder.line.weight  # (K, D) and (D, K)
    up.zero_()
    down.zero_()
    varies = deviations > 1e-6 * deviations.max().clamp_min(1e-30)
    found = directions[varies] / deviations[varies, None]
    up[: len(found)] = found.to(up)
    down[:, : len(found)] = (directions[varies] * deviations[varies, None]).t().to(down)
