"""How every machine of this room is trained: on the one loop, a part of the budget each.

Legend: N rows, D columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import nn

from deepen.compute import seeds
from deepen.compute.device import pick
from deepen.compute.folders import check_writable, remove
from deepen.compute.precision import Precision, candidates, fastest
from deepen.compute.signals import StopFlag
from deepen.config import Settings, between, one_of, whole
from deepen.data.batches import ShuffledBatches
from deepen.errors import SettingError, TrainingError
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import fit
from deepen.learning.plan import step_to_time, timed
from deepen.learning.schedules import triangle
from deepen.learning.stepping import Step
from deepen.learning.watch import Silent, Watch
from deepen.pretraining.steps.runaway import Bounded, ran_away
from deepen.records import History

__all__ = ["Pace", "Run", "budget_of"]


class Pace(Settings):
    """How one training goes.

    Parameters
    ----------
    batch
        Rows in a batch.
    rate, decay, momentum
        The peak learning rate, weight decay, of matrices alone, and momentum.
    optimiser
        As in :mod:`deepen.learning.optimisers`.
    warmup
        The share of the training in which the rate rises; afterwards it falls to zero in a line. Hinton (2012, section
        9) begins with a momentum of 0.5 instead, which also is a rate of a fifth.
    window
        The length of the weights' average, which is what is kept, as a share of the training; 0 keeps the last weights.
    slow_after
        Steps beyond which a longer training has a lower peak rate, by the root of how many times as long it is.

    Examples
    --------
    >>> Pace(rate=0.05, slow_after=1000).peak(500), Pace(rate=0.05, slow_after=1000).peak(4000)
    (0.05, 0.025)
    """

    batch: int = 100
    rate: float = 0.05
    decay: float = 2e-4
    momentum: float = 0.9
    optimiser: str = "sgd"
    warmup: float = 0.05
    window: float = 0.0
    slow_after: float = math.inf

    def __post_init__(self) -> None:
        whole("batch", self.batch, 1, 1e9)
        between("rate", self.rate, 0, 1e30, open_low=True)
        between("decay", self.decay, 0, 1e30)
        for name in ("momentum", "warmup", "window"):
            between(name, getattr(self, name), 0, 1)
        between("slow_after", self.slow_after, 1, math.inf)
        one_of("optimiser", self.optimiser, optimisers.OPTIMISERS)

    def peak(self, steps: float) -> float:
        """The peak rate of a training of so many steps."""
        return self.rate * min(1.0, math.sqrt(self.slow_after / steps))


@dataclass(kw_only=True)
class Run:
    """What the trainings of one ``fit`` share.

    Parameters
    ----------
    seed
        From which weights, orders and draws follow.
    device
        Where it computes.
    clock, epochs
        The budget: a clock that ends it, or passes for each training.
    folder
        Where checkpoints are kept, if anywhere; a later run goes on from there.
    watch, stop
        Who is told, and the flag that ends it.
    half
        bfloat16 for matrix products; None measures what is quicker, where a clock runs.
    """

    seed: int
    device: torch.device
    clock: Clock
    epochs: float
    folder: Path | None
    watch: Watch
    stop: StopFlag
    half: bool | None = None

    @classmethod
    def of(
        cls,
        estimator: BaseEstimator,
        *,
        epochs: float,
        checkpoints: str | Path | None,
        watch: Watch | None,
        stop: StopFlag | None,
    ) -> Self:
        """Begin what an estimator's settings ask for, and let its weights begin from its seed.

        Parameters
        ----------
        epochs
            Passes, where the estimator names no budget.

        Raises
        ------
        SettingError
            If its budget or its device is wrong.
        FolderError
            If there can be no checkpoints there.
        """
        clock, passes = budget_of(estimator.epochs, estimator.minutes, epochs)
        folder = Path(checkpoints) if checkpoints is not None else None
        if folder is not None:
            check_writable(folder / "checkpoints")
        run = cls(
            seed=seeds.from_random_state(estimator.random_state), device=pick(estimator.device), clock=clock,
            epochs=passes, folder=folder, watch=watch or Silent(), stop=stop or StopFlag(),
            half=getattr(estimator, "half", None),
        )  # fmt: skip
        run.begin("weights")
        return run

    def begin(self, *path: object) -> None:
        """Let the global generators begin anew, for what is named by ``path``."""
        seeds.begin(seeds.derive(self.seed, *path), self.device)

    def batches(self, X: np.ndarray, pace: Pace, name: str) -> ShuffledBatches:
        """Give endless batches of the rows of X (N, D), in an order that follows from the seed."""
        target = np.zeros(len(X), np.int64)  # of which no machine's step takes note
        return ShuffledBatches(
            {"x": X}, target, np.arange(len(X)), size=pace.batch, seed=seeds.derive(self.seed, name, "batches"),
            device=self.device,
        )  # fmt: skip

    def learn(
        self,
        net: nn.Module,
        step: Step,
        batches: ShuffledBatches,
        pace: Pace,
        name: str,
        *,
        share: float = 1.0,
        epochs: float | None = None,
    ) -> History:
        """Train one machine in place.

        Parameters
        ----------
        name
            What is trained, for the watch, the checkpoints' folder and the seeds.
        share
            The part of the time left that it may take, where a clock runs.
        epochs
            Passes, where none does; by default the run's.

        Raises
        ------
        TrainingError
            If it diverges whatever is done.
        """
        self.watch.stage(name)
        horizon = self._horizon(batches.steps, share, self.epochs if epochs is None else epochs)
        precision, steps = self._precision(net, step, batches, horizon)
        optimiser = optimisers.make(
            pace.optimiser, net, rate=pace.peak(steps), decay=pace.decay, momentum=pace.momentum
        )
        self.begin(name)
        folder = None if self.folder is None else self.folder / "checkpoints" / name.replace(" ", "-")
        bounded = Bounded(step)
        try:
            history = fit(
                net, batches, bounded, horizon, optimiser=optimiser, schedule=triangle(pace.warmup),
                average=Average(net, window=pace.window) if pace.window else None, precision=precision,
                checkpoints=None if folder is None else Checkpoints(folder), watch=self.watch, stop=self.stop,
            )  # fmt: skip
            if bounded.in_vain or ran_away(net):
                raise TrainingError("the weights ran away, and there was no time to mend it")
        except TrainingError as error:
            if folder is not None:
                remove(folder)  # a later call shall not go on from weights that ran away
            raise TrainingError(
                error.what, where=name, came=f"a rate of {pace.rate:g}",
                mend="Set a smaller rate, or look for extreme values in the data.",
            ) from error  # fmt: skip
        for event in history.events:
            self.watch.note(f"{name}: {event}")
        return history

    def _horizon(self, steps_in_epoch: int, share: float, epochs: float) -> Horizon:
        if math.isinf(self.clock.seconds):
            return Horizon(max(1, math.ceil(epochs * steps_in_epoch)), self.clock)
        left = max(0.0, self.clock.left)
        return Horizon(math.inf, self.clock, reserve=(1 - share) * left, began=self.clock.elapsed)

    def _precision(
        self, net: nn.Module, step: Step, batches: ShuffledBatches, horizon: Horizon
    ) -> tuple[Precision, float]:
        """How to compute, and the steps to be expected; as measured where a clock runs, which differs between runs."""
        if math.isinf(self.clock.seconds):
            return Precision(half=bool(self.half)), horizon.steps
        kept = {k: v.clone() for k, v in net.state_dict().items()}
        ways = [way for way in candidates(self.device, net, seconds=0.0) if not way.channels_last]
        if self.half is not None:
            ways = [Precision(half=self.half)]
        way, seconds = fastest(
            ways, lambda way: timed(step_to_time(net, batches, step, way, self.device), self.device)
        )
        net.load_state_dict(kept)
        if hasattr(step, "begin_anew"):
            step.begin_anew()  # its chains and offsets went on while it was timed
        batches.load_state_dict({"epoch": 0, "at": 0, "size": batches.size})
        time = self.clock.seconds - horizon.reserve - horizon.began
        return way, max(1.0, time / seconds[str(way)])


def budget_of(epochs: float | None, minutes: float | None, default: float) -> tuple[Clock, float]:
    """Give the clock and the passes of a budget; passes by default.

    Raises
    ------
    SettingError
        If both are given, or one is out of range.
    """
    if epochs is not None and minutes is not None:
        raise SettingError("minutes and epochs exclude one another", where="epochs, minutes")
    if minutes is not None:
        between("minutes", minutes, 0, 525_600, open_low=True)
        return Clock(60 * minutes), math.inf
    passes = default if epochs is None else epochs
    between("epochs", passes, 0, 1e9, open_low=True)
    return Clock(), passes
