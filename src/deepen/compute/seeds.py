"""Random generators that all follow from one seed, so that a run can be repeated and resumed.

No function of deepen draws from a global generator but dropout, which PyTorch leaves no choice; that one's
state is kept in the checkpoints. Of several processes the others' follow from seed, rank and step.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch

__all__ = ["begin", "derive", "from_random_state", "generator", "numpy_generator", "restore", "state"]


def derive(seed: int, *path: object) -> int:
    """A seed for one purpose, named by ``path``; other paths give seeds that have nothing to do with it.

    Examples
    --------
    >>> derive(0, "split") != derive(0, "init") != derive(1, "init")
    True
    """
    text = "/".join(str(p) for p in (seed, *path)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def generator(seed: int, *path: object, device: torch.device | str = "cpu") -> torch.Generator:
    """A torch generator for one purpose."""
    return torch.Generator(device).manual_seed(derive(seed, *path))


def numpy_generator(seed: int, *path: object) -> np.random.Generator:
    """A NumPy generator for one purpose."""
    return np.random.default_rng(derive(seed, *path))


def from_random_state(random_state: Any) -> int:
    """Make a seed of what scikit-learn takes for one: a number as it is, a generator or None by a draw.

    Examples
    --------
    >>> from_random_state(3)
    3
    """
    from sklearn.utils import check_random_state

    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def begin(seed: int, device: torch.device) -> None:
    """Let the global generators, from which dropout draws, begin anew; quick enough for every step."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed asks every backend there might be: 0.2 ms
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def state(device: torch.device) -> dict[str, Any]:
    """The state of the global generators that dropout draws from."""
    kept = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        kept["cuda"] = torch.cuda.get_rng_state(device)
    return kept


def restore(kept: dict[str, Any], device: torch.device) -> None:
    """Go on from a state that :func:`state` gave."""
    torch.set_rng_state(kept["cpu"])
    if device.type == "cuda" and "cuda" in kept:
        torch.cuda.set_rng_state(kept["cuda"], device)
