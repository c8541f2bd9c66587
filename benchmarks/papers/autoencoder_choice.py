"""Why the deep autoencoder has linear maps and weight decay where data are real numbers: what each does to the errors.

    python benchmarks/papers/autoencoder_choice.py [--rows faces heartbeats] [--seeds 0 1 2]

The face patches are those of autoencoder.py. Of the thirty people who are trained on there, 25 are trained on here, and
the other five are held out, as the paper divides them: the ten people of its test rows have no part in any choice. What
each run measured is appended to autoencoder_choice.jsonl; autoencoder_choice.md is written anew from all of it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from autoencoder import patches
from sklearn.decomposition import PCA

import data
from deepen.compute.device import pick, summary
from deepen.pretraining import DeepAutoencoder
from deepen.trained import versions

HERE = Path(__file__).parent
KEPT = HERE / "autoencoder_choice.jsonl"

CHOICES: dict[str, dict[str, Any]] = {
    "layers alone": {"bypass": False},
    "layers alone, decay 2": {"bypass": False, "decay": 2.0},
    "linear maps": {"bypass": True, "decay": 0.0},
    "linear maps, decay 1": {"bypass": True, "decay": 1.0},
    "linear maps, decay 2": {"bypass": True, "decay": 2.0},
    "linear maps, decay 5": {"bypass": True, "decay": 5.0},
    "linear maps, decay 8, rate 0.001": {"bypass": True, "decay": 8.0, "rate": 1e-3},
}


def faces() -> tuple[np.ndarray, np.ndarray]:
    """Twenty patches of each picture: 25 people, and 5 others."""
    rows = patches("small")[0].reshape(300, -1, 625)[:, :20]
    return rows[:250].reshape(-1, 625), rows[250:].reshape(-1, 625)


def heartbeats() -> tuple[np.ndarray, np.ndarray]:
    """ECG5000: 140 numbers for a beat; 2,500 of the beats, drawn at random, and the others."""
    x = np.load(data.DATA / "series/ecg5000.npz", allow_pickle=True)["X"].astype(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order[:2500]], x[order[2500:]]


ROWS: dict[str, tuple[Callable[[], tuple[np.ndarray, np.ndarray]], dict[str, Any]]] = {
    "faces": (faces, {"layers": [500, 250, 30], "epochs": 8}),
    "heartbeats": (heartbeats, {"layers": [200, 100, 10], "epochs": 20, "batch": 100}),
}


def error(made: Any, rows: np.ndarray) -> float:
    again = made.inverse_transform(made.transform(rows))
    return float(np.square(again - rows, dtype=np.float64).sum(axis=1).mean())


def runs(row: str, seeds: list[int], choices: list[str]) -> None:
    read, settings = ROWS[row]
    train, held = read()
    learners = {
        "principal components": (lambda _: PCA(settings["layers"][-1], svd_solver="covariance_eigh"), [0])
    }
    for name in choices:
        how = {"visible": "gaussian", "half": True, **settings, **CHOICES[name]}
        learners[name] = (lambda seed, how=how: DeepAutoencoder(**how, random_state=seed), seeds)
    for name, (make, its) in learners.items():
        for seed in its:
            used = time.process_time()
            made = make(seed).fit(train)
            found = {
                "row": row, "learner": name, "seed": seed, "processor": time.process_time() - used,
                "train": error(made, train), "held": error(made, held), "rows": [len(train), len(held)],
                "made": " ".join(repr(made).split()), "device": summary(pick(None)), **versions(),
            }  # fmt: skip
            with KEPT.open("a") as out:
                out.write(json.dumps(found) + "\n")
            print(
                row, name, seed, {k: round(found[k], 2) for k in ("train", "held", "processor")}, flush=True
            )


def table(found: list[dict[str, Any]]) -> str:
    """Write autoencoder_choice.md: the medians over the seeds, and the range of what is held out."""
    lines = [
        "# Linear maps and decay in deep autoencoders", "",
        "Squared error, summed over the columns, mean over the rows: the median over the seeds, and in brackets the",
        "least and the most. Made by `python benchmarks/papers/autoencoder_choice.py`.", "",
        "| data | learner | rows trained on | rows held out | seeds |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in ROWS:
        for name in ("principal components", *CHOICES):
            mine = [r for r in found if (r["row"], r["learner"]) == (row, name)]
            if mine:
                train, held = ([r[k] for r in mine] for k in ("train", "held"))
                seeds = ", ".join(str(s) for s in sorted(r["seed"] for r in mine))
                spread = f" ({min(held):.2f} to {max(held):.2f})" if len(mine) > 1 else ""
                lines.append(
                    f"| {row} | {name} | {statistics.median(train):.2f} | **{statistics.median(held):.2f}**{spread} | "
                    f"{seeds} |"
                )
    last = found[-1]
    lines += ["", f"{last['device']}; torch {last['torch']}, deepen {last['deepen']}."]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--learners", nargs="*", default=list(CHOICES), choices=list(CHOICES))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    arguments = parser.parse_args()
    for row in arguments.rows:
        runs(row, arguments.seeds, arguments.learners)
    if KEPT.is_file():
        found = [json.loads(line) for line in KEPT.read_text().splitlines()]
        (HERE / "autoencoder_choice.md").write_text(
            table(list({(r["row"], r["learner"], r["seed"]): r for r in found}.values()))
        )


if __name__ == "__main__":
    main()
