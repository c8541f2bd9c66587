"""Self-taught learning (Raina, Battle, Lee, Packer and Ng 2007): features from other pictures, then few labels.

    python benchmarks/papers/self_taught.py [--labels 100 1000] [--draws 5] [--centroids 100]

The task is MNIST with few labels. k-means features are learned without labels from Fashion-MNIST, from CIFAR-10 in
grey, or from the task's own pictures; beside them stand raw pixels, and random filters in the place of centroids. A
ridge classifier reads each, its penalty chosen by leave-one-out on the few labels. Accuracy is of the 10,000 test
pictures; differences are paired: of the same draw. Rows are appended to self_taught.jsonl.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from feature_tables import HERE, append, cifar10, mean_interval, rows, timed
from few_labels import draw
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data import mnist
from deepen.pretraining import KMeansFeatures

PIXELS = "pixels"


def grey(X: np.ndarray) -> np.ndarray:
    """The middle 28 x 28 pixels of colour pictures, by the weights of ITU-R BT.601: (N, 28, 28) uint8."""
    return (X[:, 2:30, 2:30] @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)


def accuracy(F: np.ndarray, y: np.ndarray, F2: np.ndarray, y2: np.ndarray) -> float:
    # A feature that hardly varies among the few is left small rather than blown up.
    floor = 1e-2 * F.std()
    made = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(0, 5, 11)))
    keep = F.std(axis=0) > floor
    return float(made.fit(F[:, keep], y).score(F2[:, keep], y2))


def measure(labels: list[int], draws: int, centroids: int) -> None:
    (rows_of, y), (rows2, y2) = mnist("train"), mnist("t10k")
    X, X2 = rows_of.reshape(-1, 28, 28), rows2.reshape(-1, 28, 28)
    of = {
        "k-means of MNIST itself": X,
        "k-means of Fashion-MNIST": mnist("train", "fashion-mnist")[0].reshape(-1, 28, 28),
        "k-means of CIFAR-10, grey": grey(cifar10("test")[0]),
    }  # fmt: skip
    learners = {name: KMeansFeatures(centroids, n_patches=100_000) for name in of}
    seconds = {name: timed(lambda name=name: learners[name].fit(of[name]))[1] for name in of}
    random = KMeansFeatures(centroids, n_patches=1000).fit(X)
    # Random directions as long as MNIST's own centroids, in the space whitened by MNIST's patches.
    own = learners["k-means of MNIST itself"].net_
    random.net_.load_state_dict(own.state_dict())
    noise = torch.randn(own.centroids.shape, generator=torch.Generator().manual_seed(0))
    random.net_.centroids = noise / noise.norm(dim=1, keepdim=True) * own.centroids.norm(dim=1, keepdim=True)
    learners["random centroids"] = random
    of_test = {PIXELS: rows2}
    of_test |= {name: made.transform(X2) for name, made in learners.items()}
    for seed in range(draws):
        for n in labels:
            at = draw(y, n, seed)
            found = {PIXELS: accuracy(rows_of[at], y[at], of_test[PIXELS], y2)}
            found |= {k: accuracy(m.transform(X[at]), y[at], of_test[k], y2) for k, m in learners.items()}
            append("self_taught", {
                "labels": n, "seed": seed, "centroids": centroids, "accuracy": found, "seconds": seconds,
            })  # fmt: skip


def write() -> None:
    kept = rows("self_taught")
    lines = [
        "# Self-taught learning: features from other pictures, few labels of MNIST", "",
        "`python benchmarks/papers/self_taught.py`, see there. Means of the draws of labels, with 95 % intervals of",
        "Student's t; differences to pixels are paired, in points of accuracy. Seconds are the processor's, for the",
        "centroids.", "",
        "| labels | features | accuracy | better than pixels by | centroids | seconds | draws |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for labels in sorted({r["labels"] for r in kept}):
        own = [r for r in kept if r["labels"] == labels]
        for name in own[0]["accuracy"]:
            mean, low, high = mean_interval([100 * r["accuracy"][name] for r in own])
            by, least, most = mean_interval(
                [100 * (r["accuracy"][name] - r["accuracy"][PIXELS]) for r in own]
            )
            gain = "" if name == PIXELS else f"{by:+.1f} [{least:+.1f}, {most:+.1f}]"
            took = own[0]["seconds"].get(name)
            lines.append(
                f"| {labels:,} | {name} | {mean:.1f} % [{low:.1f}, {high:.1f}] | {gain} "
                f"| {'' if name == PIXELS else own[0]['centroids']} | {'' if took is None else f'{took:.0f}'} "
                f"| {len(own)} |"
            )
    hardware = f"Draws 0 to {max(r['seed'] for r in kept)}; {kept[-1]['hardware']}." if kept else "Not run."
    (HERE / "self_taught.md").write_text("\n".join([*lines, "", hardware, ""]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--centroids", type=int, default=100)
    arguments = parser.parse_args()
    measure(arguments.labels, arguments.draws, arguments.centroids)
    write()


if __name__ == "__main__":
    main()
