"""The papers' data sets, as the benchmarks of this folder read them; looked for in the folder named by DEEPEN_DATA."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("DEEPEN_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()


def mnist(part: str, name: str = "mnist") -> tuple[np.ndarray, np.ndarray]:
    """Pixels from 0 to 1 (N, 784) float32 and classes (N,) int64 of the part ``train`` or ``t10k``."""

    def read(kind: str, skip: int) -> np.ndarray:
        with gzip.open(DATA / "images" / name / f"{part}-{kind}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=skip)

    pixels = read("images-idx3", 16).reshape(-1, 784).astype(np.float32) / 255
    return pixels, read("labels-idx1", 8).astype(np.int64)


def drawn(pixels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Binary pictures drawn once with the pixels as probabilities, on which likelihoods are told."""
    return (np.random.default_rng(seed).random(pixels.shape) < pixels).astype(np.float32)
