"""The restricted Boltzmann machine on MNIST: likelihood by annealed importance sampling, and speed beside others.

    python benchmarks/papers/rbm.py [--arm small|full] [--seeds 0]           likelihood after so many minutes
    python benchmarks/papers/rbm.py --speed [--learnergy /its/own/python]    beside scikit-learn's and learnergy's

What was measured is appended to rbm.jsonl, and rbm.md is written anew from all of it. Pixels are probabilities, drawn
anew at every step; the test pictures are drawn once. The full arm is for a GPU.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.neural_network import BernoulliRBM

from data import drawn, mnist
from deepen.compute.device import pick, summary
from deepen.pretraining import RBM
from deepen.pretraining.likelihood.annealing import LogZ
from deepen.trained import versions

HERE = Path(__file__).parent
FILE, TABLE = HERE / "rbm.jsonl", HERE / "rbm.md"

ARMS: dict[str, list[dict[str, Any]]] = {
    "small": [
        {"chains": "data", "minutes": 2},
        {"chains": "persistent", "minutes": 2},
        {"chains": "persistent", "minutes": 4.5, "window": 0.1},
    ],
    "full": [
        {"chains": "data", "k": 25, "epochs": 250},
        {"chains": "persistent", "k": 5, "n_chains": 1000, "epochs": 250, "window": 0.05},
        {"chains": "tempered", "k": 1, "n_chains": 500, "epochs": 250, "window": 0.05},
    ],
}
PAPER = {"small": "CD-1 -125.53, CD-3 -105.50", "full": "CD-25 -86.34"}
_EQUAL_TIME = 60.0  # seconds that each learner has in the comparison
_ROUNDS = 5
_OURS = "deepen, bfloat16", "deepen, bfloat16, pixels as they are"


def likelihood(arm: str, seed: int) -> None:
    X, _ = mnist("train")
    test = drawn(mnist("t10k")[0])
    for settings in ARMS[arm]:
        began, used = time.perf_counter(), time.process_time()
        rbm = RBM(500, random_state=seed, **settings).fit(X)
        seconds, processor = time.perf_counter() - began, time.process_time() - used
        found, log_z = told(rbm, X, test)
        _keep({
            "what": "likelihood", "arm": arm, "seed": seed, "settings": settings, "seconds": seconds,
            "processor": processor, **found, **_here(),
        })  # fmt: skip
        print(
            settings,
            f"{seconds:.0f} s, test {found['test']:.2f}, train {found['train']:.2f}, {log_z}",
            flush=True,
        )


def told(rbm: RBM, X: np.ndarray, test: np.ndarray) -> tuple[dict[str, float], LogZ]:
    """The mean log-likelihood of test rows and of as many training rows, with what annealing says of log Z."""
    log_z = rbm.log_z(exact=False, runs=100, steps=10_000)
    found = {
        "test": float(rbm.log_likelihood(test, log_z=log_z).mean()),
        "train": float(rbm.log_likelihood(drawn(X[:10_000]), log_z=log_z).mean()),
        "log_z": log_z.value, "low": log_z.low, "high": log_z.high, "effective": log_z.effective, "runs": log_z.runs,
    }  # fmt: skip
    return found, log_z


def as_ours(W: np.ndarray, b: np.ndarray, c: np.ndarray, X: np.ndarray) -> RBM:
    """Another library's weights, in our machine, so that all are measured alike: W is (784, H)."""
    rbm = RBM(W.shape[1], epochs=0.01).fit(X[:200])
    state = {"W": torch.tensor(W), "b": torch.tensor(b), "c": torch.tensor(c)}
    rbm.net_.start(torch.from_numpy(X.mean(axis=0, dtype=np.float64)))
    rbm.net_.load_state_dict({**rbm.net_.state_dict(), **state})
    return rbm


