"""The order of seeing a player: its moments, one pass over them, and what some decisions rest on.

Legend: N moments, O outputs, S the shape of one moment.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch

from deepen.config import between
from deepen.learning.watch import Silent, Watch
from deepen.matches.board_player import BoardPlayer
from deepen.nets.levels import find
from deepen.seeing.attribution import MOST_STEPS, integrated_gradients, occlusion
from deepen.seeing.episodes import Acting, OfEpisodes, play_episodes
from deepen.seeing.filters import filters
from deepen.seeing.look import Looked, look
from deepen.seeing.made import made_for
from deepen.seeing.moments import INPUT, Aim, Moments
from deepen.seeing.player_folder import write
from deepen.seeing.player_seen import SeenPlayer
from deepen.seeing.positions import OfGames, play_games
from deepen.seeing.seen import Explained
from deepen.trained import Trained

__all__ = ["see_player"]

_TOLD = 3  # numbers of a vector, in a sentence
_FEW_STEPS = 256  # of integrated gradients over large pictures, where they are slow (assumed)


def see_player(
    player: Trained,
    *,
    to: str | Path | None = None,
    rows: int = 2000,
    units: int = 12,
    examples: int = 6,
    seed: int = 0,
    watch: Watch | None = None,
) -> SeenPlayer:
    """Look at a player of a board game, or of an environment; see :func:`deepen.see`.

    Parameters
    ----------
    player
        A board player, or whatever is an :class:`~deepen.seeing.episodes.Acting`.
    rows
        How many moments of its play are looked at, at the most.

    Raises
    ------
    DataError
        If it sees the same thing all the time.
    FolderError
        If ``to`` cannot be written.
    SettingError
        If an option is out of range.
    TrainingError
        If the environment fails.

    Examples
    --------
    >>> from deepen.games import game
    >>> from deepen.nets.policy_value import PolicyValue
    >>> rules, how = game("tictactoe"), {"channels": 8, "blocks": 1}
    >>> net = PolicyValue(rules.shape, rules.actions, **how).eval()
    >>> player = BoardPlayer(net=net, game="tictactoe", net_settings=how, searching=None)
    >>> seen = see_player(player, rows=50, examples=1)
    >>> len(seen.rows), seen.levels[0].size("seen")
    (50, (3, 3))
    """
    for name, value, least in (("--rows", rows, 4), ("--units", units, 1), ("--examples", examples, 0)):
        between(name, value, least, 1e6)
    told: Watch = watch or Silent()
    told.stage("playing")
    moments: Moments
    if isinstance(player, BoardPlayer):
        moments = play_games(player, rows, seed)
    else:
        moments = play_episodes(cast("Acting", player), rows, seed)
    levels = find(moments.net, moments.inputs(np.arange(2)), grids=True)
    told.stage("looking")
    looked = look(moments, levels, progress=lambda done, n: told.stage("looking", done, n))
    told.stage("attributing")
    chosen = _examples(moments, looked, examples)
    explained, aims = [], []
    for row in chosen.tolist():
        for aim in moments.aims(row, looked.answers[row]):
            explained.append(_explained(moments, row, aim))
            aims.append(aim.kind)
    seen = SeenPlayer(
        levels, {INPUT: moments.form}, rows=moments.names, filters=filters(moments.net, moments.shapes),
        preferred=looked.preferred, similarity=looked.similarity, explained=tuple(explained), aims=tuple(aims),
        silent={name: int((best.values == 0).all(1).sum()) for name, best in looked.preferred.items()},
        findings=(*moments.findings, _choices(moments, looked), *_rests(moments, explained, aims)),
        notes=(*moments.notes, *_missed(explained)),
    ).showing(units)  # fmt: skip
    if isinstance(moments, OfEpisodes) and moments.form == "image":
        seen = made_for(seen, moments, seed=seed, watch=told)
    if isinstance(moments, OfGames):
        told.stage("searching")
        seen = _searched(seen, moments, looked, chosen)
    if to is not None:
        told.stage("drawing")
        seen = write(seen, moments, Path(to))
    return seen


def _examples(moments: Moments, looked: Looked, count: int) -> np.ndarray:
    """Choose moments to explain: each choice in turn, where it beat the second best by most."""
    choice, apart = moments.decided(looked.answers)
    order = np.argsort(-apart, kind="stable")
    turn = np.zeros(len(order), np.int64)
    for one in np.unique(choice):
        turn[choice[order] == one] = np.arange((choice == one).sum())
    return order[np.argsort(turn, kind="stable")][:count]


def _explained(moments: Moments, row: int, aim: Aim) -> Explained:
    inputs = moments.inputs(np.array([row]))
    start = moments.start(row)[None].to(moments.seen)
    most = _FEW_STEPS if moments.form == "image" else MOST_STEPS
    found = integrated_gradients(aim.net, inputs, aim.output, {INPUT: start}, most_steps=most)
    fall = occlusion(aim.net, inputs, aim.output, INPUT, moments.patches(), start)
    parts = {INPUT: found.parts[INPUT].detach().cpu().numpy()}
    return Explained(
        moments.names[row], aim.said, None, {INPUT: inputs[INPUT][0].cpu().numpy()}, parts,
        {INPUT: fall.cpu().numpy()}, found.difference, found.error, found.steps,
    )  # fmt: skip


def _missed(explained: list[Explained]) -> list[str]:
    return [
        f"the integrated gradients of {one.answer!r} in {one.row} miss the output's difference by {one.error:+.1%}, "
        f"with {one.steps:,} steps"
        for one in explained
        if not one.complete
    ]


def _choices(moments: Moments, looked: Looked) -> str:
    """How often each choice was the best, and how much of the values' variance lies between the choices."""
    choice, _ = moments.decided(looked.answers)
    numbers, counts = np.unique(choice, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:5]
    told = ", ".join(
        f"{moments.choice(int(numbers[k]))} in {100 * counts[k] / counts.sum():.0f} %" for k in order
    )
    left = len(numbers) - len(order)
    more = f", {left} other{'s' * (left > 1)} less often" if left else ""
    if isinstance(moments, OfGames):
        return f"the net's first thought is move {told}{more}"
    values = looked.answers
    share = float(values.var(axis=1).mean() / max(1e-12, values.var()))
    return (
        f"the best action is {told}{more}; of what the action values vary, {100 * share:.1f} % lies between the "
        "actions of a moment, the rest between moments"
    )


