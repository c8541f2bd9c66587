"""The one learning loop. It knows no loss: whoever calls it supplies the step.

Supervised training, a Boltzmann machine's contrastive divergence and a deep Q-network's regression differ in
what one batch has to say about the weights, and in nothing else. So the clock, the schedule, averaging,
looks at the validation part, checkpoints, interruption, recovery and distribution are here, once: what a step does
in :mod:`~deepen.learning.stepping`, the looks in :mod:`~deepen.learning.looking`, and what is saved in
:mod:`~deepen.learning.resuming`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from deepen.compute.precision import Precision
from deepen.compute.processes import World, alone
from deepen.compute.signals import StopFlag
from deepen.errors import TrainingError
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Budget, Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.guard import Guard
from deepen.learning.looking import Looking, Looks
from deepen.learning.resuming import Resuming
from deepen.learning.schedules import Schedule, triangle
from deepen.learning.stepping import Batches, Step, Stepping
from deepen.learning.watch import Progress, Silent, Watch
from deepen.records import History

__all__ = ["Batches", "Looks", "Step", "fit"]


def fit(
    net: nn.Module,
    batches: Batches,
    step: Step,
    budget: Budget | Horizon,
    *,
    optimiser: torch.optim.Optimizer | None = None,
    schedule: Schedule | None = None,
    average: Average | None = None,
    precision: Precision | None = None,
    clip: float | None = None,
    growing: bool = False,
    looks: Looks | None = None,
    checkpoints: Checkpoints | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    world: World | None = None,
) -> History:
    """Train ``net`` in place until the budget is used, and leave the best weights in it.

    Parameters
    ----------
    net
        Any module.
    batches
        Anything with the methods of :class:`Batches`.
    step
        ``step(net, batch)`` gives the loss of one batch.
    budget
        Minutes, epochs or steps; or a :class:`~deepen.learning.budget.Horizon` on a clock that runs already.
    optimiser
        By default AdamW at 1e-3.
    schedule
        The rate by progress; by default a triangle.
    average
        An average of the weights, which is then what is evaluated and kept.
    precision
        How to compute; float32 by default.
    clip
        The largest norm of the gradient.
    growing
        Whether the loss may grow while all goes well, as the error of action values does with the returns; then only
        a loss that is not finite is taken to have gone wrong.
    looks
        Looks at the validation part; without them the last weights are kept.
    checkpoints
        Where the state is saved as it goes, and taken up again from if there is one.
    watch, stop, world
        Who is told, the flag that ends the training early, and the processes that share it.

    Returns
    -------
    History
        Its ``ended`` is ``complete``, ``no longer improving``, or ``stopped by ...``.

    Raises
    ------
    TrainingError
        If the loss diverges whatever is done, or memory does not suffice for a batch of one.

    Examples
    --------
    >>> class Ones:
    ...     steps = 1
    ...     def next(self): return torch.ones(4, 1)
    ...     def halve(self): return False
    ...     def state_dict(self): return {}
    ...     def load_state_dict(self, state): pass
    >>> net = nn.Linear(1, 1)
    >>> history = fit(net, Ones(), lambda net, x: (net(x) - 3).square().mean(), Budget(steps=400),
    ...               optimiser=torch.optim.Adam(net.parameters(), lr=0.1))
    >>> round(net(torch.ones(1)).item(), 2)
    3.0
    """
    horizon, guarded = (
        _horizon(budget, batches),
        optimiser or optimisers.make("adamw", net, rate=1e-3, decay=0.0),
    )
    world, guard = (
        world or alone(next(net.parameters()).device),
        Guard(net, guarded, average, growing=growing),
    )
    stepping = Stepping(
        net=net, batches=batches, step=step, optimiser=guarded, schedule=schedule or triangle(), average=average,
        precision=precision or Precision(), clip=clip, guard=guard, world=world,
    )  # fmt: skip
    looking = Looking(looks, net, average, horizon, world)
    resuming = Resuming(
        checkpoints, stepping.device, net=net, optimiser=guarded, average=average, batches=batches, step=step,
        guard=guard, looking=looking,
    )  # fmt: skip
    return _Run(stepping, looking, resuming, horizon, watch or Silent(), stop or StopFlag()).all()


def _horizon(budget: Budget | Horizon, batches: Batches) -> Horizon:
    if isinstance(budget, Horizon):
        return budget
    if budget.minutes is not None:
        return Horizon(math.inf, Clock(60 * budget.minutes))
    steps = budget.steps if budget.steps is not None else math.ceil((budget.epochs or 0) * batches.steps)
    return Horizon(max(1, steps), Clock())


class _Run:
    """One training, as it goes."""

    def __init__(
        self,
        stepping: Stepping,
        looking: Looking,
        resuming: Resuming,
        horizon: Horizon,
        watch: Watch,
        stop: StopFlag,
    ) -> None:
        self.stepping, self.looking, self.resuming = stepping, looking, resuming
        self.horizon, self.clock = horizon, horizon.clock
        self.net, self.guard, self.world = stepping.net, stepping.guard, stepping.world
        self.watch, self.stop = watch, stop
        self.done, self.epoch, self.share = 0, 0.0, 0.0
        self._told = -math.inf  # the first step is told at once
        self._began = 0.0, 0

    def all(self) -> History:
        """Train to the end, and leave the best weights in the net."""
        self._take_up()
        self.guard.keep()
        self.stepping.begin()
        self._began = self.clock.elapsed, self.done
        self.net.train()
        ended = ""
        with self.world.wrapped(self.net) as wrapped:
            trained: Any = torch.compile(wrapped) if self.stepping.precision.compiled else wrapped
            while not ended:
                ended = self._over()
                if not ended:
                    if self._advance(trained):
                        self.done += 1
                        self.epoch += 1.0 / self.stepping.batches.steps
                    self._after()
        self._finish(ended)
        return History(tuple(self.looking.moments), tuple(self.guard.events), ended)

    def _advance(self, trained: nn.Module) -> bool:
        """Do one step; where the batches fail, as an environment may, what was learned until then is saved first."""
        try:
            return self.stepping.advance(trained, self.done, self.share)
        except TrainingError:
            if self.stepping.drawing:
                self._keep_what_was_learned()
            raise

    def _keep_what_was_learned(self) -> None:
        if self.world.first and self.done:
            self._save()

    def _over(self) -> str:
        """Whether the training has come to its end, and by what; all processes find the same."""
        now = self.clock.elapsed
        share = self.horizon.progress(self.done, now + self.stepping.seconds + self.looking.seconds)
        # The rate follows from the share, so the first process's share must be everyone's.
        self.share, elapsed, stopped = self.world.tell_numbers(share, now, float(self.stop()))
        if self.looking.in_vain:
            return "no longer improving"
        if stopped:
            return f"stopped by {self.stop.why or 'the first process'}"
        if self.done >= self.horizon.steps or (self.share >= 1.0 and self.done > 0):
            return "complete"
        if math.isfinite(self.clock.seconds) and elapsed >= self.clock.seconds:
            return "complete"
        return ""

    def _after(self) -> None:
        """Look, save and tell, where it is time to."""
        now = self.clock.elapsed
        if self.looking.due(self.done, now, self.stepping.batches.steps):
            self._look()
        if self.done % 200 == 0:
            self.guard.keep()
        if self.world.first and self.resuming.due:
            self._save()
        if now - self._told > 0.1 and self.world.first:
            self._told = now
            self.watch.progress(self._progress(now))

    def _look(self) -> None:
        """Look; where that fails, as an environment may in which is looked, what was learned is saved first."""
        try:
            self.looking.look(self.done, self.epoch, self.stepping.rate, self.guard.smooth)
        except TrainingError:
            self._keep_what_was_learned()
            raise
        self.guard.keep()

    def _progress(self, now: float) -> Progress:
        each = (now - self._began[0]) / max(1, self.done - self._began[1])
        left = (self.horizon.steps - self.done) * each
        if math.isfinite(self.clock.seconds):
            left = min(left, self.clock.left)
        return Progress(
            self.share, self.done, self.epoch, now, max(0.0, left), self.guard.smooth, self.looking.figures
        )

    def _finish(self, ended: str) -> None:
        """Look a last time, save, and leave the best weights in the net."""
        saves = self.world.first and self.done > 0
        # Before the look: an uninterrupted run would not have looked here, nor does a resumed one.
        stopped = ended.startswith("stopped")
        if saves and stopped:
            self._save()
        if self.looking.due_at_the_end(self.done):
            self._look()
        if saves and not stopped:
            self._save()
        self.looking.leave_the_best()
        self.net.eval()
        if self.world.first:
            self.watch.progress(self._progress(self.clock.elapsed))

    def _save(self) -> None:
        place = {
            "done": self.done,
            "epoch": self.epoch,
            "rate": self.stepping.rate,
            "elapsed": self.clock.elapsed,
        }
        failure = self.resuming.save(self.done, place)
        self.guard.events += [failure] if failure else []

    def _take_up(self) -> None:
        """Go on from the newest whole checkpoint, if there is one."""
        place, damaged = self.resuming.take_up()
        self.guard.events += damaged
        if place is None:
            return
        self.done, self.epoch, self.stepping.rate = place["done"], place["epoch"], place["rate"]
        # Minutes count what the interrupted run used, but not what this one has used to get here twice.
        self.clock.count_as_spent(max(place["elapsed"], self.clock.elapsed))
