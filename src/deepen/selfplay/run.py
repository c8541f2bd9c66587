"""One run that learns a board game by playing against itself: its stages, in their order."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from deepen.compute import seeds
from deepen.compute.device import summary
from deepen.errors import SettingError, Stopped, TrainingError
from deepen.evidence.match import Match
from deepen.games import Go, Rules, game
from deepen.learning.job import Job
from deepen.learning.learning_on import asked_of, refuse_size, take_over
from deepen.matches.board_player import BoardPlayer
from deepen.matches.gtp_client import program
from deepen.matches.matches import match
from deepen.matches.opponents import seated
from deepen.nets.sizes import dial, parameters
from deepen.records import Score
from deepen.selfplay.learning import learn
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.strength import strength
from deepen.trained import versions

__all__ = ["run"]

_FOR_THE_MATCHES = 0.1  # of the clock at the most (assumed)
_OF_A_LOOK = 16  # simulations (assumed)
_FIRST = 10  # games, by whose time the others are planned
_OPENING = 2  # moves by chance in front of each pair of games
# Of a player when it plays others, at the least: a net of Connect Four made 61 points of 100 with 128 against itself
# with 64 [51, 70] (measured once).
_FEWEST_SIMULATIONS = 128


def run(
    job: Job,
    name: str,
    *,
    size: str | float | None,
    settings: Mapping[str, Any],
    games: int,
    before: BoardPlayer | None = None,
) -> BoardPlayer:
    """Go from the rules of a game to a trained player, and try it against others.

    Parameters
    ----------
    name, size, settings, games
        As in :func:`deepen.play`.
    before
        A player to go on from, who was trained in either way.

    Raises
    ------
    SettingError
        If there is no such game, or a setting is wrong.
    TrainingError
        If it diverges whatever is done.
    Stopped
        If it was stopped before anything was learned.
    """
    rules = game(name)
    if before is not None:
        _check_board(rules, before)
    how = _settings(rules, size, settings, before)
    seeds.begin(seeds.derive(job.seed, "weights"), job.device)
    net = how.net(rules).to(job.device)
    if before is not None:
        take_over(net, net.settings, before.net, before.net_settings)
    job.tell(
        f"{rules.name}: {rules.actions} moves; {how.simulations} simulations for each that is learned from"
    )
    finite = math.isfinite(job.clock.seconds)
    horizon = job.horizon(
        math.inf if finite else how.updates(job.steps),
        reserve=_FOR_THE_MATCHES * job.clock.seconds if finite else 0.0,
    )
    job.begin({"world": rules.name, "settings": how.to_dict(), "seed": job.seed, **asked_of(before)})
    learned = job.before(before)
    history = learn(
        net, rules, how, horizon=horizon, seed=job.seed, trained=before is not None, watch=job.watch, stop=job.stop,
        checkpoints=job.checkpoints, evaluate=strength(rules, searching=how.search(_OF_A_LOOK), seed=job.seed),
    )  # fmt: skip
    if history.ended.startswith("stopped") and not history.moments:
        raise Stopped(f"{history.ended}, before anything was learned")
    if not history.moments:
        job.tell("the clock ran out before anything was learned: allow more minutes")
    player = BoardPlayer(
        net=net.eval(), game=rules.name, net_settings=net.settings, settings=how.to_dict(),
        searching=how.search(max(_FEWEST_SIMULATIONS, 2 * how.simulations), proofs=True),
        history=learned.then(history),
    )  # fmt: skip
    found = _matches(job, player, games)
    player.matches = tuple(one.to_dict() for one in found)
    player.scores = _scores(found)
    player.notes = tuple(job.notes)
    player.about = {
        "source": rules.name,
        "method": "alphazero",
        "parameters": f"{parameters(net):,}",
        "device": summary(job.device),
        "seconds": round(job.clock.elapsed, 1),
        **({"seconds before": round(learned.seconds, 1)} if before is not None else {}),
        "seed": job.seed,
        **versions(),
    }
    return player


def _settings(
    rules: Rules[Any], size: str | float | None, settings: Mapping[str, Any], before: BoardPlayer | None
) -> AlphaZero:
    usual = AlphaZero.of(rules)
    if before is not None:
        refuse_size(size)
        usual = _as_before(usual, before)
    if size is not None:
        if "channels" in settings or "blocks" in settings:
            raise SettingError(
                "channels or blocks were given already", where="--size", mend="Name one of them."
            )
        scale = 2.0 ** (dial(size) - 1)
        usual = dataclasses.replace(
            usual,
            channels=8 * max(1, round(usual.channels * scale / 8)),
            blocks=max(1, round(usual.blocks * scale)),
        )
    return AlphaZero.from_dict({**usual.to_dict(), **settings})


def _as_before(usual: AlphaZero, before: BoardPlayer) -> AlphaZero:
    """The settings of a player that learned by them, else the usual ones; with the net that it has."""
    net = before.net_settings
    built = {name: net[name] for name in AlphaZero.names() if name in net}
    if before.method == "alphazero":
        return AlphaZero.from_dict({**before.settings, **built})
    return dataclasses.replace(usual, **built, ownership=usual.ownership if net.get("owners") else 0.0)


def _check_board(rules: Rules[Any], before: BoardPlayer) -> None:
    """Refuse a player of another game, or of another board; another komi is learned."""
    mine, its = rules.name.split(":")[0], before.game.split(":")[0]
    if mine != its or (rules.shape, rules.actions) != (before.rules.shape, before.rules.actions):
        raise SettingError("plays another game", where="--from", allowed=rules.name, came=before.game)


def _opponents(rules: Rules[Any]) -> tuple[str, ...]:
    """Who is played against, the weaker one first, that there is a score at all."""
    if not isinstance(rules, Go):
        return ("random", "mcts:100")
    try:
        program("gnugo")
    except SettingError:
        return ("random",)
    return ("random", "gnugo:1")


def _matches(job: Job, player: BoardPlayer, games: int) -> list[Match]:
    """Against chance, and against somebody better; as many games as the clock allows, and few for who waits."""
    found: list[Match] = []
    tried = _opponents(player.rules)
    stopped = job.stop()
    for at, name in enumerate(tried):
        until = job.clock.elapsed + job.clock.left / (len(tried) - at)
        ending = job.ending(until)
        if found and (job.clock.left < found[-1].seconds or (job.stop() and not stopped)):
            job.tell(f"there was no time for games against {name}: deepen match has no such limit")
            continue
        try:
            one = _played(job, player, name, min(games, _FIRST), ending)
            left = until - job.clock.elapsed
            # Games are played side by side, so many take less than their number times the time of a few.
            more = games if math.isinf(left) else int(_FIRST * max(0.0, left) / max(one.seconds, 1e-6))
            if not ending() and not stopped and min(more, games) > _FIRST:
                many = _played(job, player, name, min(more, games), ending)
                one = many if len(many.games) >= len(one.games) else one
        except (SettingError, TrainingError) as error:  # what was learned is kept all the same
            job.tell(f"there are no games against {name}: {error}")
            continue
        found.append(one)
        if len(one.games) < games:
            job.tell(f"there was time for {len(one.games)} games of {games} against {name}")
    return found


def _played(job: Job, player: BoardPlayer, name: str, games: int, ending: Callable[[], bool]) -> Match:
    """Play so many games, those at the most that are over before the end."""
    job.watch.stage(f"playing against {name}")
    with seated(name, player.rules, seed=job.seed) as other:
        return match(
            player.rules, player, other, games, seed=job.seed, opening=_OPENING, device=player.device, watch=job.watch,
            stop=ending,
        )  # fmt: skip


def _scores(found: list[Match]) -> dict[str, Score]:
    """The points against the strongest who was played against, and against the others beside; of games that count."""
    scores = {
        f"against {one.other}": Score({"points": one.score}, part=f"{len(one.counted)} games")
        for one in found
        if one.counted
    }
    if not scores:
        return {}
    strongest = list(scores)[-1]
    return {"test": dataclasses.replace(scores.pop(strongest), part=strongest), **scores}
