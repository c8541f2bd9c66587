"""The one learning loop. It knows no loss: whoever calls it supplies the step.

Supervised training, a Boltzmann machine's contrastive divergence and a deep Q-network's regression differ in
what one batch has to say about the weights, and in nothing else. So the clock, the schedule, averaging,
looks at the validation part, checkpoints, interruption, recovery and distribution are here, once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.compute.processes import World, alone
from deepen.compute.signals import StopFlag
from deepen.errors import FolderError
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Budget, Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.guard import Guard, out_of_memory, too_little_memory
from deepen.learning.schedules import Schedule, triangle
from deepen.learning.watch import Progress, Silent, Watch
from deepen.records import History, Moment

__all__ = ["Batches", "Looks", "Step", "fit"]

Step = Callable[[nn.Module, Any], Tensor]
"""Takes the net and a batch, and gives the loss: a scalar that can be differentiated.

One that draws random numbers, or keeps anything else, has ``state_dict`` and ``load_state_dict`` too.
"""


class Batches(Protocol):
    """What the loop needs of its batches: they never end, and can be gone back to."""

    @property
    def steps(self) -> int:
        """Batches in one epoch."""

    def next(self) -> Any:
        """Give the next batch, on the device."""

    def halve(self) -> bool:
        """Make the batches half as large, because memory ran out; False if they cannot be smaller."""

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


@dataclass(frozen=True)
class Looks:
    """Looks at the validation part while training goes on.

    Parameters
    ----------
    evaluate
        Gives the figures of a net, of which ``by`` decides: lower is better.
    by
        The figure by which the best weights are kept; None keeps the last ones.
    share
        The part of the time that the looks may take.
    most
        How many looks a training has at the most.
    patience
        After so many looks without a better figure the training ends; None never ends it early.
    """

    evaluate: Callable[[nn.Module], Mapping[str, float]]
    by: str | None = "loss"
    share: float = 0.08
    most: int = 60
    patience: int | None = None


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
    run = _Run(
        net=net, batches=batches, step=step, horizon=_horizon(budget, batches),
        optimiser=optimiser or optimisers.make("adamw", net, rate=1e-3, decay=0.0),
        schedule=schedule or triangle(), average=average, precision=precision or Precision(), clip=clip,
        looks=looks, checkpoints=checkpoints, watch=watch or Silent(), stop=stop or StopFlag(),
        world=world or alone(next(net.parameters()).device),
    )  # fmt: skip
    return run.all()


def _horizon(budget: Budget | Horizon, batches: Batches) -> Horizon:
    if isinstance(budget, Horizon):
        return budget
    if budget.minutes is not None:
        return Horizon(math.inf, Clock(60 * budget.minutes))
    steps = budget.steps if budget.steps is not None else math.ceil((budget.epochs or 0) * batches.steps)
    return Horizon(max(1, steps), Clock())


@dataclass(kw_only=True)
class _Run:
    """One training, as it goes."""

    net: nn.Module
    batches: Batches
    step: Step
    horizon: Horizon
    optimiser: torch.optim.Optimizer
    schedule: Schedule
    average: Average | None
    precision: Precision
    clip: float | None
    looks: Looks | None
    checkpoints: Checkpoints | None
    watch: Watch
    stop: StopFlag
    world: World

    done: int = 0
    epoch: float = 0.0
    rate: float = 0.0
    share: float = 0.0
    moments: list[Moment] = field(default_factory=list)
    best: dict[str, Tensor] | None = None
    best_figure: float = math.inf
    looks_since_best: int = 0
    _next_look: float = -math.inf
    _look_seconds: float = 0.0
    _step_seconds: float = 0.0
    _told: float = 0.0
    _seed: int = 0
    _began: tuple[float, int] = (0.0, 0)
    _waiting: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guard = Guard(self.net, self.optimiser, self.average)
        self.clock = self.horizon.clock
        self.device = next(self.net.parameters()).device
        # A GPU runs ahead of Python; asking for the loss makes it wait, so it is asked now and then.
        self.check_every = 1 if self.device.type == "cpu" else 16

    def all(self) -> History:
        """Train to the end, and leave the best weights in the net."""
        self._take_up()
        self.guard.keep()
        self._seed = self.world.tell(torch.initial_seed())
        self._began = self.clock.elapsed, self.done
        self.net.train()
        ended = ""
        with self.world.wrapped(self.net) as wrapped:
            trained: Any = torch.compile(wrapped) if self.precision.compiled else wrapped
            while not ended:
                ended = self._over()
                if not ended:
                    self._advance(trained)
                    self._after()
        self._finish(ended)
        return History(tuple(self.moments), tuple(self.guard.events), ended)

    # -- one step

    def _over(self) -> str:
        """Whether the training has come to its end, and by what; all processes find the same."""
        now = self.clock.elapsed
        share = self.horizon.progress(self.done, now + self._step_seconds + self._look_seconds)
        # The rate follows from the share, so the first process's share must be everyone's.
        self.share, elapsed, stopped = self.world.tell_numbers(share, now, float(self.stop()))
        if self._looked_in_vain():
            return "no longer improving"
        if stopped:
            return f"stopped by {self.stop.why or 'the first process'}"
        if self.done >= self.horizon.steps or (self.share >= 1.0 and self.done > 0):
            return "complete"
        if math.isfinite(self.clock.seconds) and elapsed >= self.clock.seconds:
            return "complete"
        return ""

    def _looked_in_vain(self) -> bool:
        if self.looks is None or self.looks.patience is None:
            return False
        return 0 < self.looks_since_best >= self.looks.patience

    def _advance(self, trained: nn.Module) -> None:
        """Do one step, and mend what can be mended."""
        began = time.monotonic()
        rate = self.schedule(self.share) * self.guard.scale
        self.rate = optimisers.set_rate(self.optimiser, rate)
        self.world.draw_apart(self._seed, self.done)
        try:
            loss = self._loss(trained)
            if self._usable(loss):
                self._update(loss)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            self._smaller(error)
            return
        self.done += 1
        self.epoch += 1.0 / self.batches.steps
        self._step_seconds += 0.1 * (time.monotonic() - began - self._step_seconds)

    def _loss(self, trained: nn.Module) -> Tensor:
        with self.precision.autocast(self.device):
            return self.step(trained, self.batches.next())

    def _usable(self, loss: Tensor) -> bool:
        """Whether the loss, or the last few of them, are finite and sane."""
        self._waiting.append(loss.detach())
        if len(self._waiting) < self.check_every:
            return True
        values = torch.stack(self._waiting).float().tolist()
        self._waiting.clear()
        bad = [v for v in values if not self.guard.good(v)]
        if not self.world.any(bool(bad)):
            self.guard.passed()
            return True
        # Every process must do the same about it, so all are told whether any had a loss that is not finite.
        broken = self.world.any(not all(map(math.isfinite, bad)))
        mine = [v for v in bad if math.isfinite(v) != broken]
        worst = mine[0] if mine else math.nan if broken else self.guard.smooth
        self.guard.failed(self.done, worst, used=self.check_every > 1)
        return False

    def _update(self, loss: Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        self.optimiser.step()
        if self.average is not None:
            self.average.update(self.done + 1, self.share)

    def _smaller(self, error: BaseException) -> None:
        """Memory ran out: go on with batches of half the size."""
        self.optimiser.zero_grad(set_to_none=True)
        self._waiting.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.world.size > 1 or not self.batches.halve():
            raise too_little_memory(error, where=f"step {self.done}") from error
        # The gradient's noise grows as the batch shrinks; the square root keeps Adam's (Malladi 2022).
        self.guard.scale *= math.sqrt(0.5)
        self.guard.events.append(f"step {self.done}: memory ran out; going on with batches of half the size")

    # -- between the steps

    def _after(self) -> None:
        """Look, save and tell, where it is time to."""
        now = self.clock.elapsed
        if self.looks is not None and self.world.tell(self._look_is_due(now)):
            self._look(self.looks)
        if self.done % 200 == 0:
            self.guard.keep()
        if self.checkpoints is not None and self.world.first and self.checkpoints.due():
            self._save(self.checkpoints)
        if now - self._told > 0.1 and self.world.first:
            self._told = now
            self.watch.progress(self._progress(now))

    def _look_is_due(self, now: float) -> bool:
        assert self.looks is not None
        if math.isfinite(self.clock.seconds):
            return self.done > 0 and now >= self._next_look
        # Without a clock the looks must not depend on the time, or a resumed run would differ.
        every = max(self.batches.steps, math.ceil(self.horizon.steps / self.looks.most))
        seen = self.moments[-1].step if self.moments else 0
        return self.done % every == 0 and seen < self.done < self.horizon.steps

    def _look(self, looks: Looks) -> None:
        """Evaluate on the validation part, and keep the weights if they are the best so far."""
        began = time.monotonic()
        figures: dict[str, float] = {}
        if self.world.first:
            figures = dict(self._evaluate(looks))
        figures = self.world.tell(figures)
        self.moments.append(
            Moment(
                self.done,
                self.epoch,
                self.clock.elapsed,
                self.rate,
                self.guard.smooth,
                figures,
            )
        )
        if looks.by is not None and figures[looks.by] < self.best_figure:
            self.best_figure, self.looks_since_best = figures[looks.by], 0
            kept = self.average.state_dict() if self.average is not None else self.net.state_dict()
            self.best = {k: v.detach().clone() for k, v in kept.items()}
        else:
            self.looks_since_best += 1
        self.guard.keep()
        self._look_seconds = time.monotonic() - began
        whole = self.clock.seconds - self.horizon.reserve - self.horizon.began
        spacing = max(self._look_seconds / looks.share, whole / looks.most if math.isfinite(whole) else 0.0)
        self._next_look = self.clock.elapsed + spacing

    def _evaluate(self, looks: Looks) -> Mapping[str, float]:
        self.net.eval()
        try:
            if self.average is None:
                return looks.evaluate(self.net)
            with self.average.in_place():
                return looks.evaluate(self.net)
        finally:
            self.net.train()

    def _progress(self, now: float) -> Progress:
        each = (now - self._began[0]) / max(1, self.done - self._began[1])
        left = (self.horizon.steps - self.done) * each
        if math.isfinite(self.clock.seconds):
            left = min(left, self.clock.left)
        figures = self.moments[-1].valid if self.moments else {}
        return Progress(self.share, self.done, self.epoch, now, max(0.0, left), self.guard.smooth, figures)

    def _finish(self, ended: str) -> None:
        """Look a last time, save, and leave the best weights in the net."""
        saves = self.checkpoints is not None and self.world.first and self.done > 0
        if saves and self.checkpoints is not None and ended.startswith("stopped"):
            # Before the look: an uninterrupted run would not have looked here, nor does a resumed one.
            self._save(self.checkpoints)
            saves = False
        if (
            self.looks is not None
            and self.done > 0
            and (not self.moments or self.moments[-1].step != self.done)
        ):
            self._look(self.looks)
        if saves and self.checkpoints is not None:
            self._save(self.checkpoints)
        if self.looks is not None and self.best is not None:
            self.net.load_state_dict(self.best)
        elif self.average is not None:
            self.net.load_state_dict(self.average.state_dict())
        self.net.eval()
        if self.world.first:
            self.watch.progress(self._progress(self.clock.elapsed))

    # -- saving and taking up again

    def _save(self, checkpoints: Checkpoints) -> None:
        """Save the state. A disk that is full or fails is no reason to lose the training: it goes on, and says so."""
        try:
            checkpoints.save(self.done, self._state())
        except (FolderError, OSError) as error:
            self.guard.events.append(f"step {self.done}: the checkpoint could not be written: {error}")

    def _state(self) -> dict[str, Any]:
        return {
            "net": self.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.state_dict() if self.average is not None else None,
            "best": self.best,
            "batches": self.batches.state_dict(),
            "step": self.step.state_dict() if hasattr(self.step, "state_dict") else None,
            "random": seeds.state(self.device),
            "guard": self.guard.state_dict(),
            "place": {
                "done": self.done, "epoch": self.epoch, "rate": self.rate, "elapsed": self.clock.elapsed,
                "best_figure": self.best_figure, "looks_since_best": self.looks_since_best,
            },
            "history": History(tuple(self.moments)).to_dict(),
        }  # fmt: skip

    def _take_up(self) -> None:
        """Go on from the newest whole checkpoint, if there is one."""
        if self.checkpoints is None:
            return
        state, damaged = self.checkpoints.load()
        self.guard.events += damaged
        if state is None:
            return
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.average is not None and state["average"] is not None:
            self.average.load_state_dict(state["average"])
        self.best = state["best"]
        self.batches.load_state_dict(state["batches"])
        if hasattr(self.step, "load_state_dict"):
            self.step.load_state_dict(state["step"])
        seeds.restore(state["random"], self.device)
        self.guard.load_state_dict(state["guard"])
        self.guard.events += damaged
        place = state["place"]
        self.done, self.epoch, self.rate = place["done"], place["epoch"], place["rate"]
        self.best_figure, self.looks_since_best = place["best_figure"], place["looks_since_best"]
        self.moments = list(History.from_dict(state["history"]).moments)
        # Minutes count what the interrupted run used, but not what this one has used to get here twice.
        self.clock.count_as_spent(max(place["elapsed"], self.clock.elapsed))
