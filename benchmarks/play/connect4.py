"""Connect Four from nothing in ten minutes, against OpenSpiel's tree search with random rollouts.

    python benchmarks/play/connect4.py [--minutes 10] [--threads 2] [--games 100] [--simulations 100]

Trains a net by self-play (deepen.selfplay), then plays against `pyspiel.MCTSBot`: UCT with c = 2, one random rollout
for each simulation, the best of so many simulations; colours alternate. What came of it is appended to connect4.jsonl.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import pyspiel
import torch

from deepen.compute.signals import StopFlag, listening
from deepen.evidence.intervals import wilson
from deepen.games.registry import game
from deepen.learning.budget import Clock, Horizon
from deepen.learning.watch import Progress
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator
from deepen.selfplay.learning import learn
from deepen.selfplay.players import Player, by_net, by_search
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.strength import strength

KEPT = Path(__file__).with_suffix(".jsonl")


class Processor(Clock):
    """Counts this process's processor seconds, as a machine does that others use too."""

    @property
    def elapsed(self) -> float:
        return time.process_time()


class Noted:
    """Prints what the training notes, and each look's figures."""

    def __init__(self) -> None:
        self.last: object = None

    def stage(self, name: str, done: int = 0, total: int = 0) -> None: ...

    def note(self, text: str) -> None:
        print(text)

    def understood(self, schema: object, rows: int) -> None: ...

    def progress(self, now: Progress) -> None:
        if now.valid != self.last:
            self.last = now.valid
            figures = {k: round(v, 3) for k, v in now.valid.items()}
            print(f"{now.elapsed:6.1f} s  step {now.step:6d}  loss {now.loss:.3f}  {figures}", flush=True)


def against_mcts(player: Player, games: int, simulations: int, seed: int = 0) -> dict[str, int]:
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


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--processor", action="store_true", help="minutes are of processor time")
    arguments.add_argument("--games", type=int, default=100)
    arguments.add_argument("--simulations", type=int, default=100)
    arguments.add_argument("--mine", type=int, default=64)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--changes", default="{}", help="JSON: settings other than the default ones")
    arguments.add_argument("--save", type=Path)
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    rules = game("connect4")
    settings = AlphaZero.of(rules, **json.loads(given.changes))
    torch.manual_seed(given.seed)
    net: PolicyValue = settings.net(rules)
    began, used = time.time(), time.process_time()
    clock = (Processor if given.processor else Clock)(60 * given.minutes)
    with listening(StopFlag()) as stop:
        history = learn(
            net, rules, settings, horizon=Horizon(math.inf, clock, began=clock.elapsed), seed=given.seed,
            watch=Noted(), stop=stop, evaluate=strength(rules),
        )  # fmt: skip
    if given.save:
        torch.save(net.state_dict(), given.save)
    seconds, processor = time.time() - began, time.process_time() - used
    ask = evaluator(net)
    row: dict[str, object] = {
        "minutes": seconds / 60, "processor_minutes": processor / 60, "threads": given.threads, "seed": given.seed,
        "steps": history.moments[-1].step, "opponent_simulations": given.simulations,
        "changes": json.loads(given.changes),
    }  # fmt: skip
    players = {
        "net": by_net(rules, ask),
        f"search {given.mine}": by_search(rules, ask, settings.search(given.mine)),
    }
    for name, player in players.items():
        result = against_mcts(player, given.games, given.simulations)
        low, high = wilson(result["won"], given.games)
        print(f"{name}: {result}, wins {result['won'] / given.games:.2f} [{low:.2f}, {high:.2f}]")
        row[name] = result
    with KEPT.open("a") as file:
        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
