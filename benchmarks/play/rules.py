"""The rules of the board games against OpenSpiel's, move by move on random games, and how fast both are.

    nice python benchmarks/play/rules.py                             # all games; writes rules.md beside this file
    nice python benchmarks/play/rules.py --games go:9=200 --out -    # some only, shown instead

In every position of every game the sets of legal moves are compared, and after every move whether the game is over;
at its end the winner and the stones. OpenSpiel lets a player of Go bring back a position and calls the game a draw;
ours forbids it. So a move that only OpenSpiel allows counts as agreement if its game ends by it without a winner, and
as a disagreement otherwise.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepen.games import game


@dataclass
class Compared:
    """What a comparison saw."""

    name: str
    games: int = 0
    moves: int = 0
    superko: int = 0
    disagreements: int = 0
    seconds: float = 0.0
    first: str = ""

    def wrong(self, what: str) -> None:
        """Count a disagreement and keep the first one."""
        self.disagreements += 1
        self.first = self.first or what


def go_actions(n: int) -> np.ndarray:
    """Say which of OpenSpiel's actions each move is: its rows are counted from below."""
    rows = np.arange(n * n).reshape(n, n)[::-1].ravel()
    return np.append(rows, n * n)


GAMES: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
    "tictactoe": ("tic_tac_toe", lambda: np.arange(9)),
    "connect4": ("connect_four", lambda: np.arange(7)),
    "gomoku:9": ("gomoku(size=9)", lambda: np.arange(81)),
    "go:5": ("go(board_size=5,komi=7.5)", lambda: go_actions(5)),
    "go:9": ("go(board_size=9,komi=7.5)", lambda: go_actions(9)),
    "go:19": ("go(board_size=19,komi=7.5)", lambda: go_actions(19)),
}
"""OpenSpiel's name for each game, and its action for each of our moves."""


def at_random(legal: torch.Tensor, generator: torch.Generator, passes: float = 1.0) -> torch.Tensor:
    """Draw a legal move for each board: (B,); any where there is none. The last move is drawn more rarely."""
    weight = torch.rand(legal.shape, generator=generator)
    weight[:, -1] *= passes
    return torch.where(legal, weight, -1.0).argmax(1)


SIGNS = {".": 0, "+": 0, "x": 1, "X": 1, "b": 1, "o": -1, "O": -1, "w": -1}


def stones_of(state: Any) -> list[list[int]]:
    """Read the stones from OpenSpiel's drawing, row by row from above."""
    lines = [line.split()[-1] for line in str(state).splitlines() if line.strip()]
    board = [line for line in lines if len(line) > 1 and set(line) <= set(SIGNS)]
    return [[SIGNS[sign] for sign in line] for line in board]


