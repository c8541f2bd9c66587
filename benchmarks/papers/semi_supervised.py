"""Forty labels and the other pictures without theirs, against the labels alone: the table in semi_supervised.md.

    python benchmarks/papers/semi_supervised.py [--sets mnist fashion-mnist] [--labels 40] [--draws 5] [--steps 300]

Labels of a few training pictures are drawn, as many of each class, several times. A net is trained on these alone, and
the same net with all 60,000 training pictures beside them whose labels it does not see: train(..., unlabelled=...),
pseudo-labels of one view for another (Sohn et al. 2020, "FixMatch"). Both make the same number of steps, from the same
weights, and are scored on the 10,000 test pictures; no validation part is held out. Differences are paired: of the same
draw. Rows are appended to semi_supervised.jsonl, and semi_supervised.md is written anew.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from feature_tables import HERE, append, mean_interval, rows, timed

import deepen
from data import mnist

ALONE, BOTH = "the labels alone", "with the others, unlabelled"
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}


def pictures(name: str, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 28, 28) uint8 and classes (N,)."""
    pixels, classes = mnist(part, name)
    return (255 * pixels).round().astype(np.uint8).reshape(-1, 28, 28), classes


def draw(y: np.ndarray, labels: int, seed: int) -> np.ndarray:
    """Rows of as many examples of every class."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(np.flatnonzero(y == k), labels // 10, replace=False) for k in range(10)]
    )


def measure(name: str, labels: int, seed: int, steps: int, size: str) -> None:
    """Train both nets on one draw."""
    (x, y), test = pictures(name, "train"), pictures(name, "t10k")
    few = draw(y, labels, seed)
    rest = np.delete(np.arange(len(y)), few)
    for way in (ALONE, BOTH):
        more: dict[str, Any] = {"unlabelled": x[rest]} if way == BOTH else {}

        def trained(more: dict[str, Any] = more) -> deepen.Model:
            return deepen.train(
                x[few], y[few], test=test, steps=steps, size=size, seed=seed, valid_share=0, shallow_share=0, **more
            )  # fmt: skip

        model, seconds = timed(trained)
        row = {
            "set": name, "labels": labels, "seed": seed, "way": way, "steps": steps, "size": size, "seconds": seconds,
            "accuracy": model.score["accuracy"].value, "training": model.about["training"],
        }  # fmt: skip
        print(row, flush=True)
        append("semi_supervised", row)


def write() -> None:
    """Write the table from all that was kept."""
    kept = rows("semi_supervised")
    if not kept:
        return
    latest = {(r["set"], r["labels"], r["steps"], r["way"], r["seed"]): r for r in kept}
    lines = [
        "# Few labels, with and without the other pictures", "",
        "`python benchmarks/papers/semi_supervised.py`, see there. Accuracy on the 10,000 test pictures, means of the",
        "draws of labels [least, most]; differences are paired, in points, with 95 % intervals of Student's t. Seconds",
        "are the processor's, the longest of the draws.", "",
        "| set | labels | steps | trained on | accuracy | better than the labels alone by | draws | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, labels, steps in dict.fromkeys(key[:3] for key in latest):
        mine = {key[3:]: r for key, r in latest.items() if key[:3] == (name, labels, steps)}
        seeds = sorted({seed for way, seed in mine if way == BOTH and (ALONE, seed) in mine})
        for way in (ALONE, BOTH):
            own = [100 * mine[way, seed]["accuracy"] for seed in seeds]
            apart = [100 * (mine[way, seed]["accuracy"] - mine[ALONE, seed]["accuracy"]) for seed in seeds]
            by, low, high = mean_interval(apart)
            gain = "" if way == ALONE else f"{by:+.1f} [{low:+.1f}, {high:+.1f}]"
            slowest = max(mine[way, seed]["seconds"] for seed in seeds)
            accuracy = f"{np.mean(own):.1f} % [{min(own):.1f}, {max(own):.1f}]"
            what = f"{TITLES[name]} | {labels:,} | {steps:,} | {way}"
            lines.append(f"| {what} | {accuracy} | {gain} | {len(seeds)} | {slowest:.0f} |")
    last = kept[-1]
    made = f"{last['hardware']}, torch {last['torch']}, deepen {deepen.__version__}"
    lines += ["", f"Nets of the size {last['size']}. {made}."]
    (HERE / "semi_supervised.md").write_text("\n".join([*lines, ""]))


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", default=list(TITLES))
    parser.add_argument("--labels", nargs="*", type=int, default=[40])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--size", default="tiny")
    asked = parser.parse_args()
    for seed in range(asked.draws):
        for name in asked.sets:
            for labels in asked.labels:
                measure(name, labels, seed, asked.steps, asked.size)
    write()


if __name__ == "__main__":
    main()
