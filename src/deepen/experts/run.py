"""One run that learns from experts' games: its stages, in their order.

read -> divide by game -> replay what is held out -> choose what fits the clock -> replay what is learned from
-> train -> score. Minutes cover all of it.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from deepen.compute import seeds
from deepen.compute.device import pick, summary
from deepen.compute.folders import read_json, write_json
from deepen.compute.signals import StopFlag
from deepen.errors import DataError
from deepen.experts.learning import ExpertBatches, ExpertStep, answers, commonest, scored
from deepen.experts.plan import ExpertPlan, choose
from deepen.experts.record_files import read_games
from deepen.experts.records import ExpertGames, divided
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Budget, Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.schedules import triangle
from deepen.learning.watch import Silent, Watch
from deepen.nets.policy_value import PolicyValue
from deepen.nets.sizes import dial, parameters
from deepen.records import History, Score

__all__ = ["Learned", "learn_from_records"]

_LOOK, _TEST = (
    3_000,
    20_000,
)  # positions of a look, and of the last score: intervals of 2 and 0.8 points (assumed)
_REPLAYING = 0.12  # of the clock that replaying may take at the most (assumed)
_AVERAGE = 0.03  # the length of the weights' average, as a share of the training (assumed)
_FOR_THE_REST = 3.0  # seconds for intervals and writing (assumed)


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
    run = _Run(
        clock=clock or Clock(math.inf if minutes is None else 60 * minutes), budget=budget, seed=seed,
        device=pick(device), watch=watch or Silent(), stop=stop or StopFlag(), folder=folder,
    )  # fmt: skip
    if size is not None:
        dial(size)
    return run.all(source, size, valid_share, test_share)


@dataclass(kw_only=True)
class _Run:
    clock: Clock
    budget: Budget
    seed: int
    device: torch.device
    watch: Watch
    stop: StopFlag
    folder: Path | None
    notes: list[str] = field(default_factory=list)

    def all(
        self, source: str | os.PathLike[str], size: str | float | None, valid_share: float, test_share: float
    ) -> Learned:
        """Do the stages."""
        games = self.read(source)
        train, valid, test = divided(games, valid_share=valid_share, test_share=test_share, seed=self.seed)
        train = seeds.numpy_generator(self.seed, "train").permutation(train)
        rules = Go(games.size)
        looked = self.held_out(games.chosen(valid), rules, _LOOK, "validate")
        tested = self.held_out(games.chosen(test), rules, _TEST, "test")
        plan = self.plan(rules, looked, int(games.lengths[train].sum()), size)
        positions, plan = self.positions(games.chosen(train), rules, plan)
        net, history = self.learn(rules, plan, positions, looked, tested)
        if not history.moments or history.moments[-1].step == 0:
            self.tell("the clock ran out before anything was learned: give it more minutes")
        self.watch.stage("scoring")
        said = answers(net, tested, device=self.device, precision=plan.precision)
        scores = {
            "test": scored(said, tested, passing=rules.places, seed=self.seed),
            "commonest": scored(
                commonest(positions.moves, tested), tested, passing=rules.places, seed=self.seed
            ),
        }
        return Learned(
            net=net, rules=rules.name, plan=plan, scores=scores, history=history, notes=tuple(self.notes),
            about=self.about(source, games, positions, plan, net, history),
        )  # fmt: skip

    def tell(self, text: str) -> None:
        """Note something, and tell it."""
        self.notes.append(text)
        self.watch.note(text)

    def read(self, source: str | os.PathLike[str]) -> ExpertGames:
        """Read the games."""
        games, notes = read_games(
            source, stop=self.stop, tell=lambda done, total: self.watch.stage("reading games", done, total)
        )
        for note in notes:
            self.tell(note)
        won = {who: int((games.winner == sign).sum()) for who, sign in (("black", 1), ("white", -1))}
        self.tell(
            f"{len(games):,} games on {games.size}x{games.size}, {len(games.moves):,} moves; "
            f"black won {won['black']:,}, white {won['white']:,}"
        )
        return games

    def held_out(self, games: ExpertGames, rules: Go, most: int, purpose: str) -> ExpertPositions:
        """Replay games that are held out: about ``most`` positions, as many of each game."""
        self.watch.stage("replaying held-out games")
        share = min(1.0, most / max(1, len(games.moves)))
        draws = seeds.generator(self.seed, "replay", purpose)
        found, illegal = replayed(games, rules, share=share, generator=draws)
        self.tell_illegal(illegal, len(games), purpose)
        if found is None:  # where there are few, a share may be none
            found, _ = replayed(games, rules, generator=draws)
        if found is None:
            raise DataError(f"no game to {purpose} with is legal", came=illegal[0])
        return found

    def tell_illegal(self, illegal: list[str], games: int, purpose: str) -> None:
        """Say which games were left out, and why."""
        if illegal:
            self.tell(
                f"{len(illegal):,} of {games:,} games to {purpose} with were left out, each with an illegal move: "
                + "; ".join(illegal[:3])
                + ("; ..." if len(illegal) > 3 else "")
            )

    def plan(self, rules: Go, trial: ExpertPositions, moves: int, size: str | float | None) -> ExpertPlan:
        """Choose, or on a resumed run read again, what fits the clock."""
        kept = None if self.folder is None else self.folder / "plan.json"
        if kept is not None and kept.is_file():
            return ExpertPlan.from_dict(read_json(kept))
        self.watch.stage("choosing the net")
        return choose(rules, trial, moves, clock=self.clock, device=self.device, size=size)

    def keep(self, plan: ExpertPlan) -> ExpertPlan:
        """Let a resumed run find the plan."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / "plan.json", plan.to_dict())
        return plan

    def batches(self, rules: Go, positions: ExpertPositions, plan: ExpertPlan) -> ExpertBatches:
        """Give endless batches."""
        return ExpertBatches(
            positions, rules, size=plan.batch, seed=seeds.derive(self.seed, "batches"), device=self.device
        )

    def positions(
        self, games: ExpertGames, rules: Go, plan: ExpertPlan
    ) -> tuple[ExpertPositions, ExpertPlan]:
        """Replay what is learned from, as far as the clock allows; a resumed run does the same again."""
        again = plan.replayed > 0
        until = self.clock.elapsed + _REPLAYING * self.clock.left
        chosen = games.chosen(range(plan.replayed)) if again else games
        played = 0

        def enough(done: int, positions: int) -> bool:
            nonlocal played
            self.stop.check("replaying games")
            self.watch.stage("replaying games", done, len(chosen))
            played = done
            return not again and self.clock.elapsed > until

        found, illegal = replayed(
            chosen,
            rules,
            share=plan.share,
            generator=seeds.generator(self.seed, "replay", "train"),
            enough=enough,
        )
        if found is None:
            raise DataError("no game to learn from is legal", came=illegal[0] if illegal else "no position")
        self.tell_illegal(illegal, played, "train")
        self.tell(
            f"{len(found):,} positions to train on, {plan.share:.0%} of those of {played:,} games, "
            f"{found.planes.bytes / 1e6:,.0f} MB"
        )
        return found, plan if again else self.keep(ExpertPlan(**{**vars(plan), "replayed": played}))

    def learn(
        self,
        rules: Go,
        plan: ExpertPlan,
        positions: ExpertPositions,
        looked: ExpertPositions,
        tested: ExpertPositions,
    ) -> tuple[PolicyValue, History]:
        """Build the net and train it."""
        self.watch.stage("training")
        seeds.begin(seeds.derive(self.seed, "weights"), self.device)
        net = plan.precision.apply(plan.net(rules).to(self.device))
        assert isinstance(net, PolicyValue)
        self.tell(
            f"{plan.blocks} blocks of {plan.channels} channels, {parameters(net):,} parameters, {plan.precision}"
        )
        batches = self.batches(rules, positions, plan)

        def look(net: nn.Module) -> dict[str, float]:
            said = answers(net, looked, device=self.device, precision=plan.precision)
            found = scored(said, looked, passing=rules.places, part="valid")
            return {
                "loss": found["log_loss"].value, "score": found["accuracy"].value, "low": found["accuracy"].low,
                "high": found["accuracy"].high, "top_5": found["top_5_accuracy"].value,
            }  # fmt: skip

        history = fit(
            net, batches, ExpertStep(), self.horizon(net, batches, look, len(looked), len(tested)),
            optimiser=optimisers.make("muon", net, rate=plan.rate, decay=plan.decay),
            schedule=triangle(plan.warmup), average=Average(net, window=_AVERAGE), precision=plan.precision,
            looks=Looks(look), watch=self.watch, stop=self.stop,
            checkpoints=None if self.folder is None else Checkpoints(self.folder / "checkpoints"),
        )  # fmt: skip
        self.notes += history.events
        return net, history

    def horizon(
        self,
        net: PolicyValue,
        batches: ExpertBatches,
        look: Callable[[nn.Module], Mapping[str, float]],
        looked: int,
        tested: int,
    ) -> Horizon:
        """Where the training must end so that the score still fits the clock."""
        if self.budget.epochs is not None:
            return Horizon(max(1, math.ceil(self.budget.epochs * batches.steps)), self.clock)
        net.eval()
        began = time.perf_counter()
        look(net)
        each = (time.perf_counter() - began) / looked
        return Horizon(
            math.inf, self.clock, reserve=1.2 * each * tested + _FOR_THE_REST, began=self.clock.elapsed
        )

    def about(
        self,
        source: str | os.PathLike[str],
        games: ExpertGames,
        positions: ExpertPositions,
        plan: ExpertPlan,
        net: PolicyValue,
        history: History,
    ) -> dict[str, Any]:
        """Say what was done, as plain data."""
        last = history.moments[-1] if history.moments else None
        return {
            "source": Path(source).name,
            "games": len(games),
            "positions": len(positions),
            "net": f"{plan.blocks} residual blocks of {plan.channels} channels, {parameters(net):,} parameters",
            "training": f"{last.step:,} steps of {plan.batch}, {last.epoch:.2f} passes" if last else "none",
            "precision": str(plan.precision),
            "device": summary(self.device),
            "seconds": round(self.clock.elapsed, 1),
            "seed": self.seed,
        }
