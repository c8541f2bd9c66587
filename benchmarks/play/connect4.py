"""Connect Four players of ``deepen play``, against OpenSpiel's tree search with random rollouts.

    pip install open-spiel
    deepen play connect4 --minutes 10 --out connect4-player
    python benchmarks/play/connect4.py connect4-player [--games 100] [--simulations 0 128] [--theirs 100]

The other one is ``pyspiel.MCTSBot``: UCT with c = 2, one random rollout for each simulation, wins and losses proven
where it sees them. All games begin on the empty board; colours alternate. A row for each number of own simulations is
appended to connect4.jsonl, and connect4.md is written.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyspiel
import torch

import deepen
from deepen.evidence.intervals import wilson
from deepen.games.registry import game

HERE = Path(__file__).parent
KEPT = HERE / "connect4.jsonl"


def against_mcts(
    player: Callable[[Any], torch.Tensor], games: int, simulations: int, seed: int = 0
) -> dict[str, int]:
    """Play all games at once; the player begins every other one."""
    rules, theirs = game("connect4"), pyspiel.load_game("connect_four")
    boards, states = rules.begin(games), [theirs.new_initial_state() for _ in range(games)]
    bots = [
        pyspiel.MCTSBot(
            theirs, pyspiel.RandomRolloutEvaluator(1, seed + i), 2.0, simulations, 10, True, seed + i, False
        )
        for i in range(games)
    ]
    first = torch.arange(games) % 2 == 0
    while not bool(boards.over.all()):
        mine = (boards.turn == 1) == first
        moves = torch.zeros(games, dtype=torch.int64)
        rows = mine & ~boards.over
        if rows.any():
            moves[rows] = player(boards[rows])
        for i in ((~mine) & ~boards.over).nonzero()[:, 0].tolist():
            moves[i] = bots[i].step(states[i])
        for i in (~boards.over).nonzero()[:, 0].tolist():
            states[i].apply_action(int(moves[i]))
        boards = rules.play(boards, moves)
    for i, state in enumerate(states):
        assert state.is_terminal() and int(state.player_return(0)) == int(boards.winner[i])
    result = boards.winner * torch.where(first, 1, -1)
    return {name: int((result == value).sum()) for name, value in (("won", 1), ("drawn", 0), ("lost", -1))}


def table() -> str:
    """Write the rows for people."""
    lines = [
        "# Connect Four against OpenSpiel's tree search", "",
        *(__doc__ or "").split("\n\n")[-1].strip().splitlines(), "",
        "| player, trained for | seed | its simulations | OpenSpiel's | won, drawn, lost | won | points |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in map(json.loads, KEPT.read_text().splitlines()):
        games = r["won"] + r["drawn"] + r["lost"]
        low, high = wilson(r["won"], games)
        share, points = r["won"] / games, (r["won"] + r["drawn"] / 2) / games
        lines.append(
            f"| {r['seconds_of_training']:.0f} s | {r['seed']} | {r['simulations'] or 'none'} | {r['theirs']} |"
            f" {r['won']}, {r['drawn']}, {r['lost']} | {share:.0%} [{low:.0%}, {high:.0%}] | **{points:.1%}** |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Play the matches of one player."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--games", type=int, default=100)
    parser.add_argument("--simulations", type=int, nargs="+", default=[0, 128], help="of the player")
    parser.add_argument("--theirs", type=int, default=100)
    given = parser.parse_args()
    player: Any = deepen.load(given.model, device="cpu")
    with KEPT.open("a") as file:
        for simulations in given.simulations:
            row = {
                "seed": player.about["seed"], "seconds_of_training": player.about["seconds"],
                "simulations": simulations, "theirs": given.theirs,
                **against_mcts(player.thinking(simulations).choose, given.games, given.theirs),
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
            print(row, flush=True)
    (HERE / "connect4.md").write_text(table())


if __name__ == "__main__":
    main()
