"""From records to positions: games are read, and replayed as far as the clock allows."""

from __future__ import annotations

import os
from dataclasses import replace

from deepen.compute import seeds
from deepen.compute.folders import write_json
from deepen.errors import DataError
from deepen.experts.plan import ExpertPlan
from deepen.experts.record_files import read_games
from deepen.experts.records import ExpertGames
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.learning.job import Job

__all__ = ["PLAN", "gathered", "held_out", "to_learn_from"]

PLAN = "plan.json"
"""In the folder of a run: what fitted the clock, and how many games were replayed; a resumed run does the same."""

_FEW = 8  # games that are replayed whatever the clock says, that there be a net at all (assumed)
_REPLAYING = 0.12  # of the clock that replaying may take at the most (assumed)


def gathered(job: Job, source: str | os.PathLike[str]) -> ExpertGames:
    """Read the games, and tell what they are.

    Raises
    ------
    DataError
        If there is none.
    Stopped
        If it was asked to end.
    """
    games, notes = read_games(
        source, stop=job.stop, tell=lambda done, total: job.watch.stage("reading games", done, total)
    )
    for note in notes:
        job.tell(note)
    won = {who: int((games.winner == sign).sum()) for who, sign in (("black", 1), ("white", -1))}
    job.tell(
        f"{len(games):,} games on {games.size}x{games.size}, {len(games.moves):,} moves; "
        f"black won {won['black']:,}, white {won['white']:,}"
    )
    return games


def held_out(job: Job, games: ExpertGames, rules: Go, most: int, purpose: str) -> ExpertPositions:
    """Replay games that are held out: about ``most`` positions, as many of each game.

    Raises
    ------
    DataError
        If none of them is legal.
    """
    job.watch.stage("replaying held-out games")
    share = min(1.0, most / max(1, len(games.moves)))
    draws = seeds.generator(job.seed, "replay", purpose)
    found, illegal = replayed(games, rules, share=share, generator=draws)
    _tell_illegal(job, illegal, len(games), purpose)
    if found is None:  # where there are few, a share may be none
        found, _ = replayed(games, rules, generator=draws)
    if found is None:
        raise DataError(f"no game to {purpose} with is legal", came=illegal[0])
    return found


def to_learn_from(
    job: Job, games: ExpertGames, rules: Go, plan: ExpertPlan
) -> tuple[ExpertPositions, ExpertPlan]:
    """Replay what is learned from, as far as the clock allows; a resumed run does the same again.

    Returns
    -------
    positions, plan
        The plan says how many games were replayed.

    Raises
    ------
    DataError
        If none of them is legal.
    Stopped
        If it was asked to end.
    """
    again = plan.replayed > 0
    until = job.clock.elapsed + _REPLAYING * job.clock.left
    chosen = games.chosen(range(plan.replayed)) if again else games
    played = 0

    def enough(done: int, positions: int) -> bool:
        nonlocal played
        job.stop.check("replaying games")
        job.watch.stage("replaying games", done, len(chosen))
        played = done
        return not again and job.clock.elapsed > until

    draws = seeds.generator(job.seed, "replay", "train")
    found, illegal = replayed(chosen, rules, share=plan.share, generator=draws, enough=enough)
    if found is None and not illegal:  # so little time that no position was drawn
        chosen, plan = games.chosen(range(min(_FEW, len(games)))), replace(plan, share=1.0)
        found, illegal = replayed(chosen, rules, generator=draws)
        played = len(chosen)
    if found is None:
        raise DataError("no game to learn from is legal", came=illegal[0] if illegal else "no position")
    _tell_illegal(job, illegal, played, "train")
    job.tell(
        f"{len(found):,} positions to train on, {plan.share:.0%} of those of {played:,} games, "
        f"{found.planes.bytes / 1e6:,.0f} MB"
    )
    if not again:
        plan = replace(plan, replayed=played)
        if job.folder is not None:
            job.folder.mkdir(parents=True, exist_ok=True)
            write_json(job.folder / PLAN, plan.to_dict())
    return found, plan


def _tell_illegal(job: Job, illegal: list[str], games: int, purpose: str) -> None:
    """Say which games were left out, and why."""
    if illegal:
        job.tell(
            f"{len(illegal):,} of {games:,} games to {purpose} with were left out, each with an illegal move: "
            + "; ".join(illegal[:3])
            + ("; ..." if len(illegal) > 3 else "")
        )