def _rests(moments: Moments, explained: list[Explained], aims: list[str]) -> list[str]:
    """On how much of what is seen the decisions rest, by occlusion."""
    if not explained:
        return []
    told = []
    for kind in dict.fromkeys(aims):
        some = [one for one, aim in zip(explained, aims, strict=True) if aim == kind]
        if moments.form == "table":
            falls = np.abs([one.occlusion[INPUT] for one in some]).mean(axis=0)  # (D,)
            most = [
                f"{moments.number(k)} ({falls[k]:.3g})" for k in np.argsort(-falls, kind="stable")[:_TOLD]
            ]
            told.append(f"the {kind} by {', '.join(most)}")
            continue
        shares = [_half(np.abs(one.occlusion[INPUT].mean(axis=0))) for one in some]
        places = "pixels" if moments.form == "image" else "cells"
        told.append(f"{100 * np.median(shares):.0f} % of the {places} for the {kind}")
    if moments.form == "table":
        return [f"where a number is put to its mean, what changes most is {'; '.join(told)}"]
    n = len(explained) // len(told)
    return [
        f"half of what covering changes lies on {' and '.join(told)} (median of {n} moment{'s' * (n > 1)})"
    ]


def _half(size: np.ndarray) -> float:
    """The smallest share of the places (H, W) that holds half of the sum."""
    ordered = np.sort(size.ravel())[::-1].cumsum()
    return float((np.searchsorted(ordered, ordered[-1] / 2) + 1) / len(ordered)) if ordered[-1] > 0 else 0.0


def _searched(seen: SeenPlayer, moments: OfGames, looked: Looked, chosen: np.ndarray) -> SeenPlayer:
    """Add the search's trees, and how often it thinks better of the first thought."""
    how = moments.player.searching
    if how is None:
        return replace(seen, notes=(*seen.notes, "it plays without a search, so there is no tree"))
    with torch.no_grad():
        kept, n = moments.kept_thoughts(looked.answers)
        trees = {moments.names[row]: moments.tree(row) for row in chosen.tolist()}
    said = (
        f"the search with {how.simulations:,} simulations keeps the first thought in {kept} of {n} positions"
    )
    return replace(seen, trees=trees, findings=(*seen.findings, *((said,) if n else ())))
