"""Small nets that have been trained for a moment, one of each sort of input."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import deepen

sys.path.insert(0, str(Path(__file__).parent))  # for playing.py


def table_of(rows: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(50, 10, rows), "smoker": rng.choice(["yes", "no"], rows)})
    frame["ward | <b>"] = rng.choice(["a", "b", "c"], rows)
    frame["pulse"] = rng.normal(70, 8, rows)
    frame["outcome"] = np.where(frame.age + 15 * (frame.smoker == "yes") > 57, "ill", "well")
    frame.loc[::17, "age"] = np.nan
    return frame


def texts_of(rows: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    words = ["the", "film", "was", "quite", "and", "so", "very", "$a$", "|story|", "<b>"]
    made = []
    for _ in range(rows):
        liked = bool(rng.integers(2))
        rest = rng.choice(words, rng.integers(5, 12)).tolist()
        rest.insert(int(rng.integers(len(rest))), "great" if liked else "awful")
        made.append((" ".join(rest), "yes" if liked else "no"))
    return pd.DataFrame(made, columns=["review", "liked"])


@pytest.fixture(scope="session")
def table():
    frame = table_of()
    return deepen.train(frame, target="outcome", steps=30, size="tiny"), frame


@pytest.fixture(scope="session")
def pictures():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 160)
    x = rng.integers(0, 60, (160, 12, 12)).astype(np.uint8)
    x[y == 1, 3:8, 3:8] += 150
    return deepen.train(x, y, epochs=3, size="tiny"), x, y


@pytest.fixture(scope="session")
def texts():
    frame = texts_of()
    return deepen.train(frame, target="liked", epochs=6, size="tiny", reader="cnn"), frame


@pytest.fixture(scope="session")
def series():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    values = [
        rng.normal(size=int(n)) + 2 * (c == 1) for n, c in zip(rng.integers(12, 30, 120), y, strict=True)
    ]
    frame = pd.DataFrame({"signal": [v.tolist() for v in values], "kind": np.where(y == 1, "high", "low")})
    return deepen.train(frame, target="kind", epochs=4, size="tiny", reader="cnn"), frame