class Deepen:
    """Ours: CD-1, an epoch at a time; pixels drawn anew at every step as by default, or as they are, as others do."""

    def __init__(self, X: np.ndarray, half: bool, draw: bool = True) -> None:
        self.X, self.settings = X, {"chains": "data", "half": half, "draw": draw}
        self.name = (
            "deepen" + (", bfloat16" if half else ", float32") + ("" if draw else ", pixels as they are")
        )

    def epoch(self) -> float:
        began = time.perf_counter()
        RBM(500, epochs=1, **self.settings).fit(self.X)
        return time.perf_counter() - began

    def after(self, seconds: float) -> RBM:
        return RBM(500, minutes=seconds / 60, **self.settings).fit(self.X)


class Scikit:
    """scikit-learn's, with its own defaults but for the batch."""

    def __init__(self, X: np.ndarray, dtype: type) -> None:
        self.X = X.astype(dtype)
        self.name = f"scikit-learn, {np.dtype(dtype).name}"

    def epoch(self) -> float:
        began = time.perf_counter()
        BernoulliRBM(500, batch_size=100, n_iter=1, random_state=0).fit(self.X)
        return time.perf_counter() - began

    def after(self, seconds: float) -> RBM:
        epochs = max(1, round(seconds / self.epoch()))
        made = BernoulliRBM(500, batch_size=100, n_iter=epochs, random_state=0).fit(self.X)
        W, b, c = made.components_.T, made.intercept_visible_, made.intercept_hidden_
        return as_ours(*(a.astype(np.float32) for a in (W, b, c)), self.X.astype(np.float32))


_LEARNERGY = """
import sys, time, logging, numpy as np, torch
from learnergy.models.bernoulli import RBM
logging.disable(logging.CRITICAL)
X, epochs, out = np.load(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
torch.manual_seed(0)
data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.zeros(len(X)))
rbm = RBM(n_visible=784, n_hidden=500, steps=1, learning_rate=0.1, momentum=0, decay=0, temperature=1, use_gpu=False)
began = time.perf_counter()
rbm.fit(data, batch_size=100, epochs=epochs)
print("SECONDS", time.perf_counter() - began)
np.savez(out, W=rbm.W.detach().numpy(), b=rbm.a.detach().numpy(), c=rbm.b.detach().numpy())
"""


class Learnergy:
    """learnergy, in an environment of its own, with its own defaults."""

    def __init__(self, X: np.ndarray, python: str) -> None:
        self.X, self.python, self.name = X, python, "learnergy"
        self.place = Path(tempfile.mkdtemp())
        np.save(self.place / "X.npy", X)

    def _run(self, epochs: int) -> float:
        words = [
            self.python,
            "-c",
            _LEARNERGY,
            str(self.place / "X.npy"),
            str(epochs),
            str(self.place / "out.npz"),
        ]
        said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=self.place).stdout
        return float(said.split("SECONDS")[1])

    def epoch(self) -> float:
        return self._run(1)

    def after(self, seconds: float) -> RBM:
        self._run(max(1, round(seconds / self.epoch())))
        found = np.load(self.place / "out.npz")
        return as_ours(found["W"], found["b"], found["c"], self.X)


def speed(python: str | None) -> None:
    X, _ = mnist("train")
    test = drawn(mnist("t10k")[0])
    learners: list[Any] = [
        Deepen(X, half=True), Deepen(X, half=True, draw=False), Deepen(X, half=False), Scikit(X, np.float64),
        Scikit(X, np.float32),
        *([Learnergy(X, python)] if python else []),
    ]  # fmt: skip
    seconds: dict[str, list[float]] = {each.name: [] for each in learners}
    Deepen(X, half=True).epoch()  # what is made once in a process is no learner's alone
    for _ in range(_ROUNDS):
        for each in learners:
            seconds[each.name].append(each.epoch())
            print(each.name, f"{seconds[each.name][-1]:.2f} s an epoch", flush=True)
    for each in learners:
        found, log_z = told(each.after(_EQUAL_TIME), X, test)
        # Five products of two flops a weight: up, down, up again, and two averages.
        done = 5 * 2 * 784 * 500 * 60_000 / statistics.median(seconds[each.name]) / 1e9
        _keep({
            "what": "speed", "learner": each.name, "epochs": seconds[each.name], "gflops": done, "peak": peak(),
            "equal_time": _EQUAL_TIME, **found, **_here(),
        })  # fmt: skip
        print(
            each.name,
            f"after {_EQUAL_TIME:.0f} s: test {found['test']:.2f}, {log_z}; {done:.0f} GF/s",
            flush=True,
        )


