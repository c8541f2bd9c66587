"""The training itself: the net is built, and fitted until the clock leaves just enough for the score."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from torch import nn

from deepen.compute import seeds
from deepen.experts.learning import ExpertBatches, ExpertStep
from deepen.experts.plan import ExpertPlan
from deepen.experts.replay import ExpertPositions
from deepen.experts.scoring import answers, scored
from deepen.games.go import Go
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.job import Job
from deepen.learning.loop import Looks, fit
from deepen.learning.schedules import triangle
from deepen.nets.policy_value import PolicyValue
from deepen.nets.sizes import parameters
from deepen.records import History

__all__ = ["learn"]

_AVERAGE = 0.03  # the length of the weights' average, as a share of the training (assumed)
_FOR_THE_REST = 3.0  # seconds for intervals and writing (assumed)


def learn(
    job: Job,
    rules: Go,
    plan: ExpertPlan,
    positions: ExpertPositions,
    looked: ExpertPositions,
    *,
    epochs: float | None,
    tested: int,
) -> tuple[PolicyValue, History]:
    """Build the net and train it.

    Parameters
    ----------
    positions, looked
        What is learned from, and what each look asks of.
    epochs
        Passes over them all; None where the clock ends the training.
    tested
        Positions that are asked of after it, for the score.

    Raises
    ------
    Stopped
        If the flag was set before there was anything to keep.
    TrainingError
        If it diverges whatever is done.
    """
    job.watch.stage("training")
    seeds.begin(seeds.derive(job.seed, "weights"), job.device)
    net = plan.precision.apply(plan.net(rules).to(job.device))
    assert isinstance(net, PolicyValue)
    job.tell(
        f"{plan.blocks} blocks of {plan.channels} channels, {parameters(net):,} parameters, {plan.precision}"
    )
    batches = ExpertBatches(
        positions, rules, size=plan.batch, seed=seeds.derive(job.seed, "batches"), device=job.device
    )

    def look(net: nn.Module) -> dict[str, float]:
        said = answers(net, looked, device=job.device, precision=plan.precision)
        found = scored(said, looked, passing=rules.places, part="valid")
        return {
            "loss": found["log_loss"].value, "score": found["accuracy"].value, "low": found["accuracy"].low,
            "high": found["accuracy"].high, "top_5": found["top_5_accuracy"].value,
        }  # fmt: skip

    if epochs is not None:
        horizon = Horizon(max(1, math.ceil(epochs * batches.steps)), job.clock)
    else:
        horizon = job.horizon(math.inf, reserve=_for_the_score(net, look, len(looked), tested))
    history = fit(
        net, batches, ExpertStep(), horizon, optimiser=optimisers.make("muon", net, rate=plan.rate, decay=plan.decay),
        schedule=triangle(plan.warmup), average=Average(net, window=_AVERAGE), precision=plan.precision,
        looks=Looks(look), watch=job.watch, stop=job.stop, checkpoints=job.checkpoints,
    )  # fmt: skip
    job.notes.extend(history.events)
    return net, history


def _for_the_score(
    net: nn.Module, look: Callable[[nn.Module], Mapping[str, float]], looked: int, tested: int
) -> float:
    """Seconds that the score will take, from a look that is timed."""
    net.eval()
    began = time.perf_counter()
    look(net)
    each = (time.perf_counter() - began) / looked
    return 1.2 * each * tested + _FOR_THE_REST
