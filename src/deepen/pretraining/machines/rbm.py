"""The restricted Boltzmann machine as an estimator: fit, transform, sample, and how likely it finds what it sees.

Legend: N rows, D columns, H hidden units, K classes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.config import one_of, whole
from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.stack import Stack
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.annealing import LogZ, log_z_of
from deepen.pretraining.likelihood.of_labels import free_energy_without_labels, label_log_probabilities
from deepen.pretraining.machines.base import Unsupervised, settings_among
from deepen.pretraining.machines.labelled import Labelled, codes, with_labels
from deepen.pretraining.steps.divergence import Divergence
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.greedy import learn_machine

__all__ = ["RBM"]

_KEPT_UP = 3000
"""Steps after which chains that go on want a lower rate (measured: MNIST, 500 units, nats of test pictures). In 3,400
steps 0.05 comes to -98.7 and 0.02 to -99.3; in 11,000 to -93.8 and -93.1, and 0.01 to -91.0; in 45,000 0.05 to -89.7
and -90.6, 0.02 to -86.9, and 0.01 to -87.1; in 100,000 0.05 to -92 to -108, from run to run, and 0.02 to -85.7."""


class RBM(Labelled, Unsupervised):
    """A restricted Boltzmann machine (Smolensky 1986; Hinton 2002).

    Parameters
    ----------
    n_hidden
        H.
    visible
        ``binary``, ``gaussian``, or ``auto``: binary where all of X lies between 0 and 1, and mostly near the ends, as
        ink does. Gaussian units' data are standardised.
    hidden
        ``binary`` or ``rectified``.
    labels
        Whether K softmax units beside the D stand for the class, which ``fit`` is then given; the machine can then
        tell classes, and sample of one class.
    chains, k, n_chains, temperatures, centring, draw, sparsity, sparsity_cost
        How the gradient is estimated: see :class:`~deepen.pretraining.steps.divergence.Divergence`.
    batch, rate, decay, momentum, window
        How it is followed: see :class:`~deepen.pretraining.steps.fitting.Pace`. The rate is that of binary units; of
        Gaussian ones it is a fiftieth. By default it is 0.05, and less in a long training of chains that go on from
        step to step, since they have to keep up with the weights (Tieleman 2008).
    epochs, minutes
        The budget: one of them; 10 passes by default.
    half
        Matrix products in bfloat16; by default where a clock runs and it is quicker here.
    random_state
        The seed.
    device
        By default the first GPU, or the CPU.

    Attributes
    ----------
    classes_ : numpy.ndarray
        (K,) with label units.

    Examples
    --------
    >>> X = np.repeat([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], 200, axis=0)
    >>> rbm = RBM(2, chains="data", epochs=30, batch=20, rate=0.1).fit(X)
    >>> rbm.transform(X).shape, bool(rbm.log_likelihood(X).mean() > -2)  # at chance it is -2.8
    ((400, 2), True)
    """

    def __init__(
        self,
        n_hidden: int = 256,
        *,
        visible: str = "auto",
        hidden: str = "binary",
        labels: bool = False,
        chains: str = "persistent",
        k: int = 1,
        n_chains: int = 100,
        temperatures: int = 10,
        centring: float = 0.01,
        draw: bool = True,
        sparsity: float = 0.0,
        sparsity_cost: float = 0.1,
        batch: int = 100,
        rate: float | None = None,
        decay: float = 2e-4,
        momentum: float = 0.9,
        window: float = 0.0,
        epochs: float | None = None,
        minutes: float | None = None,
        half: bool | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.n_hidden = n_hidden
        self.visible = visible
        self.hidden = hidden
        self.labels = labels
        self.chains = chains
        self.k = k
        self.n_chains = n_chains
        self.temperatures = temperatures
        self.centring = centring
        self.draw = draw
        self.sparsity = sparsity
        self.sparsity_cost = sparsity_cost
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.momentum = momentum
        self.window = window
        self.epochs = epochs
        self.minutes = minutes
        self.half = half
        self.random_state = random_state
        self.device = device

    net_: RestrictedBoltzmannMachine

    def check_settings(self) -> None:
        """Refuse settings that are wrong."""
        super().check_settings()
        whole("n_hidden", self.n_hidden, 1, 1e7)
        one_of("hidden", self.hidden, ("binary", "rectified"))
        settings_among(self, Divergence)

    def _build(self) -> RestrictedBoltzmannMachine:
        own = Units(self.visible_, self.n_features_in_)
        visible = Joined((own, Units("softmax", len(self.classes_)))) if self.labels else own
        return RestrictedBoltzmannMachine(visible, Units(self.hidden, self.n_hidden))

    def _learn(self, run: Run, rows: np.ndarray, y: Any) -> None:
        if self.labels:
            self.classes_, found = codes(y, len(rows))
            rows = with_labels(rows, found, len(self.classes_))
        self.net_ = self._build().to(run.device)
        pace, how = settings_among(self, Pace), settings_among(self, Divergence)
        if self.rate is None and self.chains != "data":
            pace = replace(pace, slow_after=_KEPT_UP)
        self.histories_["rbm"] = learn_machine(run, self.net_, rows, how, pace, "rbm")

    def _fitted(self) -> dict[str, Any]:
        return {**super()._fitted(), **self._fitted_labels()}

    def _features(self, rows: Tensor) -> Tensor:
        """``<h | v>``, the labels unknown."""
        width = self.n_features_in_
        return self.net_.hidden.mean(rows @ self.net_.W[:width] + self.net_.c)

    # -- how likely

    def free_energy(self, X: Any) -> np.ndarray:
        """``F(v)``, in nats: (N,). With label units the labels are summed over."""
        check_is_fitted(self, "net_")
        return self._by_blocks(self._rows(X, reset=False), self._free_energy)

    def _free_energy(self, v: Tensor) -> Tensor:
        return free_energy_without_labels(self.net_, v) if self.labels else self.net_.free_energy(v)

    def log_z(self, *, exact: bool | None = None, runs: int = 100, steps: int = 10_000) -> LogZ:
        """The logarithm of the partition function: summed exactly where one layer is small, else estimated.

        Parameters
        ----------
        exact
            Whether to sum; by default where a layer has at most 2^16 states, as of 16 binary units.
        runs, steps
            Of annealed importance sampling.

        Raises
        ------
        SettingError
            If it shall be summed and is too large, or the hidden units have no free energy.
        """
        check_is_fitted(self, "net_")
        return log_z_of(self.net_, exact=exact, runs=runs, steps=steps)

    def log_likelihood(self, X: Any, *, log_z: LogZ | None = None) -> np.ndarray:
        """``log p(v) = - F(v) - log Z`` in nats, of standardised data for Gaussian units: (N,).

        Parameters
        ----------
        log_z
            As :meth:`log_z` gave it; found anew by default.
        """
        return -self.free_energy(X) - (log_z or self.log_z()).value

    def pseudo_log_likelihood(self, X: Any) -> np.ndarray:
        """``sum_i log p(v_i | the others)`` of binary units (Besag 1975), every one of them flipped: (N,).

        Raises
        ------
        SettingError
            If the visible units are not binary alone.
        """
        check_is_fitted(self, "net_")
        if self.visible_ != "binary" or self.labels:
            raise SettingError("for binary visible units alone", where="pseudo_log_likelihood")
        return self._by_blocks(self._rows(X, reset=False), self._pseudo)

    def _pseudo(self, v: Tensor) -> Tensor:
        x, own = self.net_.hidden_input(v), self.net_.free_energy(v)
        total = torch.zeros_like(own)
        for i in range(v.shape[1]):
            change = 1 - 2 * v[:, i]
            flipped = x + change[:, None] * self.net_.W[i]
            other = (
                own
                - change * self.net_.b[i]
                + self.net_.hidden.log_partition(x)
                - self.net_.hidden.log_partition(flipped)
            )
            total += nn.functional.logsigmoid(other - own)
        return total

    def stack(self) -> Stack:
        """Give its hidden layer as a net that reads what ``fit`` was given.

        Raises
        ------
        SettingError
            If the hidden units are not binary.
        """
        check_is_fitted(self, "net_")
        if self.hidden != "binary":
            return super().stack()
        net = Stack([self.n_features_in_, self.n_hidden], None)
        with torch.no_grad():
            net.layers.load_state_dict(
                {"0.weight": self.net_.W[: self.n_features_in_].t(), "0.bias": self.net_.c}
            )
        return self._scaled(net)

    def _reconstructed(self, rows: Tensor) -> Tensor:
        """Go to the hidden means and back."""
        return self.net_.visible_mean(self._features(rows))[:, : self.n_features_in_]

    # -- what it dreams, and which class it sees

    def sample(
        self, n: int = 16, *, label: Any = None, steps: int = 1000, random_state: int = 0
    ) -> np.ndarray:
        """Draw from the machine by Gibbs chains, as visible means in the data's units: (n, D).

        Parameters
        ----------
        label
            A class, whose label unit is then held on.
        steps
            Of each chain, from random states.

        Raises
        ------
        SettingError
            If there are no label units, or no such class; if there is nothing to draw, or no step.
        """
        check_is_fitted(self, "net_")
        seeds.begin(seeds.derive(random_state, "samples"), self._device)
        with torch.no_grad():
            found = dreamed(self.net_, n, steps, clamp=self._clamped(label))
        return self._restored(found[:, : self.n_features_in_].float().cpu().numpy())

    def _label_log_probabilities(self, rows: Tensor) -> Tensor:
        return label_log_probabilities(self.net_, rows)


def dreamed(
    machine: RestrictedBoltzmannMachine, n: int, steps: int, *, clamp: Tensor | None = None
) -> Tensor:
    """Run n chains from independent visible units, and give the last step's visible means: (n, V).

    Parameters
    ----------
    clamp
        (K,) states at which the last visible units are held.

    Raises
    ------
    SettingError
        If there is no chain, or no step.
    """
    whole("n", n, 1, math.inf)
    whole("steps", steps, 1, math.inf)

    def held(v: Tensor) -> Tensor:
        return v if clamp is None else torch.cat([v[:, : -len(clamp)], clamp.expand(len(v), -1)], dim=1)

    v = held(machine.visible.sample(machine.base.expand(n, -1)))
    for _ in range(steps - 1):
        v = held(machine.gibbs(v))
    return held(machine.visible_mean(machine.hidden_sample(v)))
