"""How likely a deep belief net finds what it sees, at least: the variational bound on its log-likelihood.

Legend: B examples, D visible units.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.nets.belief import DeepBeliefNet
from deepen.nets.units import Units
from deepen.pretraining.likelihood.of_labels import free_energy_without_labels

__all__ = ["entropy", "log_probability_bound"]


def entropy(units: Units, x: Tensor) -> Tensor:
    """The entropy of binary units with these inputs, summed over them, in nats: (..., N) to (...).

    Examples
    --------
    >>> round(entropy(Units("binary", 2), torch.zeros(2)).item(), 4)  # two fair coins
    1.3863
    """
    return units.log_partition(x) - (x * units.mean(x)).sum(dim=-1)


@torch.no_grad()
def log_probability_bound(net: DeepBeliefNet, v: Tensor, *, samples: int = 10) -> Tensor:
    """``E_q[log p*(v, h1, ..., hP)] + H(q)`` (Salakhutdinov and Murray 2008, section 5): (B, D) to (B,).

    With the top machine's log Z taken away it is nowhere above ``log p(v)``. The entropies are exact given the layer
    below; the rest is an average over draws of ``q(h1 | v) q(h2 | h1) ...``, from the device's global generator. With
    one hidden layer there is nothing to draw, and the bound is ``log p(v)`` itself.

    Parameters
    ----------
    samples
        Draws for each row.
    """
    total = torch.zeros(len(v), device=v.device)
    for _ in range(samples if net.layers else 1):
        below = v
        for layer in net.layers:
            x = layer.hidden_input(below)
            above = layer.hidden.sample(x)
            total += layer.log_generated(below, above) + entropy(layer.hidden, x)
            below = above
        total -= free_energy_without_labels(net.top, below) if net.classes else net.top.free_energy(below)
    return total / (samples if net.layers else 1)
