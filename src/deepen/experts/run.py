"""One run that learns from experts' games: its stages, in their order.

read -> divide by game -> replay what is held out -> choose what fits the clock -> replay what is learned from
-> train -> score. Minutes cover all of it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepen.compute import seeds
from deepen.compute.device import pick, summary
from deepen.compute.folders import read_json
from deepen.compute.signals import StopFlag
from deepen.experts.fitting import learn
from deepen.experts.gathering import PLAN, gathered, held_out, to_learn_from
from deepen.experts.plan import ExpertPlan, choose
from deepen.experts.records import ExpertGames, divided
from deepen.experts.replay import ExpertPositions
from deepen.experts.scoring import answers, commonest, scored
from deepen.games.go import Go
from deepen.learning.budget import Budget, Clock
from deepen.learning.job import Job
from deepen.learning.watch import Silent, Watch
from deepen.nets.policy_value import PolicyValue
from deepen.nets.sizes import dial, parameters
from deepen.records import History, Score

__all__ = ["Learned", "learn_from_records"]

# Positions of a look, and of the last score: intervals of 2 and 0.8 points (assumed).
_LOOK, _TEST = 3_000, 20_000


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What comes of learning from records.

    Parameters
    ----------
    net
        In evaluation mode.
    rules
        The name of the game: ``go:19``.
    plan
        From which :meth:`ExpertPlan.net` builds the net anew.
    scores
        ``test``, and ``commonest``: the move that is played most often, always.
    history
        How the training went; its looks give ``loss``, ``score`` (accuracy), ``low``, ``high`` and ``top_5``.
    notes
        What was understood and left out, a sentence each.
    about
        Games, positions, seconds and so on, as plain data.
    """

    net: PolicyValue
    rules: str
    plan: ExpertPlan
    scores: Mapping[str, Score]
    history: History
    notes: tuple[str, ...]
    about: Mapping[str, Any] = field(default_factory=dict)


def learn_from_records(
    source: str | os.PathLike[str],
    *,
    minutes: float | None = None,
    epochs: float | None = None,
    seed: int = 0,
    size: str | float | None = None,
    device: str | None = None,
    valid_share: float = 0.05,
    test_share: float = 0.05,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    folder: Path | None = None,
    clock: Clock | None = None,
) -> Learned:
    """Train a net on games of Go to play what the experts played.

    Parameters
    ----------
    source
        As in :func:`deepen.experts.record_files.read_games`.
    minutes, epochs
        The budget: minutes of the clock for everything, or passes over all positions.
    seed
        From which the parts, the weights and the order follow.
    size
        Of the net, by name or number; by default what fits the clock, the smallest without one.
    device
        By default a GPU if there is one.
    valid_share, test_share
        The shares of the games that are held out.
    watch, stop
        Who is told, and the flag that ends it.
    folder
        Where checkpoints are kept, if anywhere; a later run goes on from there.
    clock
        Of these minutes, where it runs already.

    Raises
    ------
    DataError
        If no game can be learned from.
    SettingError
        If the budget, the size, a share or the device is wrong.
    Stopped
        If the flag was set before there was anything to keep.
    TrainingError
        If it diverges whatever is done.
    """
    budget = Budget(minutes=minutes, epochs=epochs)
    if size is not None:
        dial(size)
    job = Job(
        clock=clock or Clock(math.inf if minutes is None else 60 * minutes), device=pick(device), seed=seed,
        folder=folder, watch=watch or Silent(), stop=stop or StopFlag(),
    )  # fmt: skip
    games = gathered(job, source)
    train, valid, test = divided(games, valid_share=valid_share, test_share=test_share, seed=seed)
    train = seeds.numpy_generator(seed, "train").permutation(train)
    rules = Go(games.size)
    looked = held_out(job, games.chosen(valid), rules, _LOOK, "validate")
    tested = held_out(job, games.chosen(test), rules, _TEST, "test")
    plan = _planned(job, rules, looked, int(games.lengths[train].sum()), size)
    positions, plan = to_learn_from(job, games.chosen(train), rules, plan)
    net, history = learn(job, rules, plan, positions, looked, epochs=budget.epochs, tested=len(tested))
    if not history.moments or history.moments[-1].step == 0:
        job.tell("the clock ran out before anything was learned: give it more minutes")
    job.watch.stage("scoring")
    said = answers(net, tested, device=job.device, precision=plan.precision)
    scores = {
        "test": scored(said, tested, passing=rules.places, seed=seed),
        "commonest": scored(commonest(positions.moves, tested), tested, passing=rules.places, seed=seed),
    }
    about = {"source": Path(source).name, **_about(job, games, positions, plan, net, history)}
    return Learned(
        net=net,
        rules=rules.name,
        plan=plan,
        scores=scores,
        history=history,
        notes=tuple(job.notes),
        about=about,
    )


def _planned(job: Job, rules: Go, trial: ExpertPositions, moves: int, size: str | float | None) -> ExpertPlan:
    """Choose, or on a resumed run read again, what fits the clock."""
    kept = None if job.folder is None else job.folder / PLAN
    if kept is not None and kept.is_file():
        return ExpertPlan.from_dict(read_json(kept))
    job.watch.stage("choosing the net")
    return choose(rules, trial, moves, clock=job.clock, device=job.device, size=size)


def _about(
    job: Job,
    games: ExpertGames,
    positions: ExpertPositions,
    plan: ExpertPlan,
    net: PolicyValue,
    history: History,
) -> dict[str, Any]:
    """Say what was done, as plain data."""
    last = history.moments[-1] if history.moments else None
    return {
        "games": len(games),
        "positions": len(positions),
        "net": f"{plan.blocks} residual blocks of {plan.channels} channels, {parameters(net):,} parameters",
        "training": f"{last.step:,} steps of {plan.batch}, {last.epoch:.2f} passes" if last else "none",
        "precision": str(plan.precision),
        "device": summary(job.device),
        "seconds": round(job.clock.elapsed, 1),
        "seed": job.seed,
    }
