"""Tic-tac-toe from nothing, and then every game that can be played against it.

    python benchmarks/play/tictactoe.py [--seconds 60] [--threads 1] [--seeds 0 1 2]

After self-play for so many processor seconds the player makes its move and the other every legal reply, in all games:
by the net alone and by search, beginning and not. Appends to tictactoe.jsonl.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch

from deepen.games.registry import game
from deepen.learning.budget import Clock, Horizon
from deepen.search.evaluating import evaluator
from deepen.selfplay.learning import learn
from deepen.selfplay.players import by_net, by_search
from deepen.selfplay.replies import every_reply
from deepen.selfplay.settings import AlphaZero

KEPT = Path(__file__).with_suffix(".jsonl")


class Processor(Clock):
    """Counts this process's processor seconds."""

    @property
    def elapsed(self) -> float:
        return time.process_time()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    rules = game("tictactoe")
    settings = AlphaZero.of(rules)
    for seed in given.seeds:
        torch.manual_seed(seed)
        net = settings.net(rules)
        began = time.process_time()
        horizon = Horizon(math.inf, Processor(began + given.seconds), began=began)
        learn(net, rules, settings, horizon=horizon, seed=seed)
        ask = evaluator(net)
        players = {"net": by_net(rules, ask)} | {
            f"search {n}": by_search(rules, ask, settings.search(n)) for n in (8, 32)
        }
        row: dict[str, object] = {"seed": seed, "processor_seconds": time.process_time() - began}
        for name, player in players.items():
            for first in (True, False):
                tally = every_reply(rules, player, first=first)
                row[f"{name}, {'first' if first else 'second'}"] = tally._asdict()
                print(seed, name, "first" if first else "second", tally, flush=True)
        with KEPT.open("a") as file:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
