"""The deep belief net as an estimator: greedy layers, untied by up-down learning; classes, dreams and likelihoods.

Legend: N rows, D columns, P penultimate units, T top units, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deepen.compute import seeds
from deepen.config import between, one_of, whole, wholes
from deepen.nets.belief import DeepBeliefNet
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.stack import Stack
from deepen.nets.units import Units
from deepen.pretraining.likelihood.annealing import LogZ, log_z_of
from deepen.pretraining.likelihood.bound import log_probability_bound
from deepen.pretraining.likelihood.of_labels import label_log_probabilities
from deepen.pretraining.machines.base import Unsupervised, settings_among
from deepen.pretraining.machines.labelled import Labelled, codes, with_labels
from deepen.pretraining.machines.rbm import dreamed
from deepen.pretraining.steps.divergence import Divergence, drawn
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.greedy import learn_machine
from deepen.pretraining.steps.up_down import UpDown

__all__ = ["DBN"]


class DBN(Labelled, Unsupervised):
    """A deep belief net (Hinton, Osindero and Teh 2006).

    Parameters
    ----------
    layers
        How many binary units each hidden layer has, the lowest first.
    visible
        ``binary``, ``gaussian``, or ``auto``: binary where all of X lies between 0 and 1, and mostly near the ends, as
        ink does. Gaussian units' data are standardised.
    labels
        Whether K softmax units beside the penultimate layer stand for the class, which ``fit`` is then given; the net
        can then tell classes, and sample of one class.
    chains, k, n_chains, temperatures, centring, draw, sparsity, sparsity_cost
        How each machine's gradient is estimated: see :class:`~deepen.pretraining.steps.divergence.Divergence`.
    batch, rate, decay, momentum, window
        How it is followed: see :class:`~deepen.pretraining.steps.fitting.Pace`. The rate is that of binary units; of
        Gaussian ones it is a fiftieth.
    fine_tune
        ``up-down``: after the greedy layers all of them learn together, see
        :class:`~deepen.pretraining.steps.up_down.UpDown`.
    fine_tune_epochs, fine_tune_rate, fine_tune_k
        Its passes, as many as for one layer by default; its rate; and the steps of the associative memory's chains. The
        paper raises these from 3 to 10 as it goes.
    epochs, minutes
        The budget: one of them; 10 passes for each layer by default. Of minutes each layer gets its share by its work,
        and up-down learning as much as all of them.
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
    >>> dbn = DBN([8, 4], labels=True, epochs=20, rate=0.1).fit(X, np.repeat([3, 7], 200))
    >>> dbn.transform(X).shape, dbn.predict(X[[0, -1]]).tolist()
    ((400, 4), [3, 7])
    """

    def __init__(
        self,
        layers: Sequence[int] = (256, 256),
        *,
        visible: str = "auto",
        labels: bool = False,
        chains: str = "data",
        k: int = 1,
        n_chains: int = 100,
        temperatures: int = 10,
        centring: float = 0.01,
        draw: bool = True,
        sparsity: float = 0.0,
        sparsity_cost: float = 0.1,
        batch: int = 100,
        rate: float = 0.05,
        decay: float = 2e-4,
        momentum: float = 0.9,
        window: float = 0.0,
        fine_tune: str | None = None,
        fine_tune_epochs: float | None = None,
        fine_tune_rate: float = 0.05,
        fine_tune_k: int = 3,
        epochs: float | None = None,
        minutes: float | None = None,
        half: bool | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.layers = layers
        self.visible = visible
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
        self.fine_tune = fine_tune
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_rate = fine_tune_rate
        self.fine_tune_k = fine_tune_k
        self.epochs = epochs
        self.minutes = minutes
        self.half = half
        self.random_state = random_state
        self.device = device

    net_: DeepBeliefNet

    def check_settings(self) -> None:
        """Refuse settings that are wrong."""
        super().check_settings()
        wholes("layers", self.layers, 1, 1e7)
        settings_among(self, Divergence)
        one_of("fine_tune", self.fine_tune or "", ("", "up-down"))
        between("fine_tune_rate", self.fine_tune_rate, 0, 1e30, open_low=True)
        whole("fine_tune_k", self.fine_tune_k, 1, math.inf)
        if self.fine_tune_epochs is not None:
            between("fine_tune_epochs", self.fine_tune_epochs, 0, 1e9, open_low=True)

    def _build(self) -> DeepBeliefNet:
        classes = len(self.classes_) if self.labels else 0
        return DeepBeliefNet(Units(self.visible_, self.n_features_in_), self.layers, classes=classes)

    def _learn(self, run: Run, rows: np.ndarray, y: Any) -> None:
        labels = np.zeros((len(rows), 0), np.float32)
        if self.labels:
            self.classes_, found = codes(y, len(rows))
            labels = with_labels(labels, found, len(self.classes_))
        self.net_ = self._build().to(run.device)
        self._learn_layers(run, rows, labels)
        if self.fine_tune:
            self._learn_together(run, rows, labels)

    def _learn_layers(self, run: Run, rows: np.ndarray, labels: np.ndarray) -> None:
        """Train a machine for each layer, on what the ones below make of the rows: (N, D), and labels (N, K)."""
        net = self.net_
        pace, how = settings_among(self, Pace), settings_among(self, Divergence)
        below = [
            RestrictedBoltzmannMachine(layer.visible, layer.hidden).to(run.device) for layer in net.layers
        ]
        work = [float(machine.W.numel()) for machine in (*below, net.top)]
        work += [sum(work)] if self.fine_tune else []
        for at, machine in enumerate((*below, net.top)):
            name, share = f"layer {at + 1}", work[at] / sum(work[at:])
            top = machine is net.top
            given = np.concatenate([rows, labels], axis=1) if top else rows
            self.histories_[name] = learn_machine(run, machine, given, how, pace, name, share=share)
            if not top:
                layer = net.layers[at]
                layer.tie(machine)
                rows = self._by_blocks(rows, layer.recognised)

    def _learn_together(self, run: Run, rows: np.ndarray, labels: np.ndarray) -> None:
        """Train all layers by up-down learning, on the same."""
        how = Divergence.from_dict({**settings_among(self, Divergence).to_dict(), "k": self.fine_tune_k})
        pace = Pace.from_dict({**settings_among(self, Pace).to_dict(), "rate": self.fine_tune_rate})
        batches = run.batches(np.concatenate([rows, labels], axis=1), pace, "up-down")
        self.histories_["up-down"] = run.learn(
            self.net_, UpDown(how, self.net_), batches, pace, "up-down", epochs=self.fine_tune_epochs
        )

    def _fitted(self) -> dict[str, Any]:
        return {**super()._fitted(), **self._fitted_labels()}

    def _features(self, rows: Tensor) -> Tensor:
        """The top units' means, the labels unknown."""
        features: Tensor = self.net_(rows)
        return features

    def _reconstructed(self, rows: Tensor) -> Tensor:
        """Go to the top units' means and back, by means."""
        net = self.net_
        back: Tensor = net.top.visible_mean(net(rows))[:, : net.penultimate]
        for layer in reversed(net.layers):
            back = layer.generated(back)
        return back

    # -- how likely

    def log_z(self, *, exact: bool | None = None, runs: int = 100, steps: int = 10_000) -> LogZ:
        """The logarithm of the top machine's partition function: summed where a layer is small, else estimated.

        Parameters
        ----------
        exact
            Whether to sum; by default where a layer has at most 2^16 states, as of 16 binary units.
        runs, steps
            Of annealed importance sampling.

        Raises
        ------
        SettingError
            If it shall be summed and is too large.
        """
        check_is_fitted(self, "net_")
        return log_z_of(self.net_.top, exact=exact, runs=runs, steps=steps)

    def log_likelihood_bound(self, X: Any, *, samples: int = 10, log_z: LogZ | None = None) -> np.ndarray:
        """A lower bound on ``log p(v)`` in nats, of standardised data for Gaussian units, the label summed over: (N,).

        Parameters
        ----------
        samples
            Draws of the hidden layers for each row, see
            :func:`~deepen.pretraining.likelihood.bound.log_probability_bound`.
        log_z
            As :meth:`log_z` gave it; found anew by default.
        """
        check_is_fitted(self, "net_")
        between("samples", samples, 1, 1e9)
        known = log_z or self.log_z()
        rows = self._rows(X, reset=False)
        seeds.begin(seeds.derive(0, "bound"), self._device)
        return (
            self._by_blocks(rows, lambda v: log_probability_bound(self.net_, v, samples=samples))
            - known.value
        )

    # -- what it dreams, and which class it sees

    def sample(
        self, n: int = 16, *, label: Any = None, steps: int = 1000, random_state: int = 0
    ) -> np.ndarray:
        """Draw from the net: Gibbs chains in the associative memory, then one pass down, to the visible means: (n, D).

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
        net = self.net_
        with torch.no_grad():
            means = dreamed(net.top, n, steps, clamp=self._clamped(label))
            found = net.down(
                drawn(net.top.visible, means, True)[:, : net.penultimate] if net.layers else means
            )
        return self._restored(found[:, : self.n_features_in_].float().cpu().numpy())

    def _label_log_probabilities(self, rows: Tensor) -> Tensor:
        # Hinton, Osindero and Teh (2006, section 6.2) find one pass up of means as good as an average over states.
        return label_log_probabilities(self.net_.top, self.net_.up(rows))

    def to_mlp(self, classes: int) -> Stack:
        """Give a multilayer perceptron that begins with the recognition weights, for :func:`deepen.train`.

        It reads what ``fit`` was given, flat or as pictures, and scales it as ``fit`` did.

        Parameters
        ----------
        classes
            K outputs, of a last layer that begins at zero.
        """
        check_is_fitted(self, "net_")
        between("classes", classes, 1, 1e7)
        return self._scaled(self.net_.to_mlp(classes))

    def stack(self) -> Stack:
        """Give its recognition layers as a net that reads what ``fit`` was given."""
        check_is_fitted(self, "net_")
        return self._scaled(self.net_.to_mlp(None))
