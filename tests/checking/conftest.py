"""Small worlds to check: encoded as a check encodes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from deepen.checking import run as stages
from deepen.checking.checked import Checked
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand


@pytest.fixture
def prepare() -> Callable[..., Checked]:
    """Read, understand, split and encode, as :func:`deepen.check` does before its first stage."""

    def make(source: Any, y: Any = None, *, test: Any = None, **options: Any) -> Checked:
        with joined(torch.device("cpu")) as world:
            context = Context(
                options=Options.from_dict(options), folder=None, clock=Clock(60), watch=Silent(), stop=StopFlag(),
                world=world, cache=Cache(),
            )  # fmt: skip
            return stages._prepared(context, *understand(context, source, y, test, None))

    return make


@pytest.fixture
def rows() -> dict[str, np.ndarray]:
    """Three hundred rows of two numbers and a category, whose class follows from one of the numbers."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=300).round(4)
    label = np.where(a + 0.5 * rng.normal(size=300) > 0, "yes", "no")
    return {"a": a, "b": rng.normal(size=300).round(4), "c": rng.choice(["x", "y", "z"], 300), "label": label}


@pytest.fixture
def stripes() -> tuple[np.ndarray, np.ndarray]:
    """Sixty grey pictures of 12 x 12, lying and standing stripes in noise: (N, H, W) and their classes."""
    rng = np.random.default_rng(0)
    label = np.arange(60) % 2
    lying = np.repeat((np.arange(12) // 2 % 2)[:, None], 12, axis=1)
    x = np.stack([lying.T if k else lying for k in label]) * 120 + rng.integers(0, 130, (60, 12, 12))
    return x.astype(np.uint8), label
