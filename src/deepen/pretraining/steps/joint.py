"""Joint learning of all layers of a deep Boltzmann machine: mean field for the data, persistent chains for the model.

``dlogp(v)/dW_l = <x_l x_(l+1)>_data - <x_l x_(l+1)>_model``. The first average is taken over the factorial posterior
that mean field finds, so that what rises is a bound on the likelihood; the second over chains that are kept from step
to step (Salakhutdinov and Hinton 2009, section 2).

Legend: B examples, M chains, L hidden layers, N_l units of layer l. A state x is a list of L + 1 tensors (B, N_l).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepen.config import Settings, between, whole
from deepen.data.batches import Batch
from deepen.learning.given import with_gradient
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.pretraining.steps.divergence import begun, drawn

__all__ = ["Joint", "JointLearning", "gradients"]


class Joint(Settings):
    """How both averages are taken.

    Parameters
    ----------
    k
        Steps of Gibbs sampling for each update.
    n_chains
        M.
    mean_field
        Steps of mean field at the most.
    tolerance
        The largest change of a mean at which mean field ends before; 0 goes all steps.
    centring
        How fast the offsets of the units follow their means over the data, between 0 and 1; 0 for the plain gradient.
        The gradient is then that of a machine with ``x_l - offset_l`` in place of the states, which learns all layers
        at once without the greedy beginning too (Montavon and Müller 2012).
    draw
        Whether values between 0 and 1 of binary units are probabilities, drawn anew at every step.
    """

    k: int = 5
    n_chains: int = 100
    mean_field: int = 10
    tolerance: float = 1e-3
    centring: float = 0.01
    draw: bool = True

    def __post_init__(self) -> None:
        whole("k", self.k, 1, math.inf)
        whole("n_chains", self.n_chains, 1, math.inf)
        whole("mean_field", self.mean_field, 1, math.inf)
        between("tolerance", self.tolerance, 0, 1)
        between("centring", self.centring, 0, 1)


class JointLearning:
    """One step of the loop: the gradient of a batch, as the loss that is reported.

    The loss is the squared error of the visible means given the mean field, summed over the units: no measure of the
    likelihood, but one that runs away where the chains do.

    Parameters
    ----------
    how
        How both averages are taken.
    """

    def __init__(self, how: Joint) -> None:
        self._how = how
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the offsets and the chains: bad weights may have driven them to where none comes back from."""
        self._offsets: list[Tensor] = []
        self._chains: list[Tensor] = []

    def __call__(self, net: nn.Module, batch: Batch | Tensor) -> Tensor:
        """Give the loss of one batch: (B, N_0), or a :class:`~deepen.data.batches.Batch` with these as ``x``."""
        assert isinstance(net, DeepBoltzmannMachine)
        v = batch if isinstance(batch, Tensor) else batch.inputs["x"]
        how = self._how
        with torch.no_grad():
            v0 = drawn(net.visible, v.float(), how.draw)
            data = net.mean_field(v0, steps=how.mean_field, tolerance=how.tolerance)
            self._follow(data)
            if not self._chains:
                self._chains = net.begun(begun(v0, how.n_chains))
            self._chains = net.gibbs([x.to(v0.device) for x in self._chains], how.k)
            # Given the odd layers' states the even ones' means are known, which have less noise than their states.
            model = net.expected(self._chains, net.even)
            found = gradients(data, model, self._offsets if how.centring else None)
            error = (v0 - net.expected(data, (0,))[0]).square().sum(dim=1).mean()
        return with_gradient(error, (*net.W, *net.b), found)

    def _follow(self, data: Sequence[Tensor]) -> None:
        """Let the offsets follow the units' means."""
        means = [x.mean(dim=0) for x in data]
        before = [x.to(m.device) for x, m in zip(self._offsets or means, means, strict=True)]
        self._offsets = [torch.lerp(a, m, self._how.centring) for a, m in zip(before, means, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """The offsets and the chains."""
        return {"offsets": self._offsets, "chains": self._chains}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a checkpoint is read on the CPU, and the next step brings it to its batch."""
        self._offsets, self._chains = list(state["offsets"]), list(state["chains"])


def gradients(
    data: Sequence[Tensor],
    model: Sequence[Tensor],
    offsets: Sequence[Tensor] | None = None,
    weights: Tensor | None = None,
) -> list[Tensor]:
    """``<x_l x_(l+1)>_model - <x_l x_(l+1)>_data`` and the biases': of every W, then of every b.

    Parameters
    ----------
    data, model
        States or means, L + 1 tensors (B, N_l) and (M, N_l).
    offsets
        L + 1 tensors (N_l,), for the centred gradient.
    weights
        (M,) how much each of the model's rows counts; by default all alike.
    """
    each = torch.full_like(model[0][:, 0], 1 / len(model[0])) if weights is None else weights
    # One product for both averages: the rows carry their sign and weight.
    signed = [torch.cat([m * each[:, None], d * (-1 / len(d))]) for m, d in zip(model, data, strict=True)]
    both = [torch.cat([m, d]) for m, d in zip(model, data, strict=True)]
    pairs = [(s.t() @ x).to(s.dtype) for s, x in zip(signed[:-1], both[1:], strict=True)]
    own = [s.sum(dim=0) for s in signed]
    return [*pairs, *own] if offsets is None else _centred(pairs, own, offsets)


def _centred(pairs: list[Tensor], own: list[Tensor], offsets: Sequence[Tensor]) -> list[Tensor]:
    """Bring the plain gradient to that of the centred machine, in the plain one's parameters."""
    for at, W in enumerate(pairs):
        W.addr_(own[at], offsets[at + 1], alpha=-1).addr_(offsets[at], own[at + 1], alpha=-1)
    biases = list(own)
    for at, W in enumerate(pairs):
        biases[at] = biases[at] - W @ offsets[at + 1]
        biases[at + 1] = biases[at + 1] - offsets[at] @ W
    return [*pairs, *biases]
