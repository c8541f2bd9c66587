"""Tagging: what is reached within a time, beside each token's own commonest tag and a linear model of neighbours.

    python benchmarks/tagging.py --rows lexnorm steps --seeds 0 1 2 >> benchmarks/tagging.jsonl
    python benchmarks/tagging.py --table benchmarks/tagging.jsonl > benchmarks/tagging.md

``lexnorm``: which tokens of a tweet were rewritten by hand, ``changed`` or ``kept``, from the word pairs of the shared
task of W-NUT 2015, its own training and test part. ``steps``: a hidden process of two states that is seen through
noise, so that a step's neighbours must tell its state; the best answer of all is known (forward-backward) and stands
beside.

A line of JSON for each run. The data are looked for in the folder named by DEEPEN_DATA, by default ../shared/data.
"""

import argparse
import json
import os
import statistics
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import deepen

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve() / "text"


def lexnorm(minutes: float, seed: int) -> tuple[Any, dict[str, float]]:
    """Which words of short messages are not plain words."""
    with tempfile.TemporaryDirectory() as place, tarfile.open(DATA / "lexnorm2015.tgz") as archive:
        archive.extractall(place, filter="data")
        (folder,) = (path for path in Path(place).iterdir() if path.is_dir())
        for name in ("train_data", "test_truth"):
            rows = json.loads((folder / f"{name}.json").read_text())
            with (Path(place) / f"{name}.jsonl").open("w") as file:
                for row in rows:
                    pairs = zip(row["input"], row["output"], strict=True)
                    tags = ["changed" if a.lower() != b.lower() else "kept" for a, b in pairs]
                    file.write(json.dumps({"tokens": row["input"], "tags": tags}) + "\n")
        train, test = Path(place) / "train_data.jsonl", Path(place) / "test_truth.jsonl"
        return deepen.train(train, test=test, target="tags", minutes=minutes, seed=seed), {}


STAY, NOISE, STEPS = 0.95, 1.5, 200


def world(rows: int, seed: int) -> list[dict[str, list[Any]]]:
    """A chain that stays in its state with probability 0.95, seen as -1 or 1 with noise of deviation 1.5."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        state = (np.cumsum(rng.random(STEPS) > STAY) + rng.integers(2)) % 2
        signal = 2 * state - 1 + rng.normal(0, NOISE, STEPS)
        found.append(
            {"signal": signal.round(4).tolist(), "state": ["rest" if s == 0 else "move" for s in state]}
        )
    return found


def bayes(signal: list[float]) -> list[str]:
    """The likeliest state of each step, all others given: the forward-backward algorithm (Rabiner 1989)."""
    x = np.array(signal)
    seen = np.exp(-((x[:, None] - np.array([-1.0, 1.0])) ** 2) / (2 * NOISE**2))  # (T, 2)
    move = np.array([[STAY, 1 - STAY], [1 - STAY, STAY]])
    forward, backward = np.empty_like(seen), np.ones_like(seen)
    forward[0] = 0.5 * seen[0]
    for t in range(1, len(x)):
        forward[t] = (forward[t - 1] @ move) * seen[t]
        forward[t] /= forward[t].sum()
    for t in range(len(x) - 2, -1, -1):
        backward[t] = move @ (seen[t + 1] * backward[t + 1])
        backward[t] /= backward[t].sum()
    return ["rest" if a > b else "move" for a, b in forward * backward]


def steps(minutes: float, seed: int) -> tuple[Any, dict[str, float]]:
    """The state of each step of a noisy signal."""
    train, test = world(800, seed), world(400, 1000 + seed)
    model = deepen.train(train, test=test, target="state", minutes=minutes, seed=seed)
    pairs = [(a, b) for row in test for a, b in zip(bayes(row["signal"]), row["state"], strict=True)]
    return model, {"best possible": sum(a == b for a, b in pairs) / len(pairs)}


ROWS = {"lexnorm": lexnorm, "steps": steps}


def table(path: Path) -> None:
    """Print the medians of the runs in a file, as a table."""
    runs = [json.loads(line) for line in path.read_text().splitlines()]
    print(
        "# Tagging\n\nMedians over the seeds, lowest and highest in brackets. Made by\n"
        "`python benchmarks/tagging.py --rows lexnorm steps --seeds 0 1 2 --minutes 2`.\n"
    )
    print(
        "| data | minutes | measure | reached (lowest, highest) | one run's interval | beside it | seconds | seeds |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for row in dict.fromkeys(run["row"] for run in runs):
        own = [run for run in runs if run["row"] == row]
        measures = [m for m in own[0]["scores"]["test"] if m != "exact_match"]
        for name in measures:
            values = [run["scores"]["test"][name][0] for run in own]
            low, high = own[-1]["scores"]["test"][name][1:]
            beside = {
                k: statistics.median(run["scores"][k][name][0] for run in own)
                for k in own[0]["scores"]
                if k != "test"
            }
            if name == "accuracy" and own[0]["known"]:
                beside |= {k: statistics.median(run["known"][k] for run in own) for k in own[0]["known"]}
            print(
                f"| {row} | {own[0]['minutes']:g} | {name.replace('_', ' ')} | **{statistics.median(values):.4f}** "
                f"({min(values):.4f}, {max(values):.4f}) | [{low:.4f}, {high:.4f}] | "
                f"{'; '.join(f'{k} {v:.4f}' for k, v in beside.items())} | "
                f"{statistics.median(run['seconds'] for run in own):.0f} | "
                f"{', '.join(str(run['seed']) for run in own)} |"
            )
    last = runs[-1]
    share = sum(run["processor_seconds"] for run in runs) / sum(run["seconds"] for run in runs)
    print(
        f"\nCPU, {last['threads']} thread that the runs had for {share:.0%} of the time, as other work went on;"
    )
    print(f"torch {last['torch']}.\n\nIn the last run of each:\n")
    for row in dict.fromkeys(run["row"] for run in runs):
        own = [run for run in runs if run["row"] == row][-1]
        print(f"- {row}: {own['net']}, {own['training']}, {own['precision']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    if asked.table is not None:
        table(asked.table)
        return
    for row in asked.rows:
        for seed in asked.seeds:
            began, processor = time.monotonic(), time.process_time()
            model, known = ROWS[row](asked.minutes, seed)
            scores = {
                name: {
                    m.name: [round(v, 4) for v in (m.value, m.low, m.high)] for m in score.measures.values()
                }
                for name, score in model.scores.items()
            }
            print(
                json.dumps(
                    {
                        "row": row, "minutes": asked.minutes, "seed": seed, "scores": scores,
                        "known": {k: round(v, 4) for k, v in known.items()},
                        "net": model.about["net"], "training": model.about["training"],
                        "precision": model.about["precision"], "seconds": round(time.monotonic() - began),
                        "processor_seconds": round(time.process_time() - processor),
                        "threads": torch.get_num_threads(), "load": round(os.getloadavg()[0], 1),
                        "torch": torch.__version__,
                    }
                ),
                flush=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
