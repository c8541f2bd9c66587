"""Free energies where some visible units are labels: exact, with each label on in turn.

Legend: B examples, D visible units that are not labels, K classes, H hidden units.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined

__all__ = ["free_energy_without_labels", "label_log_probabilities"]


def label_log_probabilities(machine: RestrictedBoltzmannMachine, v: Tensor) -> Tensor:
    """``log p(label | v)``, exactly: by the free energy with each of the labels on (Larochelle and Bengio 2008).

    Parameters
    ----------
    machine
        Whose last part of visible units are K softmax units.
    v
        (B, D) the other visible units' states.

    Returns
    -------
    torch.Tensor
        (B, K).
    """
    return _with_each_label(machine, v).log_softmax(dim=1)


def free_energy_without_labels(machine: RestrictedBoltzmannMachine, v: Tensor) -> Tensor:
    """``- log sum_k exp(-F(v, k))``, the labels of such a machine summed over: (B, D) to (B,)."""
    own = Joined(machine.visible.parts[:-1])
    return -own.log_base(v) - v @ machine.b[: own.n] - _with_each_label(machine, v).logsumexp(dim=1)


def _with_each_label(machine: RestrictedBoltzmannMachine, v: Tensor) -> Tensor:
    """``-F(v, k)``, but for what of it no label changes: (B, D) to (B, K)."""
    labels = machine.visible.parts[-1].n
    W, U = machine.W[:-labels], machine.W[-labels:]  # (D, H), (K, H)
    x = v @ W + machine.c
    each = [machine.b[-labels + k] + machine.hidden.log_partition(x + U[k]) for k in range(labels)]
    return torch.stack(each, dim=1)
