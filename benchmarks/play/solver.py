"""How often a player of Connect Four makes a move that loses nothing, by a solver that knows the truth.

    python benchmarks/play/solver.py player/ [another/ ...] [--positions 1000] [--plies 20 30] [--simulations 0 64]

Positions are drawn by moves at random, evenly over the numbers of plies, none of them over, and such that some legal
move is worse than another: where all are alike there is nothing to know. A move agrees if its exact value (win, draw,
loss) is the best there is. A row for each number of simulations is appended to solver.jsonl, and solver.md is written.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import torch

import deepen
from deepen.evidence.intervals import wilson
from deepen.games import Boards, Connect4
from deepen.games.connect4_solver import Connect4Solver

HERE = Path(__file__).parent
KEPT = HERE / "solver.jsonl"


def positions(count: int, plies: tuple[int, int], seed: int) -> Boards:
    """Positions by chance, ``count`` of them."""
    rules, generator = Connect4(), torch.Generator().manual_seed(seed)
    found: list[Boards] = []
    for moves in range(plies[0], plies[1] + 1):
        boards = rules.begin(16 * count)
        for _ in range(moves):
            legal = rules.legal(boards).float()
            legal[:, 0] += boards.over
            boards = rules.play(boards, torch.multinomial(legal, 1, generator=generator)[:, 0])
        going = (~boards.over).nonzero()[:, 0]
        found.append(boards[going[: -(-count // (plies[1] - plies[0] + 1))]])
    return Boards.cat(found)[:count]


def main() -> None:
    """Grade players on the same positions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--positions", type=int, default=1000)
    parser.add_argument("--plies", type=int, nargs=2, default=[20, 30])
    parser.add_argument("--simulations", type=int, nargs="+", default=[0, 64])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    players: list[Any] = [deepen.load(folder, device="cpu") for folder in arguments.models]
    began = time.monotonic()
    boards = positions(4 * arguments.positions, tuple(arguments.plies), arguments.seed)
    best = Connect4Solver().best(boards)  # (N, A) bool
    legal = Connect4().legal(boards)
    matters = ((best & legal).sum(1) < legal.sum(1)).nonzero()[:, 0][: arguments.positions]
    boards, best, legal = boards[matters], best[matters], legal[matters]
    solved = time.monotonic() - began
    chance = float(((best & legal).sum(1) / legal.sum(1)).mean())
    with KEPT.open("a") as file:
        for player, simulations in itertools.product(players, arguments.simulations):
            chosen = player.thinking(simulations).choose(boards).cpu()
            right = int(best.gather(1, chosen[:, None].long()).sum())
            low, high = wilson(right, len(boards))
            row = {
                "seed": player.about["seed"], "seconds_of_training": player.about["seconds"],
                "positions": len(boards), "plies": arguments.plies, "simulations": simulations,
                "agreement": [round(v, 4) for v in (right / len(boards), low, high)], "chance": round(chance, 4),
                "seconds_of_solving": round(solved, 1),
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
            print(row, flush=True)
    (HERE / "solver.md").write_text(table())


def table() -> str:
    """Write the rows for people."""
    lines = [
        "# Connect Four by a solver", "", *(__doc__ or "").split("\n\n")[-1].strip().splitlines(), "",
        "| player, trained for | seed | simulations | positions | plies | agreement | a legal move by chance |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in map(json.loads, KEPT.read_text().splitlines()):
        v, low, high = r["agreement"]
        lines.append(
            f"| {r['seconds_of_training']:.0f} s | {r['seed']} | {r['simulations'] or 'none'} | {r['positions']:,} |"
            f" {r['plies'][0]} to {r['plies'][1]} | **{v:.1%}** [{low:.1%}, {high:.1%}] | {r['chance']:.1%} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
