"""Up-down learning of a deep belief net: both directions of its lower layers, and the associative memory between them.

Legend: B examples, D visible units, K classes, M chains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepen.data.batches import Batch
from deepen.learning.given import with_gradient
from deepen.nets.belief import DeepBeliefNet, DirectedLayer
from deepen.pretraining.steps.divergence import ContrastiveDivergence, Divergence, drawn
from deepen.pretraining.steps.greedy import GAUSSIAN_RATE

__all__ = ["UpDown"]


class UpDown:
    """One step of the loop: the contrastive wake-sleep of Hinton, Osindero and Teh (2006, section 5 and appendix B).

    Awake, the recognition weights draw every layer's states from the data, and the generative weights learn to give the
    states below from those above. The associative memory then takes k steps, from these states and the labels, and
    learns by contrastive divergence. Asleep, its chains' states are brought down by the generative weights, and the
    recognition weights learn to give the states above from those below. As in the paper, the visible units asleep are
    means, not states.

    Gradients of the layer whose visible units are Gaussian count a fiftieth, which is as low a rate as it has alone.

    The loss is the mean squared error of the data given the first layer's states, summed over the visible units.

    Parameters
    ----------
    how
        Which chains the associative memory has, and how many steps they take.
    net
        Whose persistent chains are begun.
    """

    def __init__(self, how: Divergence, net: DeepBeliefNet) -> None:
        self._how = how
        self._memory = ContrastiveDivergence(how, net.top)

    def __call__(self, net: nn.Module, batch: Batch | Tensor) -> Tensor:
        """Give the loss of one batch, whose last K columns are the labels: (B, D + K)."""
        assert isinstance(net, DeepBeliefNet)
        rows = (batch if isinstance(batch, Tensor) else batch.inputs["x"]).float()
        gradients: dict[Tensor, Tensor] = {}
        with torch.no_grad():
            data, labels = rows[:, : net.visible.n], rows[:, net.visible.n :]
            awake = [drawn(net.visible, data, self._how.draw)]
            for layer in net.layers:
                awake.append(layer.hidden.sample(layer.hidden_input(awake[-1])))
                gradients |= generative_gradient(layer, awake[-2], awake[-1])
            found = self._memory.estimate(net.top, torch.cat([awake[-1], labels], dim=1))
            gradients |= dict(zip((net.top.W, net.top.b, net.top.c), found.gradients, strict=True))
            above = found.chains[:, : net.penultimate]
            for at, layer in reversed(list(enumerate(net.layers))):
                x = layer.visible_input(above)
                below = layer.visible.sample(x) if at else layer.visible.mean(x)
                gradients |= recognition_gradient(layer, below, above)
                above = below
            error = found.error
            if net.layers:
                error = (awake[0] - net.layers[0].generated(awake[1])).square().sum(dim=1).mean()
        # What is Gaussian at all is the lowest layer's visible units.
        if net.visible.kind == "gaussian":
            lowest = net.layers[0] if net.layers else net.top
            for p in lowest.parameters():
                gradients[p] = GAUSSIAN_RATE * gradients[p]
        return with_gradient(error, list(gradients), list(gradients.values()))

    def begin_anew(self) -> None:
        """Forget the associative memory's chains and offsets: bad weights may have driven them off."""
        self._memory.begin_anew()

    def state_dict(self) -> dict[str, Any]:
        """What the associative memory's step keeps."""
        return self._memory.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        self._memory.load_state_dict(state)


def generative_gradient(layer: DirectedLayer, v: Tensor, h: Tensor) -> dict[Tensor, Tensor]:
    """``-dlog p(v | h)`` by the generative weights and biases, the mean of states (B, V) and (B, H)."""
    wrong = (layer.generated(h) - v) / len(v)
    return {layer.G: (wrong.t() @ h).float(), layer.b: wrong.sum(dim=0)}


def recognition_gradient(layer: DirectedLayer, v: Tensor, h: Tensor) -> dict[Tensor, Tensor]:
    """``-dlog q(h | v)`` by the recognition weights and biases, the mean of states (M, V) and (M, H)."""
    wrong = (layer.recognised(v) - h) / len(v)
    return {layer.R: (v.t() @ wrong).float(), layer.c: wrong.sum(dim=0)}
