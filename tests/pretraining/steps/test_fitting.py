from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from deepen.learning.budget import Horizon
from deepen.pretraining import RBM
from deepen.pretraining.steps import fitting
from deepen.pretraining.steps.divergence import ContrastiveDivergence, Divergence
from deepen.pretraining.steps.fitting import Pace, Run

INK = (np.random.default_rng(0).random((200, 6)) < 0.3).astype(np.float32)


def test_what_is_timed_before_a_training_leaves_no_trace_in_it(monkeypatch):
    made = RBM(4, minutes=1)
    run = Run.of(made, epochs=1, checkpoints=None, watch=None, stop=None)
    net = RBM(4, epochs=0.01).fit(INK).net_
    step = ContrastiveDivergence(Divergence(chains="persistent", n_chains=5), net)
    batches = run.batches(INK, Pace(batch=20), "rbm")
    before = {name: value.clone() for name, value in net.state_dict().items()}
    seen = []

    def timed(one_step, device):
        one_step()
        seen.append(len(step.state_dict()["chains"]))
        return 1.0

    monkeypatch.setattr(fitting, "timed", timed)
    way, steps = run._precision(net, step, batches, Horizon(math.inf, run.clock, reserve=10.0, began=5.0))
    assert steps == 45 and way.half in (False, True)
    assert 5 in seen  # chains were begun
    assert all(len(value) == 0 for value in step.state_dict().values())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert batches.state_dict()["at"] == 0


@pytest.mark.parametrize(
    ("settings", "peak"),
    [
        ({}, 0.025),  # four times as many steps as chains keep up with at the usual rate
        ({"rate": 0.05}, 0.05),
        ({"chains": "data"}, 0.05),
        ({"chains": "tempered", "temperatures": 2}, 0.025),
        ({"epochs": 1}, 0.05),
    ],
)
def test_a_long_training_of_chains_that_go_on_has_a_lower_rate(settings, peak, monkeypatch):
    monkeypatch.setattr("deepen.pretraining.machines.rbm._KEPT_UP", 10)
    rbm = RBM(4, **{"epochs": 4, "batch": 20, "n_chains": 5, **settings}).fit(INK)  # 10 steps in a pass
    seen = []
    make = fitting.optimisers.make
    monkeypatch.setattr(
        fitting.optimisers, "make", lambda *given, **more: seen.append(more["rate"]) or make(*given, **more)
    )
    rbm.fit(INK)
    assert seen == [pytest.approx(peak)]
