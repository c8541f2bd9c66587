"""Learning of a restricted Boltzmann machine: the gradient of its log-likelihood, estimated by short Gibbs chains.

``dlogp(v)/dW = <v h>_data - <v h>_model``. The first average is exact; the second is taken over chains: started from
the data (contrastive divergence, Hinton 2002), or kept from step to step (persistent, Tieleman 2008), at several
temperatures if wanted (parallel tempering, Desjardins et al. 2010).

Legend: B examples, V visible units, H hidden units, M chains.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import Settings, between, one_of, whole
from deepen.data.batches import Batch
from deepen.errors import SettingError
from deepen.learning.given import with_gradient
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units, coins
from deepen.pretraining.steps.tempering import Tempered

__all__ = ["ContrastiveDivergence", "Divergence", "Estimate", "drawn"]

_RECONSTRUCTED = (
    16  # rows of a batch from which the reported error is taken where no chain starts at the data (assumed)
)


class Divergence(Settings):
    """How the model's average is taken, and what is added to the gradient.

    Parameters
    ----------
    chains
        ``data``: they start at each batch (CD). ``persistent``: they go on from step to step (PCD). ``tempered``:
        they do so at several temperatures and change places (parallel tempering).
    k
        Steps of Gibbs sampling for each update.
    n_chains
        M, of persistent and tempered ones.
    temperatures
        Of tempered chains: so many inverse temperatures, evenly from 0 to 1, for each of the M.
    centring
        How fast the offsets of the units follow their means, between 0 and 1; 0 for the plain gradient. The gradient is
        then that of a machine with ``v - mu`` and ``h - lambda`` in place of v and h (Montavon and Müller 2012;
        Melchior, Fischer and Wiskott 2016), which does not depend on whether 1 stands for ink or for paper.
    draw
        Whether values between 0 and 1 of binary units are probabilities, drawn anew at every step.
    sparsity, sparsity_cost
        The share of the time that a hidden unit should be on (0 leaves it free), and how much that counts (Lee,
        Ekanadham and Ng 2008; Hinton 2012, section 11).
    """

    chains: str = "data"
    k: int = 1
    n_chains: int = 100
    temperatures: int = 10
    centring: float = 0.01
    draw: bool = True
    sparsity: float = 0.0
    sparsity_cost: float = 0.1

    def __post_init__(self) -> None:
        one_of("chains", self.chains, ("data", "persistent", "tempered"))
        whole("k", self.k, 1, math.inf)
        whole("n_chains", self.n_chains, 1, math.inf)
        whole("temperatures", self.temperatures, 2, 1000)
        between("centring", self.centring, 0, 1)
        between("sparsity", self.sparsity, 0, 1)
        between("sparsity_cost", self.sparsity_cost, 0, 1e9)


class Estimate(NamedTuple):
    """What one step of contrastive divergence finds.

    Parameters
    ----------
    gradients
        By which the weights (V, H) and the biases (V,) and (H,) descend.
    chains
        (M, V) the chains' visible states in the end.
    error
        () of the reconstruction.
    """

    gradients: tuple[Tensor, Tensor, Tensor]
    chains: Tensor
    error: Tensor


class ContrastiveDivergence:
    """One step of the loop: the gradient of a batch, as the loss that is reported.

    The loss is the mean squared error of the reconstruction, summed over the visible units: no measure of the
    likelihood, but one that runs away where the chains do.

    Parameters
    ----------
    how
        Which chains, and what is added.
    machine
        Whose units' kinds tell which values are drawn, and whose persistent chains are begun.
    """

    def __init__(self, how: Divergence, machine: RestrictedBoltzmannMachine) -> None:
        if how.sparsity and machine.hidden.kind != "binary":
            raise SettingError(
                "sparsity is for binary hidden units", where="sparsity", came=machine.hidden.kind
            )
        self._how, self._device = how, machine.W.device
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the offsets and the chains: bad weights may have driven them to where none comes back from."""
        self._mu = self._lambda = self._active = torch.empty(0)
        self._chains: Tensor = torch.empty(0)  # (M, V) of persistent ones
        tempered = self._how.chains == "tempered"
        self._tempered = Tempered(self._how.n_chains, self._how.temperatures) if tempered else None

    def __call__(self, net: nn.Module, batch: Batch | Tensor) -> Tensor:
        """Give the loss of one batch: (B, V), or a :class:`~deepen.data.batches.Batch` with these as ``x``."""
        machine = net
        assert isinstance(machine, RestrictedBoltzmannMachine)
        v = batch if isinstance(batch, Tensor) else batch.inputs["x"]
        found = self.estimate(machine, drawn(machine.visible, v.float(), self._how.draw))
        return with_gradient(found.error, (machine.W, machine.b, machine.c), found.gradients)

    @torch.no_grad()
    def estimate(self, machine: RestrictedBoltzmannMachine, v0: Tensor) -> Estimate:
        """Estimate the gradient at visible states (B, V), and let offsets and chains go on."""
        x0 = machine.hidden_input(v0)
        p0 = machine.hidden.mean(x0)
        self._follow(v0, p0)
        vk = self._negative(machine, v0, x0, p0)
        pk = machine.hidden_mean(vk)
        return Estimate(self._gradient(machine, v0, p0, vk, pk), vk, self._error(machine, v0, x0, vk))

    def _negative(self, machine: RestrictedBoltzmannMachine, v0: Tensor, x0: Tensor, p0: Tensor) -> Tensor:
        """Give the chains' states after their k steps: (M, V)."""
        if self._tempered is not None:
            return self._tempered.advance(machine, v0, self._how.k)
        if self._how.chains == "data":
            v = machine.visible_sample(machine.hidden.sample(x0, p0))
            return machine.gibbs(v, self._how.k - 1)
        if len(self._chains) == 0:
            self._chains = begun(v0, self._how.n_chains)
        self._chains = machine.gibbs(self._chains, self._how.k)
        return self._chains

    def _follow(self, v0: Tensor, p0: Tensor) -> None:
        """Let the offsets follow the units' means."""
        v, p = v0.mean(dim=0), p0.mean(dim=0)
        if len(self._mu) == 0:
            self._mu, self._lambda, self._active = v, p, p
        rate = self._how.centring
        self._mu = torch.lerp(self._mu, v, rate)
        self._lambda = torch.lerp(self._lambda, p, rate)
        if self._how.sparsity:  # ten batches or so tell how often a unit is on (assumed)
            self._active = torch.lerp(self._active, p, 0.1)

    def _gradient(
        self, machine: RestrictedBoltzmannMachine, v0: Tensor, p0: Tensor, vk: Tensor, pk: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """``<v h>_model - <v h>_data`` and the biases', centred: (V, H), (V,), (H,)."""
        # One product for both averages: the model's rows carry their weight, the data's theirs and the sign.
        share = torch.cat([v0.new_full((len(vk),), 1 / len(vk)), v0.new_full((len(v0),), -1 / len(v0))])
        if self._how.centring:
            v, p = _less((vk, v0), self._mu), _less((pk, p0), self._lambda)
        else:
            v, p = torch.cat([vk, v0]), torch.cat([pk, p0])
        p.mul_(share[:, None])
        W = (v.t() @ p).float()
        at_b, at_c = share, torch.ones_like(share)
        if self._how.centring:
            # ``b - W lambda`` and ``c - mu W``, row by row before they are added up, which is a third of the work.
            at_b = at_b - machine.down * torch.mv(p, self._lambda)
            at_c = at_c - machine.up * torch.mv(v, self._mu)
        b, c = torch.mv(v.t(), at_b), torch.mv(p.t(), at_c)  # not @: autocast would make that bfloat16
        if self._how.sparsity:
            # The derivative of the cross-entropy between wanted and actual share, by each unit's input.
            more = self._how.sparsity_cost * (self._active - self._how.sparsity)
            W.addr_(v0.mean(dim=0), more)
            c = c + more
        return W, b, c

    def _error(self, machine: RestrictedBoltzmannMachine, v0: Tensor, x0: Tensor, vk: Tensor) -> Tensor:
        if self._how.chains == "data":
            v, again = v0, vk
        else:
            v, again = v0[:_RECONSTRUCTED], machine.visible_mean(machine.hidden.sample(x0[:_RECONSTRUCTED]))
        return F.mse_loss(again, v, reduction="sum") / len(v)

    def state_dict(self) -> dict[str, Any]:
        """The offsets and the chains."""
        tempered = {} if self._tempered is None else self._tempered.state_dict()
        return {
            "mu": self._mu, "lambda": self._lambda, "active": self._active, "chains": self._chains, **tempered,
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there, on the machine's device: checkpoints are read on the CPU."""
        self._mu, self._lambda, self._active, self._chains = (
            state[name].to(self._device) for name in ("mu", "lambda", "active", "chains")
        )
        if self._tempered is not None:
            self._tempered.load_state_dict(state)


def _less(parts: tuple[Tensor, Tensor], offset: Tensor) -> Tensor:
    """The rows of both less the offset, written once: (M, D) and (B, D), (D,) to (M + B, D)."""
    one, other = parts
    found = one.new_empty((len(one) + len(other), one.shape[1]))
    torch.sub(one, offset, out=found[: len(one)])
    torch.sub(other, offset, out=found[len(one) :])
    return found


def drawn(units: Units | Joined, v: Tensor, draw: bool) -> Tensor:
    """Draw the binary units' states, where values between 0 and 1 are probabilities: (B, V) to (B, V)."""
    kinds = {part.kind for part in units.parts}
    if not draw or "binary" not in kinds:
        return v
    if len(units.parts) == 1:
        return coins(v)
    parts = torch.split(v, [part.n for part in units.parts], dim=-1)
    each = zip(units.parts, parts, strict=True)
    return torch.cat([coins(x) if u.kind == "binary" else x for u, x in each], dim=-1)


def begun(v0: Tensor, chains: int) -> Tensor:
    """Begin chains at the data's rows, again and again if there are too few: (B, V) to (M, V)."""
    return v0.repeat(-(-chains // len(v0)), 1)[:chains].clone()
