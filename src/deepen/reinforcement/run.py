"""One run that learns to act in an environment: its stages, in their order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from torch import nn

from deepen.compute import seeds
from deepen.compute.device import summary
from deepen.compute.precision import Precision
from deepen.config import one_of
from deepen.environments import Environment, make
from deepen.errors import SettingError, Stopped, TrainingError, resembling
from deepen.learning.job import Job
from deepen.learning.learning_on import asked_of, refuse_size, take_over
from deepen.nets.q_net import QNet, pixels
from deepen.nets.sizes import dial, parameters
from deepen.records import History, Measure, Score
from deepen.reinforcement.dqn import DQN
from deepen.reinforcement.evaluating import Evaluation, at_random, play_episodes, score
from deepen.reinforcement.learning import learn
from deepen.reinforcement.model import COPIES, Player
from deepen.reinforcement.pqn import PQN
from deepen.reinforcement.precision import quickest
from deepen.reinforcement.references import published
from deepen.shapes import Grid, Vector
from deepen.trained import versions

__all__ = ["METHODS", "run"]

_FOR_THE_SCORE = 0.1  # of the clock at the most, for whole episodes in the end (assumed)
_BY_CHANCE = 0.02  # of the clock at the most, for episodes at random and for each look (assumed)
_FOR_THE_WAY = 0.02  # of the clock, after which no further way to compute is tried (assumed)
_LOOKED = 20  # episodes of a look: on CartPole its mean is then sure to a tenth (assumed)
_FIRST = 0.5  # of the steps at the most, before a deep Q-network begins to learn (assumed)

METHODS: dict[str, type[DQN | PQN]] = {"dqn": DQN, "pqn": PQN}
"""How each way learns, by the names that :func:`deepen.play` takes."""


def run(
    job: Job,
    world: Any,
    *,
    method: str | None,
    size: str | float | None,
    settings: Mapping[str, Any],
    making: Mapping[str, Any],
    episodes: int,
    before: Player | None = None,
) -> Player:
    """Go from an environment to a trained and scored player.

    Parameters
    ----------
    world, method, size, settings, making, episodes
        As in :func:`deepen.play`.
    before
        A player to go on from: with its method, its settings and what its environment was made with, but for those that
        are given.

    Raises
    ------
    SettingError
        If there is no such environment, a package is missing, or a setting is wrong.
    TrainingError
        If the environment fails, or the training diverges whatever is done.
    Stopped
        If it was stopped before anything was learned.
    """
    if method is not None:
        one_of("--method", method, tuple(METHODS))
    if before is not None:
        refuse_size(size)
        method = _same_method(method, before)
        making = {**(before.making if world in (before.environment, before.source) else {}), **making}
    with closing(make(world, min(COPIES, episodes), device=job.device, training=False, **making)) as whole:
        if before is not None:
            _check_seen(whole, before)
        chosen = method or _suited(whole)
        how = METHODS[chosen].suited(whole.shape, **_suiting(job, chosen, size, settings, whole, before))
        job.tell(
            f"{whole.name}: {_seen(whole.shape)} and {whole.actions} actions, learned by {chosen.upper()}"
        )
        asked = {"world": whole.name, "making": making, "method": chosen, "settings": how.to_dict()}
        job.begin({**asked, "seed": job.seed, **asked_of(before)})
        learned = job.before(before)
        seeds.begin(seeds.derive(job.seed, "weights"), job.device)
        chance = _by_chance(job, whole, min(episodes, _LOOKED))
        with closing(make(world, how.copies, device=job.device, training=True, **making)) as there:
            net = how.net(there)
            if before is not None:
                take_over(net, net.settings, before.net, before.net_settings)
            way = _way(job, net, there, how)
            history = _learn(job, net, there, how, whole, way, trained=before is not None)
            history = learned.then(history)
        player = Player(
            net=net, environment=whole.name, making=dict(making), method=chosen, settings=how.to_dict(),
            net_settings=net.settings, shape=whole.shape, actions=whole.actions, history=history,
            source=None if isinstance(world, str) else world,
        )  # fmt: skip
        player.scores = _scores(job, player, whole, episodes, chance)
        for note in (*there.notes, *whole.notes):
            job.tell(note)
    last = history.moments[-1].valid if history.moments else {}
    player.notes = tuple(job.notes)
    player.about = {
        "source": whole.name,
        "method": chosen,
        "parameters": f"{parameters(net):,}",
        "environment steps": int(last.get("environment_steps", 0)),
        "episodes": int(last.get("episodes", 0)),
        "device": summary(job.device),
        "precision": str(way),
        "seconds": round(job.clock.elapsed, 1),
        **({"seconds before": round(learned.seconds, 1)} if before is not None else {}),
        "seed": job.seed,
        **versions(),
    }
    return player


def _same_method(method: str | None, before: Player) -> str:
    """The method of the player that is gone on from, whose net answers as that one wants."""
    if method not in (None, before.method):
        raise SettingError(
            "a player goes on by the method that it learned by", where="--method", allowed=before.method,
            came=str(method),
        )  # fmt: skip
    return before.method


def _check_seen(environment: Environment, before: Player) -> None:
    """Refuse a player that sees or does something else."""
    if (environment.shape, environment.actions) != (before.shape, before.actions):
        raise SettingError(
            f"its player is one of {before.environment}, which shows or does something else", where="--from",
            allowed=f"{environment.shape}, {environment.actions} actions",
            came=f"{before.shape}, {before.actions} actions",
        )  # fmt: skip


def _suited(environment: Environment) -> str:
    """The method that does better on environments of this sort: see benchmarks/play/players.md."""
    return "dqn" if pixels(environment.shape) else "pqn"


def _seen(shape: Vector | Grid) -> str:
    """What is seen, in words."""
    return (
        f"{shape.n} numbers" if isinstance(shape, Vector) else f"{shape.c} planes of {shape.h} by {shape.w}"
    )


def _suiting(
    job: Job,
    method: str,
    size: str | float | None,
    settings: Mapping[str, Any],
    environment: Environment,
    before: Player | None,
) -> dict[str, Any]:
    """The settings, with the width of the net that a size on the dial asks for, and what so few steps ask for."""
    _known(method, settings)
    found = {**({} if before is None else before.settings), **settings}
    if size is not None:
        if "width" in found:
            raise SettingError(
                "a width was given already", where="--size, --set width", mend="Name one of them."
            )
        found["width"] = max(8, round(QNet.usual_width(environment.shape) * 2 ** (dial(size) - 1)))
    if method == "dqn" and "begin" not in settings:
        usual = DQN.suited(environment.shape, **found)
        if usual.begin > _FIRST * job.steps:  # or the memory alone would take more steps than are allowed
            found["begin"] = max(1, int(_FIRST * job.steps))
            job.tell(f"begins to learn after {found['begin']:,} steps, not {usual.begin:,}: they are few")
    return found


def _known(method: str, settings: Mapping[str, Any]) -> None:
    """Refuse a setting that only another method has, saying which; one that none has is left to the method's own.

    Raises
    ------
    SettingError
        Naming the other method.
    """
    mine = METHODS[method].names()
    for name in settings:
        for other, how in METHODS.items():
            theirs = how.names()
            meant = name if name in theirs else "" if resembling(name, mine) else resembling(name, theirs)
            if meant and name not in mine:
                raise SettingError(
                    f"{name!r} is not a setting of {method.upper()}", where="--set",
                    mend=f"{other.upper()} has {meant!r}: choose it by --method {other}.",
                )  # fmt: skip


def _by_chance(job: Job, environment: Environment, episodes: int) -> Score | None:
    """What play at random comes to: what a score is compared with; None where no episode ended soon enough."""
    job.watch.stage("playing at random")
    until = job.clock.elapsed + _BY_CHANCE * job.clock.seconds
    found = play_episodes(
        environment, at_random(environment, job.seed), episodes, seeds.derive(job.seed, "random"),
        stop=lambda: job.stop() or job.clock.elapsed > until,
    )  # fmt: skip
    return score(found.returns, seed=job.seed) if len(found.returns) else None


def _way(job: Job, net: nn.Module, there: Environment, how: DQN | PQN) -> Precision:
    """How to compute: what is quickest here differs from run to run, so it is measured where a clock runs only."""
    if not isinstance(how, DQN) or math.isinf(job.clock.seconds):
        return Precision()
    return quickest(net, there, how, seconds=_FOR_THE_WAY * job.clock.seconds)


def _learn(
    job: Job,
    net: nn.Module,
    there: Environment,
    how: DQN | PQN,
    episodes: Environment,
    way: Precision,
    *,
    trained: bool,
) -> History:
    finite = math.isfinite(job.clock.seconds)
    look = Evaluation(
        episodes, min(_LOOKED, episodes.copies), seed=seeds.derive(job.seed, "looks"),
        seconds=_BY_CHANCE * job.clock.seconds,
    )  # fmt: skip
    horizon = job.horizon(
        math.inf if finite else how.updates(job.steps),
        reserve=_FOR_THE_SCORE * job.clock.seconds if finite else 0.0,
    )
    job.watch.stage("training")
    history = learn(
        net, there, how, horizon=horizon, seed=job.seed, evaluate=look, by="minus_return", precision=way,
        trained=trained, checkpoints=job.checkpoints, watch=job.watch, stop=job.stop,
    )  # fmt: skip
    if history.ended.startswith("stopped") and not history.moments:
        raise Stopped(f"{history.ended}, before anything was learned")
    if not history.moments:
        job.tell("the clock ran out before anything was learned: allow more minutes")
    return history


def _scores(
    job: Job, player: Player, environment: Environment, episodes: int, chance: Score | None
) -> dict[str, Score]:
    """The player's own returns, and beside them those of chance and of what was published."""
    job.watch.stage("playing for the score")
    scores: dict[str, Score] = {}
    try:
        found = play_episodes(
            environment, player.act, episodes, seeds.derive(job.seed, "score"), stop=job.ending()
        )
    except TrainingError as error:  # what was learned is kept all the same
        job.tell(f"there is no score, since the environment failed: {error}")
    else:
        n = len(found.returns)
        if n:
            scores["test"] = score(found.returns, part=f"{n} episode{'s' * (n > 1)}", seed=job.seed)
        if n < episodes:
            told = f"only {n} episodes of {episodes} came" if n else "no episode came"
            job.tell(f"{told} to an end in the time for the score: player.evaluate() has no such limit")
    if chance is not None:
        scores["at random"] = chance
    for name, value in published(player.environment).items():
        scores[name] = Score({"return": Measure("return", value, value, value, "published", 0)}, part=name)
    return scores
