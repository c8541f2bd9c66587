"""MinAtar's five games: what PQN reaches within a time, beside random play and the published deep Q-network.

    python benchmarks/play/minatar_scores.py [--games breakout freeway] [--minutes 10] [--seeds 0]
    python benchmarks/play/minatar_scores.py --steps 5000000 --device cuda
    python benchmarks/play/minatar_scores.py --table

What each run measured is appended to scores.jsonl; scores.md is written anew from all of it. Minutes are those of the
training alone, without evaluation. The player is greedy, in 100 whole episodes that begin from seeds of their own, with
sticky actions and all six actions as in training. Processor seconds are given too: on a machine that does other things
they say how much of it a run had.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from pathlib import Path
from typing import Any

import torch

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.environments import make
from deepen.environments.minatar import DQN
from deepen.learning.budget import Clock, Horizon
from deepen.records import Score
from deepen.reinforcement import pqn
from deepen.reinforcement.acting import greedy
from deepen.reinforcement.evaluating import at_random, play_episodes, score

HERE = Path(__file__).parent
GAMES = ("asterix", "breakout", "freeway", "seaquest", "space_invaders")
EPISODES = 100


def run(game: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train on one game, and give what was measured."""
    device = torch.device(arguments.device)
    named = f"MinAtar/{game}"
    settings = pqn.PQN.suited(make(named, 1).shape)
    environment = make(named, settings.copies, device=device)
    seeds.begin(seeds.derive(seed, "weights"), device)
    net = settings.net(environment)
    if arguments.steps:
        horizon = Horizon(settings.updates(arguments.steps), Clock())
    else:
        horizon = Horizon(math.inf, Clock(60 * arguments.minutes))
    began, processor = time.monotonic(), time.process_time()
    history = pqn.learn(
        net, environment, settings, horizon=horizon, seed=seed, precision=Precision(half=arguments.half)
    )
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    apart = make(named, EPISODES, device=device, training=False)
    seed_apart = seeds.derive(seed, "evaluation")
    found = score(play_episodes(apart, lambda seen: greedy(net, seen), EPISODES, seed_apart).returns)
    chance = score(play_episodes(apart, at_random(apart, seed_apart), EPISODES, seed_apart).returns)
    return {
        "game": game, "seed": seed, "minutes": round(seconds / 60, 2), "processor_minutes": round(processor / 60, 2),
        "environment_steps": int(history.moments[-1].valid["environment_steps"]),
        "return": figures(found), "random": figures(chance), "episodes": EPISODES, "hardware": hardware(device),
        "half": arguments.half, "load": round(os.getloadavg()[0], 1), "torch": torch.__version__,
        "settings": settings.to_dict(), "ended": history.ended, "events": list(history.events),
        "curve": [
            [int(m.valid["environment_steps"]), round(m.seconds, 1), round(m.valid["training_return"], 2)]
            for m in history.moments if "training_return" in m.valid
        ],
    }  # fmt: skip


def figures(found: Score) -> list[float]:
    """The mean return and the ends of its interval."""
    return [round(x, 2) for x in (found.headline.value, found.headline.low, found.headline.high)]


def hardware(device: torch.device) -> str:
    """What it ran on."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{processor_name()}, {threads} thread{'s' if threads > 1 else ''}"


def processor_name() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    return next((x.partition(": ")[2] for x in lines if x.startswith("model name")), platform.machine())


def table(runs: list[dict[str, Any]]) -> str:
    """Write scores.md."""
    lines = [
        "# MinAtar", "",
        "PQN, the mean return of 100 greedy episodes with its 95 % interval, each run by itself. Beside it random play",
        "in the same episodes, and the deep Q-network of Young and Tian (2019) after 5M frames, read off their curves",
        "(mean of 30 runs, with one random action in ten). Made by `python benchmarks/play/minatar_scores.py`.", "",
        "| game | minutes | of a processor | steps | return | random | published | hardware | seed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for one in sorted(runs, key=lambda one: (one["game"], one["hardware"], one["minutes"], one["seed"])):
        value, low, high = one["return"]
        steps = f"{one['environment_steps'] / 1e6:.2f}M"
        lines.append(
            f"| {one['game']} | {one['minutes']:.1f} | {one['processor_minutes']:.1f} | {steps} "
            f"| **{value:.1f}** [{low:.1f}, {high:.1f}] | {one['random'][0]:.1f} | {DQN['MinAtar/' + one['game']]:g} "
            f"| {one['hardware']}{', bfloat16' if one['half'] else ''} | {one['seed']} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", nargs="+", choices=GAMES, default=GAMES)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--steps", type=float, help="of the environment, instead of minutes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--half", action="store_true", help="bfloat16 for products and convolutions")
    parser.add_argument("--table", action="store_true", help="only write scores.md anew")
    parser.add_argument("--into", type=Path, default=HERE / "scores.jsonl")
    arguments = parser.parse_args()
    for seed in [] if arguments.table else arguments.seeds:
        for game in arguments.games:
            row = run(game, seed, arguments)
            print(game, seed, row["environment_steps"], row["return"], flush=True)
            with arguments.into.open("a") as file:
                file.write(json.dumps(row) + "\n")
    if arguments.into.exists():
        rows = [json.loads(line) for line in arguments.into.read_text().splitlines()]
        arguments.into.with_suffix(".md").write_text(table(rows))


if __name__ == "__main__":
    main()
