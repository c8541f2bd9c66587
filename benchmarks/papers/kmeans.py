"""k-means features of CIFAR-10 (Coates, Lee and Ng 2011): the table in kmeans.md.

    python benchmarks/papers/kmeans.py [--centroids 400] [--seeds 0] [--half]      # two cores
    python benchmarks/papers/kmeans.py --centroids 4000 --half                     # the full arm, for a GPU

The pictures are CIFAR-10 recompressed as JPEG, which is a little harder. C of the linear classifier is chosen on a
validation part of the training pictures. Rows are appended to kmeans.jsonl, and kmeans.md is written anew from them.
"""

from __future__ import annotations

import argparse

import numpy as np
from feature_tables import HERE, Linear, append, cifar10, rows, timed, wilson

from deepen.pretraining import KMeansFeatures
from deepen.reporting import contact_sheet

# Coates, Lee and Ng (2011), on CIFAR-10 as it was; for 400 the paper has a curve alone.
PAPER = {400: "", 4000: "79.6 %"}
WANTED = {400: 68, 4000: 77}


def measure(centroids: int, seed: int, half: bool) -> None:
    (X, y), (X2, y2) = cifar10("train"), cifar10("test")
    made = KMeansFeatures(centroids, n_patches=400_000, half=half, random_state=seed)
    _, fitting = timed(lambda: made.fit(X))
    (F, F2), features = timed(lambda: (made.transform(X), made.transform(X2)))
    linear, classifying = timed(
        lambda: Linear((0.003, 0.01, 0.03, 0.1), chosen_on=12_000, seed=seed).fit(F, y)
    )
    accuracy = linear.score(F2, y2)
    append("kmeans", {
        "centroids": centroids, "seed": seed, "half": half, "accuracy": accuracy, "tested": len(y2), "C": linear.C,
        "train": linear.net.score(F, y), "seconds": [fitting, features, classifying],
    })  # fmt: skip
    shown = np.linspace(0, made.n_centroids_ - 1, 64).astype(int)
    pictures = [(made.centroids()[k], "") for k in shown]
    contact_sheet.draw(pictures, HERE / "kmeans.png", "Centroids of whitened patches, CIFAR-10", columns=16)


def write() -> None:
    lines = [
        "# k-means features, CIFAR-10 (JPEG)", "",
        "`python benchmarks/papers/kmeans.py`, see there. Seconds are the processor's (on a GPU those that went by):",
        "for the centroids, the features of 60,000 pictures, and the classifier with the choice of its C.", "",
        "| centroids | paper (CIFAR-10 itself) | wanted | here, test accuracy | seed | product | centroids, s "
        "| features, s | classifier, s | hardware |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    found = rows("kmeans")
    for r in found:
        low, high = wilson(r["accuracy"], r["tested"])
        fit, features, classify = r["seconds"]
        lines.append(
            f"| {r['centroids']:,} | {PAPER.get(r['centroids'], '')} | {WANTED.get(r['centroids'], '')} "
            f"| {100 * r['accuracy']:.1f} % [{100 * low:.1f}, {100 * high:.1f}] | {r['seed']} "
            f"| {'bfloat16' if r['half'] else 'float32'} | {fit:.0f} | {features:.0f} | {classify:.0f} "
            f"| {r['hardware']} |"
        )
    lines += [
        f"| {k:,} | {PAPER[k]} | {wanted} | not run | | | | | | |"
        for k, wanted in WANTED.items() if all(r["centroids"] != k for r in found)
    ]  # fmt: skip
    (HERE / "kmeans.md").write_text("\n".join([*lines, "", "![centroids](kmeans.png)", ""]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--centroids", type=int, default=400)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--half", action="store_true")
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        measure(arguments.centroids, seed, arguments.half)
    write()


if __name__ == "__main__":
    main()
