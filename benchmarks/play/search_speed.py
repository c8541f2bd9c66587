"""Simulations per second: the batched search against OpenSpiel's Python MCTS, in turns (ABAB) in one process.

    python benchmarks/play/search_speed.py [--rounds 5] [--games 256] [--threads 1]

Connect Four, 32 simulations for each move, from positions of games by chance. Both ask the same net (3 blocks of 32
channels, weights as they began): OpenSpiel's one position at a time, as its own AlphaZero in Python does without its
cache, which is how `open_spiel.python.algorithms.mcts.MCTSBot` asks an evaluator; deepen's all games' positions at
once. Two more pairs take the net away: in one both get even priors and the value 0 for nothing, so that what is left
is the tree and the rules; in the other OpenSpiel's evaluator plays one random game to the end, its usual one.
Neither proves anything, as in self-play; in one column more deepen's does, as when a trained player plays. Seconds are
of the processor, so that other processes do not count. Writes search_speed.md.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyspiel
import torch
from open_spiel.python.algorithms import mcts

from deepen.games.registry import game
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator, quickest
from deepen.search.search import SearchSettings, search

OUT = Path(__file__).with_suffix(".md")
SIMULATIONS = 32
RULES, THEIRS = game("connect4"), pyspiel.load_game("connect_four")


class Even(mcts.Evaluator):
    """Even priors, value 0."""

    def evaluate(self, state: pyspiel.State) -> np.ndarray:
        return np.zeros(2)

    def prior(self, state: pyspiel.State) -> list[tuple[int, float]]:
        legal = state.legal_actions()
        return [(a, 1 / len(legal)) for a in legal]


class Asking(mcts.Evaluator):
    """Asks the net for one position; once for both priors and value."""

    def __init__(self, net: PolicyValue) -> None:
        self._ask = evaluator(net)
        self._last: tuple[str, np.ndarray, float] = ("", np.zeros(7), 0.0)

    def _answer(self, state: pyspiel.State) -> tuple[np.ndarray, float]:
        key = state.history_str()
        if key != self._last[0]:
            observed = np.asarray(state.observation_tensor(), np.float32).reshape(3, 6, 7)
            me = state.current_player()
            # OpenSpiel's planes are the second's stones, the first's, and the free places.
            planes = np.zeros((1, 4, 6, 7), np.float32)
            planes[0, 0], planes[0, 1], planes[0, 3] = observed[1 - me], observed[me], me == 0
            logits, values = self._ask(torch.from_numpy(planes))
            self._last = key, logits[0].numpy(), float(values[0])
        return self._last[1], self._last[2]

    def evaluate(self, state: pyspiel.State) -> np.ndarray:
        value = self._answer(state)[1]
        return np.array([value, -value] if state.current_player() == 0 else [-value, value])

    def prior(self, state: pyspiel.State) -> list[tuple[int, float]]:
        legal = state.legal_actions()
        chances = np.exp(self._answer(state)[0][legal])
        return list(zip(legal, chances / chances.sum(), strict=True))


def begun(n: int, seed: int) -> list[pyspiel.State]:
    """Positions of games by chance that are not over."""
    drawn, states = np.random.default_rng(seed), []
    while len(states) < n:
        state = THEIRS.new_initial_state()
        for _ in range(drawn.integers(0, 16)):
            if not state.is_terminal():
                state.apply_action(int(drawn.choice(state.legal_actions())))
        if not state.is_terminal():
            states.append(state)
    return states


def ours(states: list[pyspiel.State], ask: Callable, method: str, proofs: bool) -> float:
    """Simulations per processor second of the batched search."""
    boards = RULES.begin(len(states))
    for i, state in enumerate(states):
        one = RULES.begin(1)
        for move in state.history():
            one = RULES.play(one, torch.tensor([move]))
        boards = boards.put(torch.tensor([i]), one)
    settings = SearchSettings(simulations=SIMULATIONS, method=method, proofs=proofs)
    began, n = time.process_time(), 0
    while time.process_time() - began < 1.5:
        n += int(search(RULES, boards, ask, settings).visits.sum())
    return n / (time.process_time() - began)


def theirs(states: list[pyspiel.State], evaluate: mcts.Evaluator) -> float:
    """Simulations per processor second of OpenSpiel's, one game after the other."""
    random = np.random.RandomState(0)
    bot = mcts.MCTSBot(
        THEIRS, 1.5, SIMULATIONS, evaluate, solve=False, random_state=random,
        child_selection_fn=mcts.SearchNode.puct_value,
    )  # fmt: skip
    began, n = time.process_time(), 0
    while time.process_time() - began < 1.5:
        bot.mcts_search(states[n % len(states)])
        n += 1
    return n * SIMULATIONS / (time.process_time() - began)


def even(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 7), torch.zeros(len(planes))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--games", type=int, default=256)
    arguments.add_argument("--threads", type=int, default=1)
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    net = PolicyValue(RULES.shape, RULES.actions, channels=32, blocks=3)
    way = quickest(net, given.games)
    states = begun(given.games, 0)
    asked, asking, rollouts = evaluator(net, way), Asking(net), mcts.RandomRolloutEvaluator(1)
    rows = {
        "the same net": (asked, asking),
        "nothing to ask: tree and rules": (even, Even()),
        "net against random rollouts": (asked, rollouts),
    }
    lines = [
        "# Batched search against OpenSpiel's Python MCTS", "",
        f"`python benchmarks/play/search_speed.py --rounds {given.rounds} --games {given.games} "
        f"--threads {given.threads}`: Connect Four, {SIMULATIONS} simulations a move, {given.games} games at once, "
        f"{given.threads} thread, {platform.machine()}, torch {torch.__version__}, net in {way}. Simulations per "
        f"processor second, the median of {given.rounds} rounds in turns; and of the rounds' quotients the median, "
        "the least and the greatest.", "",
        "| what is asked | deepen, Gumbel | PUCT | Gumbel with proofs | OpenSpiel | Gumbel / OpenSpiel |"
        " PUCT / OpenSpiel | with proofs / OpenSpiel |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    ways = (("gumbel", False), ("puct", False), ("gumbel", True))
    for name, (mine, other) in rows.items():
        measured = [
            (*(ours(states, mine, *way) for way in ways), theirs(states, other)) for _ in range(given.rounds)
        ]
        speeds = [f"{statistics.median(m[k] for m in measured):,.0f}" for k in range(4)]
        spans = []
        for k in range(3):
            each = sorted(m[k] / m[3] for m in measured)
            spans.append(f"{statistics.median(each):.1f} ({each[0]:.1f} to {each[-1]:.1f})")
        lines.append(f"| {name} | {' | '.join([*speeds, *spans])} |")
        print(lines[-1], flush=True)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
