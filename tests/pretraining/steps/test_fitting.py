from __future__ import annotations

import numpy as np
import torch

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
    run._precision(net, step, batches)
    assert 5 in seen  # chains were begun
    assert all(len(value) == 0 for value in step.state_dict().values())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert batches.state_dict()["at"] == 0
