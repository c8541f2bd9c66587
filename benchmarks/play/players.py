"""What `deepen play` reaches within a time: a row for each world and seed, beside chance and what was published.

    python benchmarks/play/players.py CartPole-v1 --minutes 3 --seeds 0 1 2
    python benchmarks/play/players.py MinAtar/breakout MinAtar/freeway --minutes 10
    python benchmarks/play/players.py connect4 --minutes 10 --against mcts:100 minimax:4
    python benchmarks/play/players.py --table

What each run measured is appended to players.jsonl, and players.md is written anew of all of it. Minutes are the whole
clock, from the start to the score. Processor minutes are given too: on a machine that does other things they say how
much of it a run had. The score is of 100 whole episodes that were not learned from, the best action always; of board
games it is points against each opponent, 100 games after two moves by chance.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import torch

import deepen
from deepen.records import Measure
from deepen.reporting.play_curve import Learned, draw

HERE = Path(__file__).parent
KEPT = HERE / "players.jsonl"


def figures(m: Measure) -> list[float]:
    """The value and the ends of its interval."""
    return [round(v, 4) for v in (m.value, m.low, m.high)]


def run(world: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train one player, and give what was measured."""
    began, processor = time.monotonic(), time.process_time()
    player: Any = deepen.play(
        world, minutes=arguments.minutes, steps=arguments.steps, method=arguments.method, seed=seed,
        device=arguments.device,
    )  # fmt: skip
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    found: dict[str, Any] = {
        "world": world, "seed": seed, "minutes": arguments.minutes, "seconds": round(seconds, 1),
        "processor_minutes": round(processor / 60, 2), "method": player.about["method"],
        "steps": player.about.get("environment steps"), "hardware": hardware(), "torch": torch.__version__,
        "notes": list(player.notes),
    }  # fmt: skip
    if player.FORM == "player":
        found["return"] = figures(player.score.headline)
        found["episodes"] = player.score.headline.n
        found["beside"] = {name: figures(s.headline) for name, s in player.scores.items() if name != "test"}
        found["curve"] = [
            [round(m.seconds), int(m.valid.get("environment_steps", 0)), round(m.valid["training_return"], 3)]
            for m in player.history.moments if "training_return" in m.valid
        ]  # fmt: skip
    else:
        others = arguments.against or [m["other"] for m in player.matches]
        matches = deepen.match(player, others, games=100, seed=seed, opening=2)
        found["against"] = {m.other: figures(m.score) for m in matches}
        found["simulations"] = player.searching.simulations
    if arguments.keep:
        player.save(Path(arguments.keep) / f"{world.replace('/', '-').replace(':', '-')}-{seed}")
    return found


def hardware() -> str:
    """What it ran on."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
    return f"{name}, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"


def table() -> str:
    """Write the rows for people."""
    rows = [json.loads(line) for line in KEPT.read_text().splitlines()]
    lines = [
        "# Players", "", *(__doc__ or "").split("\n\n")[-1].strip().splitlines(), "",
        "Made by `python benchmarks/play/players.py WORLD --minutes N --seeds ...`.", "",
        "## Environments", "",
        "| world | method | minutes | of a processor | steps | return | at random | beside | seed | hardware |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in rows:
        if "return" in r:
            v, low, high = r["return"]
            beside = dict(r["beside"])
            chance = beside.pop("at random", [float("nan")])[0]
            others = "; ".join(f"{name} {value[0]:g}" for name, value in beside.items()) or "–"
            lines.append(
                f"| {r['world']} | {r['method'].upper()} | {r['minutes']:g} | {r['processor_minutes']:g} |"
                f" {r['steps'] / 1e6:.2f}M | **{v:.4g}** [{low:.4g}, {high:.4g}] | {chance:.3g} | {others} |"
                f" {r['seed']} | {r['hardware']} |"
            )
    lines += [
        "", "## Board games", "",
        "| game | minutes | of a processor | simulations | points | seed | hardware |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in rows:
        if "against" in r:
            points = "; ".join(
                f"{name} **{v:.1%}** [{low:.1%}, {high:.1%}]" for name, (v, low, high) in r["against"].items()
            )
            lines.append(
                f"| {r['world']} | {r['minutes']:g} | {r['processor_minutes']:g} | {r['simulations']} | {points} |"
                f" {r['seed']} | {r['hardware']} |"
            )
    return "\n".join(lines) + "\n"


def pictures() -> None:
    """Draw how each environment was learned, a curve for each method: the mean over seeds and its interval."""
    rows = [r for r in map(json.loads, KEPT.read_text().splitlines()) if "return" in r]
    for world in sorted({r["world"] for r in rows}):
        own = [r for r in rows if r["world"] == world]
        curves = [
            Learned(
                method.upper(), [[point[0] / 60 for point in r["curve"]] for r in own if r["method"] == method],
                [[point[2] for point in r["curve"]] for r in own if r["method"] == method],
            )
            for method in sorted({r["method"] for r in own})
        ]  # fmt: skip
        beside = {name: value[0] for name, value in own[-1]["beside"].items()}
        (HERE / "pictures").mkdir(exist_ok=True)
        draw(
            curves, HERE / "pictures" / f"{world.replace('/', '-')}.png", references=beside, title=world,
            x_label="minutes", y_label="return while it explores",
        )  # fmt: skip


def main() -> None:
    """Read the command line, run and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("worlds", nargs="*")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--method")
    parser.add_argument("--device", default=None)
    parser.add_argument("--against", nargs="*")
    parser.add_argument("--keep", help="a folder to keep the players in")
    parser.add_argument("--into", type=Path, default=KEPT)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    for world in arguments.worlds:
        for seed in arguments.seeds:
            row = run(world, seed, arguments)
            with arguments.into.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print({k: v for k, v in row.items() if k not in ("curve", "notes")}, flush=True)
    if KEPT.is_file():
        (HERE / "players.md").write_text(table())
        pictures()


if __name__ == "__main__":
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    main()
