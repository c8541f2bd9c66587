"""What the benchmarks of learned features share: pictures, a linear classifier, intervals, rows kept as they come."""

from __future__ import annotations

import io
import json
import math
import platform
import statistics
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression

from data import DATA

HERE = Path(__file__).parent


def cifar10(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 32, 32, 3) uint8 and classes (N,) of ``train`` or ``test``."""
    with zipfile.ZipFile(DATA / "images" / "cifar10-jpeg.zip") as file:
        names = sorted(n for n in file.namelist() if n.startswith(f"{part}/") and n.endswith(".jpg"))
        pictures = np.stack([np.asarray(Image.open(io.BytesIO(file.read(n)))) for n in names])
    _, classes = np.unique([n.split("/")[1] for n in names], return_inverse=True)
    return pictures, classes


class Linear:
    """Logistic regression on standardised features, its C chosen on a validation part.

    Parameters
    ----------
    grid
        The values of C.
    chosen_on
        How many examples, of which a third judges, choose C.
    """

    def __init__(self, grid: Sequence[float], *, chosen_on: int, seed: int = 0) -> None:
        self.grid, self.chosen_on, self.seed = grid, chosen_on, seed

    def fit(self, F: np.ndarray, y: np.ndarray) -> Linear:
        """Overwrites F with standardised features."""
        self.mean = F.mean(axis=0)
        self.scale = F.std(axis=0) + 1e-3 * F.std() + 1e-12
        F -= self.mean
        F /= self.scale
        order = np.random.default_rng(self.seed).permutation(len(F))[: self.chosen_on]
        valid, train = order[: len(order) // 3], order[len(order) // 3 :]
        scores = [self._fitted(F[train], y[train], C).score(F[valid], y[valid]) for C in self.grid]
        self.C = self.grid[int(np.argmax(scores))]
        self.net = self._fitted(F, y, self.C)
        return self

    def score(self, F: np.ndarray, y: np.ndarray) -> float:
        """Accuracy; overwrites F."""
        F -= self.mean
        F /= self.scale
        return float(self.net.score(F, y))

    def _fitted(self, F: np.ndarray, y: np.ndarray, C: float) -> LogisticRegression:
        return LogisticRegression(C=C, max_iter=200, tol=1e-3).fit(F, y)


def wilson(right: float, n: int) -> tuple[float, float]:
    """A 95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle, half = right + z * z / (2 * n), z * math.sqrt(right * (1 - right) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of several draws, with a 95 % interval by Student's t."""
    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, -math.inf, math.inf
    half = float(student.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def hardware() -> str:
    """Processor, or GPU, and how many threads may run."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    model = [
        row.split(":")[1].strip()
        for row in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in row
    ]
    return f"{model[0] if model else platform.processor()}, {torch.get_num_threads()} thread(s)"


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and the processor's seconds, of all threads; on a GPU the seconds that went by."""
    clock = time.monotonic if torch.cuda.is_available() else time.process_time
    began = clock()
    result = work()
    return result, clock() - began


def append(name: str, row: dict[str, Any]) -> None:
    """Keep a row in ``name.jsonl``, with the hardware and the versions."""
    with (HERE / f"{name}.jsonl").open("a") as file:
        file.write(json.dumps({**row, "hardware": hardware(), "torch": torch.__version__}) + "\n")


def rows(name: str) -> list[dict[str, Any]]:
    """All rows kept so far."""
    path = HERE / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
