"""How many steps a second MinAtar's games do: the package's, one after the other, and deepen's, all copies at once.

    python benchmarks/play/minatar_speed.py [--device cuda] [--copies 1 128 1024 8192] [--out minatar.md]

Random actions from the full set, sticky 0.1, difficulty growing; an observation after every step, and the next
episode begun where one is over. The package is timed twice: `Environment.act` and `state` alone, and 128 of them made
into what a learner reads, one tensor of 128 observations with the channels first. One thread, in turn with each other;
seconds of the processor on a processor, of the clock on a GPU; the median of the rounds.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
from pathlib import Path

import numpy as np
import torch

from deepen.compute.device import steady_memory
from deepen.environments.minatar import GAMES, make

ROUNDS = 7
BATCH = 128


def package(title: str, n: int):
    logging.disable(logging.WARNING)  # it misses seaborn
    from minatar import Environment

    games = [Environment(title) for _ in range(n)]
    for i, game in enumerate(games):
        game.seed(i)
        game.reset()
    return games


def alone(game, actions) -> int:
    for action in actions:
        _, over = game.act(action)
        game.state()
        if over:
            game.reset()
    return len(actions)


def batched(games, actions) -> int:
    for row in actions:
        rewards, overs, seen = [], [], []
        for game, action in zip(games, row, strict=True):
            reward, over = game.act(action)
            if over:
                game.reset()
            rewards.append(reward)
            overs.append(over)
            seen.append(game.state())
        torch.from_numpy(np.ascontiguousarray(np.stack(seen).transpose(0, 3, 1, 2)))
        torch.tensor(rewards), torch.tensor(overs)
    return len(games) * len(actions)


def ours(game, actions) -> int:
    for row in actions:
        game.step(row)
    if game.device.type == "cuda":
        torch.cuda.synchronize()
    return game.copies * len(actions)


def rate(clock, do, *arguments) -> float:
    began = clock()
    return do(*arguments) / (clock() - began)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 128, 1024, 8192])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    steady_memory()
    device = torch.device(arguments.device)
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    chance = torch.Generator().manual_seed(0)
    lines = [
        "| game | package, one | package, 128 as a batch | "
        + " | ".join(f"deepen, {b}" for b in arguments.copies)
        + " | at 1024 to one | at 1024 to the batch |",
        "|---|" + "---|" * (4 + len(arguments.copies)),
    ]
    for name in GAMES:
        title = name.removeprefix("MinAtar/")
        (single,), several = package(title, 1), package(title, BATCH)
        games = {b: make(name, b, device=device) for b in arguments.copies}
        acts = {b: torch.randint(6, (100, b), generator=chance).to(device) for b in arguments.copies}
        few = torch.randint(6, (2000,), generator=chance).tolist()
        rows = torch.randint(6, (10, BATCH), generator=chance).tolist()
        for b, game in games.items():
            game.begin(0)
            ours(game, acts[b])  # so that episodes are in their midst
        alone(single, few), batched(several, rows)
        rates: dict[object, list[float]] = {}
        for _ in range(ROUNDS):
            rates.setdefault("one", []).append(rate(clock, alone, single, few))
            rates.setdefault("batch", []).append(rate(clock, batched, several, rows))
            for b, game in games.items():
                rates.setdefault(b, []).append(rate(clock, ours, game, acts[b][: arguments.steps]))
        middle = {key: statistics.median(values) for key, values in rates.items()}
        large = 1024 if 1024 in games else arguments.copies[-1]
        shown = " | ".join(f"{middle[key]:,.0f}" for key in ("one", "batch", *arguments.copies))
        ratios = ([a / b for a, b in zip(rates[large], rates[key], strict=True)] for key in ("one", "batch"))
        words = " | ".join(
            f"{statistics.median(r):.1f} ({min(r):.1f}, {max(r):.1f})" for r in map(list, ratios)
        )
        lines.append(f"| {title} | {shown} | {words} |")
        print(lines[-1], flush=True)
    where = torch.cuda.get_device_name() if device.type == "cuda" else "CPU, 1 thread"
    head = f"{where}, torch {torch.__version__}; {ROUNDS} rounds; steps a second\n\n"
    text = head + "\n".join(lines) + "\n"
    if arguments.out:
        arguments.out.write_text(f"# MinAtar's games\n\n`python benchmarks/play/minatar_speed.py`: {text}")
    else:
        print(text)


if __name__ == "__main__":
    main()
