"""The deep Boltzmann machine as an estimator: fit, transform, sample, a bound on how likely it finds what it sees.

Legend: N rows, D columns, F units of the top layer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deepen.compute import seeds
from deepen.config import between, whole, wholes
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.doubled import DoubledMachine, compose
from deepen.nets.mean_field_mlp import MeanFieldMLP
from deepen.nets.stack import Stack
from deepen.nets.units import Units
from deepen.pretraining.likelihood.annealing import LogZ
from deepen.pretraining.likelihood.deep_partition import annealed_deep_log_z, exact_deep_log_z, units_to_sum
from deepen.pretraining.machines.base import Unsupervised, settings_among
from deepen.pretraining.steps.divergence import Divergence
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.greedy import learn_machine, paced
from deepen.pretraining.steps.joint import Joint, JointLearning

__all__ = ["DBM"]

_GREEDY_SHARE = 0.25  # of the minutes, for all layers together (assumed)
_SUMMED = 16  # binary units whose states are summed unasked: a fraction of a second
_SURE = 50  # steps of mean field where a likelihood is bounded, at the most (it ends where nothing changes)


class DBM(Unsupervised):
    """A deep Boltzmann machine (Salakhutdinov and Hinton 2009).

    Parameters
    ----------
    layers
        How many binary units each hidden layer has, the lowest first; two or more.
    visible
        ``binary``, ``gaussian``, or ``auto``: binary where all of X lies between 0 and 1, and mostly near the ends, as
        ink does. Gaussian units' data are standardised.
    pretrain
        Whether the layers are first learned one by one, each by contrastive divergence with what it lacks doubled.
    k, n_chains, mean_field, tolerance, centring, draw
        How the gradient of all layers together is estimated: see :class:`~deepen.pretraining.steps.joint.Joint`.
    batch, rate, decay, momentum, window
        How it is followed: see :class:`~deepen.pretraining.steps.fitting.Pace`. The rate is that of binary units; of
        Gaussian ones it is a fiftieth. ``greedy_rate`` is that of the layers one by one.
    epochs, minutes
        The budget: one of them; 10 passes for each layer, and as many for all together, by default. Of minutes the
        layers get a quarter.
    half
        Matrix products in bfloat16; by default where a clock runs and it is quicker here.
    random_state
        The seed.
    device
        By default the first GPU, or the CPU.

    Examples
    --------
    >>> X = np.repeat([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], 200, axis=0)
    >>> dbm = DBM([3, 2], epochs=20, batch=20).fit(X)
    >>> dbm.transform(X).shape, bool(dbm.log_likelihood_bound(X).mean() > -2)  # at chance it is -2.8
    ((400, 2), True)
    """

    def __init__(
        self,
        layers: Sequence[int] = (256, 256),
        *,
        visible: str = "auto",
        pretrain: bool = True,
        k: int = 5,
        n_chains: int = 100,
        mean_field: int = 10,
        tolerance: float = 1e-3,
        centring: float = 0.01,
        draw: bool = True,
        batch: int = 100,
        rate: float = 0.02,
        greedy_rate: float = 0.05,
        decay: float = 2e-4,
        momentum: float = 0.9,
        window: float = 0.0,
        epochs: float | None = None,
        minutes: float | None = None,
        half: bool | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.layers = layers
        self.visible = visible
        self.pretrain = pretrain
        self.k = k
        self.n_chains = n_chains
        self.mean_field = mean_field
        self.tolerance = tolerance
        self.centring = centring
        self.draw = draw
        self.batch = batch
        self.rate = rate
        self.greedy_rate = greedy_rate
        self.decay = decay
        self.momentum = momentum
        self.window = window
        self.epochs = epochs
        self.minutes = minutes
        self.half = half
        self.random_state = random_state
        self.device = device

    net_: DeepBoltzmannMachine

    def check_settings(self) -> None:
        """Refuse settings that are wrong."""
        super().check_settings()
        alone = "One layer is a restricted Boltzmann machine: take RBM."
        wholes("layers", self.layers, 1, 1e7, least=2, mend=alone)
        between("greedy_rate", self.greedy_rate, 0, 1e30, open_low=True)
        settings_among(self, Joint)

    def _build(self) -> DeepBoltzmannMachine:
        return DeepBoltzmannMachine(Units(self.visible_, self.n_features_in_), self.layers)

    def _learn(self, run: Run, rows: np.ndarray, y: Any) -> None:
        self.net_ = self._build().to(run.device)
        pace, how = settings_among(self, Pace), settings_among(self, Joint)
        self.net_.start(torch.from_numpy(rows.mean(axis=0, dtype=np.float64)))
        if self.pretrain:
            self._learn_layers(run, rows, pace)
        pace = paced(pace, {self.visible_})
        self.histories_["joint"] = run.learn(
            self.net_, JointLearning(how), run.batches(rows, pace, "joint"), pace, "joint"
        )

    def _learn_layers(self, run: Run, rows: np.ndarray, pace: Pace) -> None:
        """Learn the layers one by one, and put their weights together."""
        how = Divergence(centring=self.centring, draw=self.draw)  # CD-1, as in the paper's greedy beginning
        pace = Pace.from_dict({**pace.to_dict(), "rate": self.greedy_rate, "window": 0.0})
        units, top = self.net_.units, len(self.layers) - 1
        machines = [
            DoubledMachine(below, above, lowest=at == 0, top=at == top).to(run.device)
            for at, (below, above) in enumerate(itertools.pairwise(units))
        ]
        work = [machine.W.numel() for machine in machines]
        given = 0.0  # of the whole time, to the layers before: each share is one of what is left
        for at, machine in enumerate(machines):
            name, part = f"layer {at + 1}", _GREEDY_SHARE * work[at] / sum(work)
            self.histories_[name] = learn_machine(
                run, machine, rows, how, pace, name, share=part / (1 - given)
            )
            given += part
            if at < top:
                rows = self._by_blocks(rows, machine.hidden_mean)
        compose(self.net_, machines)

    def _inferred(self, rows: Tensor) -> list[Tensor]:
        """``v`` and the hidden layers' means: (B, D) to the state of as many layers as there are."""
        return self.net_.mean_field(rows, steps=_SURE, tolerance=1e-4)

    def _features(self, rows: Tensor) -> Tensor:
        return self._inferred(rows)[-1]

    def _reconstructed(self, rows: Tensor) -> Tensor:
        """Go to the first layer's means and back."""
        return self.net_.expected(self._inferred(rows), (0,))[0]

    # -- how likely

    def log_z(self, *, exact: bool | None = None, runs: int = 100, steps: int = 10_000) -> LogZ:
        """The logarithm of the partition function: summed exactly where every other layer is small, else estimated.

        Parameters
        ----------
        exact
            Whether to sum; by default where the odd or the even layers have at most 16 binary units.
        runs, steps
            Of annealed importance sampling.

        Raises
        ------
        SettingError
            If it shall be summed and is too large.
        """
        check_is_fitted(self, "net_")
        if units_to_sum(self.net_) <= _SUMMED if exact is None else exact:
            value = exact_deep_log_z(self.net_)
            return LogZ(value, value, value)
        seeds.begin(seeds.derive(0, "annealing"), self._device)
        return annealed_deep_log_z(self.net_, runs=runs, steps=steps)

    def log_likelihood_bound(self, X: Any, *, log_z: LogZ | None = None) -> np.ndarray:
        """What ``log p(v)`` is at the least, by mean field, in nats; of standardised data for Gaussian units: (N,).

        Parameters
        ----------
        log_z
            As :meth:`log_z` gave it; found anew by default. The bound holds as far as that does.
        """
        check_is_fitted(self, "net_")
        rows = self._rows(X, reset=False)
        found = self._by_blocks(rows, lambda v: self.net_.bound(self._inferred(v)))
        return found - (log_z or self.log_z()).value

    # -- what it dreams

    def dream(self, n: int = 1, *, frames: int = 20, steps: int = 10, random_state: int = 0) -> np.ndarray:
        """Run Gibbs chains, and show what they pass through, as visible means in the data's units: (frames, n, D).

        Parameters
        ----------
        n
            Chains, from independent visible units.
        frames
            How often it is looked.
        steps
            Of each chain between two looks.

        Raises
        ------
        SettingError
            If one of them is below 1.
        """
        check_is_fitted(self, "net_")
        for name, value in (("n", n), ("frames", frames), ("steps", steps)):
            whole(name, value, 1, math.inf)
        seeds.begin(seeds.derive(random_state, "samples"), self._device)
        net, seen = self.net_, []
        with torch.no_grad():
            x = net.begun(net.visible.sample(net.base.expand(n, -1)))
            for _ in range(frames):
                x = net.gibbs(x, steps)
                seen.append(net.expected(x, (0,))[0])
        found = torch.stack(seen).float().cpu().numpy()
        return self._restored(found)

    def sample(self, n: int = 16, *, steps: int = 1000, random_state: int = 0) -> np.ndarray:
        """Draw from the machine by Gibbs chains, as visible means in the data's units: (n, D)."""
        last: np.ndarray = self.dream(n, frames=1, steps=steps, random_state=random_state)[0]
        return last

    # -- learning from labels

    def to_mlp(self, classes: int) -> MeanFieldMLP:
        """Give a classifier that begins with these weights, for :func:`deepen.train`.

        It reads what ``fit`` was given, flat or as pictures, and scales it as ``fit`` did.

        Parameters
        ----------
        classes
            Outputs of the new last layer, which begins at zero.
        """
        check_is_fitted(self, "net_")
        between("classes", classes, 1, 1e7)
        return self._scaled(MeanFieldMLP(self.net_, classes, steps=self.mean_field))

    def stack(self) -> Stack:
        """Give the one pass up with which mean field begins, as a net that reads what ``fit`` was given."""
        check_is_fitted(self, "net_")
        return self._scaled(self.net_.to_stack())
