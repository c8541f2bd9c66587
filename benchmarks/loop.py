"""What the learning loop costs: deepen's beside hand-written ones, paired in one run.

    python benchmarks/loop.py

The same net (784-512-512-10), batch (128) and data; in turn, again and again: deepen's ``fit``, a tuned loop over
tensors in memory with a fused optimizer, and the usual loop with a DataLoader and default Adam.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from deepen.compute.device import steady_memory, summary
from deepen.data.batches import ShuffledBatches
from deepen.learning import optimisers
from deepen.learning.budget import Budget
from deepen.learning.loop import fit

ROWS, STEPS, BATCH, ROUNDS = 20_000, 300, 128, 7
CPU = torch.device("cpu")


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def deepens(x: np.ndarray, y: np.ndarray) -> float:
    steady_memory()  # as every training of deepen's does
    mine = net()
    batches = ShuffledBatches({"x": x}, y, np.arange(ROWS), size=BATCH, seed=0, device=CPU)
    optimiser = optimisers.make("adamw", mine, rate=1e-3, decay=0.01)
    began = time.perf_counter()
    fit(
        mine,
        batches,
        lambda m, b: F.cross_entropy(m(b.inputs["x"]), b.target),
        Budget(steps=STEPS),
        optimiser=optimiser,
    )
    return time.perf_counter() - began


def tuned(x: np.ndarray, y: np.ndarray) -> float:
    mine, X, Y = net(), torch.from_numpy(x), torch.from_numpy(y)
    optimiser = torch.optim.AdamW(mine.parameters(), lr=1e-3, fused=True)
    done = 0
    began = time.perf_counter()
    while done < STEPS:
        order = torch.randperm(ROWS)
        for at in range(0, ROWS - BATCH + 1, BATCH):
            rows = order[at : at + BATCH]
            loss = F.cross_entropy(mine(X[rows]), Y[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            done += 1
            if done == STEPS:
                break
    return time.perf_counter() - began


def usual(x: np.ndarray, y: np.ndarray) -> float:
    mine = net()
    loader = DataLoader(
        TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch_size=BATCH, shuffle=True
    )
    optimiser = torch.optim.Adam(mine.parameters(), lr=1e-3)
    done = 0
    began = time.perf_counter()
    while done < STEPS:
        for a, b in loader:
            optimiser.zero_grad()
            F.cross_entropy(mine(a), b).backward()
            optimiser.step()
            done += 1
            if done == STEPS:
                break
    return time.perf_counter() - began


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "deepen's fit": deepens, "tuned, tensors in memory": tuned, "DataLoader, default Adam": usual,
}  # fmt: skip


def one(name: str) -> float:
    """Time one way in this process, after a run that warms up."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 784)).astype(np.float32), rng.integers(0, 10, ROWS)
    WAYS[name](x, y)
    return WAYS[name](x, y)


def main() -> None:
    if len(sys.argv) > 1:
        print(one(sys.argv[1]))
        return
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name in WAYS:  # a process each, so that none profits from another's settings
            ran = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
            times[name].append(float(ran.stdout))
    first = times["deepen's fit"]
    print(f"{summary(CPU)}, torch {torch.__version__}; {ROUNDS} rounds of {STEPS} steps of {BATCH}\n")
    print("| loop | ms for each step, median | steps a second of deepen's to its, median (lowest, highest) |")
    print("|---|---|---|")
    for name, found in times.items():
        ratios = [b / a for a, b in zip(first, found, strict=True)]
        middle = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
        print(f"| {name} | {1000 * statistics.median(found) / STEPS:.2f} | {middle} |")


if __name__ == "__main__":
    main()