def peak() -> float:
    """The machine's own matrix product in float32, in GF/s: the best of some."""
    a = torch.randn(1024, 1024)
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - began)
    return 2 * 1024**3 / best / 1e9


def _here() -> dict[str, Any]:
    return {"hardware": summary(pick()), **versions()}


def _keep(record: dict[str, Any]) -> None:
    with FILE.open("a") as file:
        file.write(json.dumps(record) + "\n")


def table() -> str:
    """Write rbm.md."""
    records = [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []
    lines = [
        "# Restricted Boltzmann machine, 500 hidden units, MNIST", "", "    python benchmarks/papers/rbm.py", "",
        "Mean log-likelihood in nats of the 10,000 test pictures, by annealed importance sampling (100 runs of 10,000",
        "steps); beside it what the runs are worth and the 95 % interval of log Z.", "",
        "| arm | settings | seed | test | train | log Z | effective runs | seconds | paper | hardware |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in (r for r in records if r["what"] == "likelihood"):
        settings = ", ".join(f"{k} {v}" for k, v in r["settings"].items())
        lines.append(
            f"| {r['arm']} | {settings} | {r['seed']} | {r['test']:.2f} | {r['train']:.2f} | {r['log_z']:.2f} "
            f"[{r['low']:.2f}, {r['high']:.2f}] | {r['effective']:.0f} of {r['runs']} | {r['seconds']:.0f} | "
            f"{PAPER[r['arm']]} | {r['hardware']} |"
        )
    if not any(r["what"] == "likelihood" and r["arm"] == "full" for r in records):
        lines += ["", "The full arm (`--arm full`, for a GPU; -86.3 or better is wanted) was not run."]
    latest = {r["learner"]: r for r in records if r["what"] == "speed"}
    if latest:
        lines += [
            "", "## Speed", "", "    python benchmarks/papers/rbm.py --speed", "",
            "CD-1, 784-500, batches of 100: seconds of one pass over 60,000 pictures, one after the other in turn, and",
            f"the likelihood after {_EQUAL_TIME:.0f} seconds each. The others have their own defaults but the batch;"
            " scikit-learn's", "chains are persistent, and its BLAS the one that it finds quickest here (without",
            "`OPENBLAS_CORETYPE`). deepen draws each pixel anew at every step; the others take probabilities as",
            "they are, as it does with `draw=False`. Times as quick: how deepen in bfloat16 compares, by default and",
            "with pixels as they are. The share is of this machine's matrix product in float32.", "",
            "| learner | seconds a pass | times as quick | with pixels as they are | GF/s | share of peak |"
            " test nats after equal time |", "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        own = [statistics.median(latest[name]["epochs"]) for name in _OURS]
        for name, r in latest.items():
            median = statistics.median(r["epochs"])
            quicker = " | ".join("" if name in _OURS else f"{median / each:.2f}" for each in own)
            lines.append(
                f"| {name} | {median:.2f} ({', '.join(f'{s:.2f}' for s in r['epochs'])}) | {quicker} | "
                f"{r['gflops']:.0f} | {r['gflops'] / r['peak']:.0%} | {r['test']:.2f} |"
            )
        r = next(iter(latest.values()))
        lines += ["", f"{r['hardware']}; torch {r['torch']}, Python {r['python']}, deepen {r['deepen']}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arm", choices=list(ARMS), default="small")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--learnergy", help="the Python of an environment that has learnergy")
    given = parser.parse_args()
    if given.speed:
        speed(given.learnergy)
    else:
        for seed in given.seeds:
            likelihood(given.arm, seed)
    TABLE.write_text(table())


if __name__ == "__main__":
    main()
