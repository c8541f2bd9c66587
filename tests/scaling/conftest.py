from __future__ import annotations

import numpy as np
import pytest

from deepen.compute.processes import alone
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.training.context import Context
from deepen.training.gather import gather
from deepen.training.learn import make_plan
from deepen.training.options import Options
from deepen.training.understand import understand


@pytest.fixture
def blobs():
    """Four hundred points of three classes in the plane."""
    rng = np.random.default_rng(0)
    y = np.arange(400) % 3
    return np.array([[0, 0], [2.2, 0], [0, 2.2]])[y] + rng.normal(size=(400, 2)), y


@pytest.fixture
def gathered(tmp_path):
    """What a study has before its first cell, of any source: context, examples and plan."""
    import torch

    def give(source, y=None, **options):
        context = Context(
            options=Options(**({"steps": 40} | options)), folder=None, clock=Clock(), watch=Silent(), stop=StopFlag(),
            world=alone(torch.device("cpu")), cache=Cache(tmp_path / "cache"),
        )  # fmt: skip
        table, schema = understand(context, source, y, None, None)
        examples = gather(context, table, schema)
        return context, examples, make_plan(context, examples, None)

    return give
