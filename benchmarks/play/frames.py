"""Frames of Atari a second: deepen's environment beside Gymnasium's vector classes, in turn in one run.

    pip install opencv-python-headless
    python benchmarks/play/frames.py --out benchmarks/play/frames.md

The same game, the same preprocessing (84 x 84 grey, skip 4 with the brighter of two frames, stack 4, no-op starts), the
same random actions, without sticky actions. deepen's is ale-py's ``AtariVectorEnv`` with two threads, its checks and
its tensors included; beside it ``SyncVectorEnv`` and ``AsyncVectorEnv`` of ``AtariPreprocessing`` and
``FrameStackObservation``.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ale_py
import gymnasium
import numpy as np
import torch
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

from deepen.environments import make

SKIP = 4


def theirs(game: str) -> Any:
    gymnasium.register_envs(ale_py)
    one = gymnasium.make(game, frameskip=1, repeat_action_probability=0.0)
    return FrameStackObservation(AtariPreprocessing(one), 4, padding_type="zero")


def used(processes: list[Any]) -> float:
    """Seconds of the processor so far, of this process, all its threads, and of those that it started."""
    tick = os.sysconf("SC_CLK_TCK")
    others = [Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split() for one in processes]
    return time.process_time() + sum(int(fields[11]) + int(fields[12]) for fields in others) / tick


def runs(
    game: str, copies: int, threads: int, actions: np.ndarray
) -> tuple[dict[str, Callable[[], None]], list[Any]]:
    """Each way, begun once; a call plays all actions (T, B). And the processes that were started."""
    ours = make(game, copies, training=False, threads=threads)
    ours.begin(0)
    sync = SyncVectorEnv([lambda: theirs(game)] * copies, autoreset_mode="SameStep")
    several = AsyncVectorEnv([lambda: theirs(game)] * copies, autoreset_mode="SameStep")
    for env in (sync, several):
        env.reset(seed=0)
    tensors = torch.from_numpy(actions)

    def deepens() -> None:
        for row in tensors:
            ours.step(row)

    def gymnasiums(env: Any) -> None:
        for row in actions:
            env.step(row)

    ways = {
        f"deepen, {threads} threads": deepens,
        "SyncVectorEnv": lambda: gymnasiums(sync),
        "AsyncVectorEnv": lambda: gymnasiums(several),
    }
    return ways, several.processes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--game", default="ALE/Pong-v5")
    parser.add_argument("--copies", type=int, nargs="+", default=[8])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=100, help="of all copies, in one turn")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path)
    settings = parser.parse_args()
    lines = [
        "# Frames of Atari a second",
        "",
        f"`python benchmarks/play/frames.py`: {settings.game}, random actions, {settings.rounds} rounds of "
        f"{settings.steps} steps of all copies, the three ways in turn in each round; emulated frames, {SKIP} for each "
        "step.",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning; ale-py "
        f"{version('ale-py')}, Gymnasium {version('gymnasium')}, PyTorch {torch.__version__}.",
        "",
        "| copies | way | frames a second, median | deepen's to its, median of the rounds (lowest, highest) "
        "| microseconds of the processor for a frame |",
        "|---|---|---|---|---|",
    ]
    for copies in settings.copies:
        actions = np.random.default_rng(0).integers(0, 6, (settings.steps, copies))
        ways, processes = runs(settings.game, copies, settings.threads, actions)
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        work = dict.fromkeys(ways, 0.0)  # seconds of the processor
        for turn in range(settings.rounds + 1):
            for name, play in ways.items():
                began, before = time.perf_counter(), used(processes)
                play()
                if turn:  # the first warms up
                    seconds[name].append(time.perf_counter() - began)
                    work[name] += used(processes) - before
        ours = seconds[next(iter(ways))]
        for name, each in seconds.items():
            ratios = [theirs / mine for theirs, mine in zip(each, ours, strict=True)]
            frames = SKIP * copies * settings.steps / statistics.median(each)
            spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
            cost = 1e6 * work[name] / (SKIP * copies * settings.steps * settings.rounds)
            lines.append(
                f"| {copies} | {name} | {frames:,.0f} | {'1' if each is ours else spread} | {cost:.0f} |"
            )
    text = "\n".join(lines) + "\n"
    print(text)
    if settings.out:
        settings.out.write_text(text)


if __name__ == "__main__":
    main()