def rows_of(chosen: torch.Tensor) -> list[list[int]]:
    """Say of each row (B, A) bool which columns are chosen."""
    columns, ends = chosen.nonzero()[:, 1].tolist(), chosen.sum(1).cumsum(0).tolist()
    return [columns[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def tell_legal(
    seen: Compared, state: Any, mine: list[int], move_of: dict[int, int], action: np.ndarray
) -> None:
    """Say how the legal moves of one position differ; ``mine`` are actions as OpenSpiel numbers them."""
    theirs, ours = {move_of[a] for a in state.legal_actions()}, {move_of[a] for a in mine}
    for move in theirs - ours:
        child = state.child(int(action[move]))
        if seen.name.startswith("go") and child.is_terminal() and child.returns() == [0.0, 0.0]:
            seen.superko += 1
        else:
            seen.wrong(f"{seen.name}: OpenSpiel allows {move}\n{state}")
    for move in ours - theirs:
        seen.wrong(f"{seen.name}: OpenSpiel forbids {move}\n{state}")


def check_end(seen: Compared, state: Any, over: bool, winner: int, stones: list[list[int]]) -> None:
    """Compare whether a game is over, and if so who won and what lies on the board."""
    if state.is_terminal() != over:
        seen.wrong(f"{seen.name}: over here {over}, there {state.is_terminal()}\n{state}")
    elif over and state.returns() != [winner, -winner]:
        seen.wrong(f"{seen.name}: winner here {winner}, there {state.returns()}\n{state}")
    elif over and stones_of(state) != stones:
        seen.wrong(f"{seen.name}: other stones: {stones}\n{state}")


def compare(name: str, games: int, seed: int = 0, batch: int = 1000) -> Compared:
    """Play random games on both sides."""
    import pyspiel

    spiel_name, actions = GAMES[name]
    spiel, action, rules = pyspiel.load_game(spiel_name), actions(), game(name)
    move_of = {int(a): m for m, a in enumerate(action)}
    by_action = torch.from_numpy(np.argsort(action))  # (A,) the move that each of OpenSpiel's actions is
    generator = torch.Generator().manual_seed(seed)
    seen = Compared(name)
    begun = time.process_time()
    while seen.games < games:
        n = min(batch, games - seen.games)
        boards = rules.begin(n)
        states = [spiel.new_initial_state() for _ in range(n)]
        alive = list(range(n))
        while alive:
            legal = rules.legal(boards)
            moves = at_random(legal, generator, 0.7 if name.startswith("go") else 1.0)
            for i, mine in zip(alive, rows_of(legal[alive][:, by_action]), strict=True):
                if states[i].legal_actions() != mine:
                    tell_legal(seen, states[i], mine, move_of, action)
            boards = rules.play(boards, moves)
            seen.moves += len(alive)
            over, winner, still = boards.over.tolist(), boards.winner.tolist(), []
            for i, move in zip(alive, moves[alive].tolist(), strict=True):
                states[i].apply_action(int(action[move]))
                check_end(seen, states[i], over[i], winner[i], boards.stones[i].tolist() if over[i] else [])
                if not (over[i] or states[i].is_terminal()):
                    still.append(i)
            alive = still
        seen.games += n
    seen.seconds = time.process_time() - begun
    return seen


def ours_a_second(name: str, batch: int, seconds: float, planes: bool = False) -> float:
    """Moves a second of CPU time: legal moves, one drawn, played; boards that are over begin anew."""
    rules = game(name)
    generator = torch.Generator().manual_seed(0)
    boards, fresh, moves = rules.begin(batch), rules.begin(batch), 0
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        if planes:
            rules.planes(boards)
        boards = rules.play(boards, at_random(rules.legal(boards), generator))
        moves += batch
        over = boards.over.nonzero()[:, 0]
        if len(over):
            boards = boards.put(over, fresh[: len(over)])
    return moves / (time.process_time() - begun)


def theirs_a_second(name: str, seconds: float, planes: bool = False) -> float:
    """Moves a second of CPU time of OpenSpiel's Python loop: legal actions, one drawn, applied."""
    import pyspiel

    spiel, rng = pyspiel.load_game(GAMES[name][0]), np.random.default_rng(0)
    state, moves = spiel.new_initial_state(), 0
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        if planes:
            np.array(state.observation_tensor(state.current_player()), dtype=np.float32)
        actions = state.legal_actions()
        state.apply_action(actions[int(rng.random() * len(actions))])
        moves += 1
        if state.is_terminal():
            state = spiel.new_initial_state()
    return moves / (time.process_time() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", nargs="*", default=[f"{n}=10000" for n in GAMES], help="such as go:9=500")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement of speed")
    parser.add_argument("--out", default=str(Path(__file__).with_suffix(".md")))
    args = parser.parse_args()
    torch.set_num_threads(1)
    compared: list[str] = []
    speeds: list[str] = []
    for item in args.games:
        name, _, games = item.partition("=")
        seen = compare(name, int(games))
        cells = [f"{x:,}" for x in (seen.games, seen.moves, seen.superko, seen.disagreements)]
        compared.append("| " + " | ".join([name, *cells, f"{seen.seconds:.1f}"]) + " |")
        if seen.first:
            print(seen.first)
        one, many, seeing = (
            ours_a_second(name, batch, args.seconds, planes)
            for batch, planes in ((256, False), (2048, False), (2048, True))
        )
        theirs, theirs_seeing = (theirs_a_second(name, args.seconds, planes) for planes in (False, True))
        cells = [f"{x:,.0f}" for x in (one, many, theirs, seeing, theirs_seeing)]
        speeds.append("| " + " | ".join([name, *cells, f"{seeing / theirs_seeing:.1f}"]) + " |")
        if args.out != "-":  # after every game, so that a run that is stopped leaves what it has
            Path(args.out).write_text(page(compared, speeds))
    if args.out == "-":
        print(page(compared, speeds))


def page(compared: list[str], speeds: list[str]) -> str:
    """Lay out the tables."""
    lines = [
        "# Rules against OpenSpiel",
        "",
        "`python benchmarks/play/rules.py`, with the games named below.",
        "",
        "Random games, compared move by move: the sets of legal moves, the end, the winner, the last stones.",
        "Superko: moves that OpenSpiel lets end the game as a draw, and deepen forbids.",
        "",
        "| game | games | moves | superko | disagreements | CPU seconds |",
        "|---|---|---|---|---|---|",
        *compared,
        "",
        "Random moves for each second of CPU time, one thread: deepen with 256 and 2048 boards, OpenSpiel's loop in",
        "Python with one state (its rules are C++); then the same with what a net sees made for every position.",
        "",
        "| game | deepen, 256 | deepen, 2048 | OpenSpiel | 2048 seeing | OpenSpiel seeing | ratio, seeing |",
        "|---|---|---|---|---|---|---|",
        *speeds,
        "",
        f"{platform.machine()}, {os.cpu_count()} cores shared with other work, Python {platform.python_version()}, "
        f"PyTorch {torch.__version__}, OpenSpiel {version('open_spiel')}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
