"""Few labels of MNIST, pretrained by a restricted Boltzmann machine against not: the table in few_labels.md.

    python benchmarks/papers/few_labels.py [--labels 100 1000] [--draws 5] [--epochs 5] [--hidden 500]

The machine sees all 60,000 training pictures without their classes, once; then labels of a few are drawn, evenly over
the classes, several times. Every net has 784-H-10 units and is trained in the same way on the same labels: from the
machine's weights, or from random ones with logistic or with rectified units. Accuracy is of the 10,000 test pictures.
Differences are paired: of the same draw. Rows are appended to few_labels.jsonl, and few_labels.md is written anew.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import torch
from feature_tables import HERE, append, mean_interval, rows, timed
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegressionCV
from torch import Tensor, nn

from data import mnist
from deepen.compute.signals import StopFlag
from deepen.data.batches import Batch
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.pretraining import RBM
from deepen.pretraining.steps.fitting import Pace, Run

STEPS = {100: 300, 1000: 600}
BESIDE = ("logistic regression on pixels", "random net, logistic units", "random net, rectified units")
LEARNERS = (*BESIDE, "logistic regression on the machine's features", "net from the machine")


def draw(y: np.ndarray, labels: int, seed: int) -> np.ndarray:
    """Rows of as many examples of every class."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(np.flatnonzero(y == k), labels // 10, replace=False) for k in range(10)]
    )


def linear(F: np.ndarray, y: np.ndarray, F2: np.ndarray, y2: np.ndarray) -> float:
    """Logistic regression, its C chosen by cross-validation on the few labels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        made = LogisticRegressionCV(Cs=(0.01, 0.1, 1.0), cv=3, max_iter=60, tol=1e-3).fit(F, y)
    return float(made.score(F2, y2))


def loss(net: nn.Module, batch: Batch) -> Tensor:
    return nn.functional.cross_entropy(net(batch.inputs["x"]), batch.target)


def fine_tuned(
    net: nn.Module, x: np.ndarray, y: np.ndarray, x2: np.ndarray, y2: np.ndarray, seed: int
) -> float:
    """Train the net on the few labels: AdamW at 0.001 in batches of 100."""
    pace = Pace(batch=100, rate=1e-3, decay=1e-2, optimiser="adamw")
    run = Run(
        seed=seed, device=torch.device("cpu"), clock=Clock(), epochs=STEPS[len(x)] * 100 / len(x), folder=None,
        watch=Silent(), stop=StopFlag(),
    )  # fmt: skip
    run.learn(net, loss, run.batches(x, pace, "few", y), pace, "few")
    with torch.no_grad():
        return float((net.eval()(torch.from_numpy(x2)).argmax(dim=1).numpy() == y2).mean())


def random_net(hidden: int, units: nn.Module, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(784, hidden), units, nn.Linear(hidden, 10))
    (nn.init.kaiming_normal_ if isinstance(units, nn.ReLU) else nn.init.xavier_normal_)(net[0].weight)
    nn.init.zeros_(net[0].bias)
    nn.init.zeros_(net[2].weight)
    return net


def measure(labels: list[int], draws: int, epochs: float, hidden: int) -> None:
    (x, y), (x2, y2) = mnist("train"), mnist("t10k")
    machine, seconds = timed(lambda: RBM(hidden, epochs=epochs).fit(x))
    F2 = machine.transform(x2)
    for seed in range(draws):
        for n in labels:
            at = draw(y, n, seed)
            of = x[at], y[at], x2, y2
            begun = random_net(hidden, nn.Sigmoid(), seed)
            with torch.no_grad():
                begun[0].weight.copy_(machine.net_.W.T)
                begun[0].bias.copy_(machine.net_.c)
            found = (
                linear(*of),
                fine_tuned(random_net(hidden, nn.Sigmoid(), seed), *of, seed),
                fine_tuned(random_net(hidden, nn.ReLU(), seed), *of, seed),
                linear(machine.transform(x[at]), y[at], F2, y2),
                fine_tuned(begun, *of, seed),
            )
            append("few_labels", {
                "labels": n, "seed": seed, "hidden": hidden, "epochs": epochs, "pretraining": seconds,
                "accuracy": dict(zip(LEARNERS, found, strict=True)),
            })  # fmt: skip


def write() -> None:
    kept = rows("few_labels")
    lines = [
        "# Few labels of MNIST", "",
        "`python benchmarks/papers/few_labels.py`, see there. Means of the draws of labels, with 95 % intervals of",
        "Student's t; differences are paired, in points of accuracy, to the net that begins with the machine's",
        "weights.", "",
        "| labels | learner | accuracy | net from the machine is better by | draws |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for labels in sorted({r["labels"] for r in kept}):
        own = [r["accuracy"] for r in kept if r["labels"] == labels]
        for name in LEARNERS:
            mean, low, high = mean_interval([100 * a[name] for a in own])
            by, least, most = mean_interval([100 * (a[LEARNERS[-1]] - a[name]) for a in own])
            gain = "" if name == LEARNERS[-1] else f"{by:+.1f} [{least:+.1f}, {most:+.1f}]"
            lines.append(
                f"| {labels:,} | {name} | {mean:.1f} % [{low:.1f}, {high:.1f}] | {gain} | {len(own)} |"
            )
    if kept:
        r = kept[-1]
        lines += ["", (
            f"{r['hidden']} hidden units, {r['epochs']:g} passes, {r['pretraining']:.0f} s of the processor for "
            f"the machine, the same for all draws; draws 0 to {max(k['seed'] for k in kept)}. {r['hardware']}."
        )]  # fmt: skip
    (HERE / "few_labels.md").write_text("\n".join([*lines, ""]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--epochs", type=float, default=5)
    parser.add_argument("--hidden", type=int, default=500)
    arguments = parser.parse_args()
    measure(arguments.labels, arguments.draws, arguments.epochs, arguments.hidden)
    write()


if __name__ == "__main__":
    main()
