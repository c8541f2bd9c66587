"""Small worlds whose best answer is known: names told by the word before them, states told by their neighbours."""

import numpy as np
import pytest

LETTERS = list("abcdefghij")


def _sentences(n=300, seed=0):
    """After ``mr`` stands a person of one or two new words, after ``in`` a place; all other words are nothing."""
    rng = np.random.default_rng(seed)

    def word():
        return "".join(rng.choice(LETTERS, rng.integers(3, 7)))

    rows = []
    for _ in range(n):
        tokens, tags = [], []
        for _ in range(rng.integers(1, 4)):
            sort = rng.integers(3)
            if sort == 0:
                count = int(rng.integers(1, 3))
                tokens += ["mr", *(word() for _ in range(count)), "said"]
                tags += ["O", "B-PER", *["I-PER"] * (count - 1), "O"]
            elif sort == 1:
                tokens += ["in", word()]
                tags += ["O", "B-LOC"]
            else:
                tokens += [str(rng.choice(["and", "then", "it"])), word()]
                tags += ["O", "O"]
        rows.append({"tokens": tokens, "tags": tags})
    return rows


def _signals(n=120, seed=0, steps=60):
    """A chain of two states that stays with probability 0.95, seen as -1 or 1 with noise of deviation 1.5."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        length = int(rng.integers(steps // 2, steps))
        state = (np.cumsum(rng.random(length) > 0.95) + rng.integers(2)) % 2
        seen = 2 * state - 1 + rng.normal(0, 1.5, length)
        rows.append(
            {"signal": seen.round(3).tolist(), "state": ["rest" if s == 0 else "move" for s in state]}
        )
    return rows


def _bayes(signal):
    """The likeliest state of each step by the forward-backward algorithm (Rabiner 1989)."""
    seen = np.exp(-((np.array(signal)[:, None] - [-1.0, 1.0]) ** 2) / (2 * 1.5**2))
    move = np.array([[0.95, 0.05], [0.05, 0.95]])
    forward, backward = np.empty_like(seen), np.ones_like(seen)
    forward[0] = seen[0]
    for t in range(1, len(seen)):
        forward[t] = (forward[t - 1] @ move) * seen[t]
        forward[t] /= forward[t].sum()
    for t in range(len(seen) - 2, -1, -1):
        backward[t] = move @ (seen[t + 1] * backward[t + 1])
        backward[t] /= backward[t].sum()
    return ["rest" if a > b else "move" for a, b in forward * backward]


@pytest.fixture(scope="session")
def sentences():
    return _sentences


@pytest.fixture(scope="session")
def signals():
    return _signals


@pytest.fixture(scope="session")
def bayes():
    return _bayes
