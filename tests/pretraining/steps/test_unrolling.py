from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.nets.autoencoder import Autoencoder, Dense
from deepen.nets.units import Units
from deepen.pretraining.steps import unrolling
from deepen.pretraining.steps.divergence import Divergence
from deepen.pretraining.steps.fitting import Pace, Run


def run_of(seconds: float = float("inf")) -> Run:
    return Run(
        seed=0, device=torch.device("cpu"), clock=Clock(seconds), epochs=2, folder=None, watch=Silent(),
        stop=StopFlag(), half=False,
    )  # fmt: skip


def net_of() -> Autoencoder:
    torch.manual_seed(0)
    sizes = [8, 6, 4, 2]
    return Autoencoder(
        Dense(sizes, activation="sigmoid"), Dense(sizes[::-1], activation="sigmoid"), Units("binary", 8)
    )


def test_the_way_back_has_the_weights_of_the_way_up():
    net, rows = net_of(), np.random.default_rng(0).random((200, 8)).astype(np.float32)
    histories = unrolling.pretrain(run_of(), net, rows, Divergence(), Pace(batch=20), share=1.0)
    assert list(histories) == ["layer 1", "layer 2", "layer 3"]
    for up, down in zip(net.encoder.layers, reversed(net.decoder.layers), strict=True):
        torch.testing.assert_close(up.weight, down.weight.T)
        assert up.weight.data_ptr() != down.weight.data_ptr()  # they part when all are trained together
        assert up.weight.abs().sum() > 0


def test_each_machine_learns_from_the_features_of_the_one_below(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def learn(run, machine, rows, how, pace, name, *, share):
        seen.append((machine.visible, machine.hidden, rows, share))

    monkeypatch.setattr(unrolling, "learn_machine", learn)
    net, rows = net_of(), np.random.default_rng(0).random((50, 8)).astype(np.float32)
    unrolling.pretrain(run_of(), net, rows, Divergence(), Pace(), share=0.2)
    assert [(v.kind, v.n, h.kind, h.n) for v, h, _, _ in seen] == [
        ("binary", 8, "binary", 6), ("binary", 6, "binary", 4), ("binary", 4, "gaussian", 2),
    ]  # fmt: skip
    first = torch.sigmoid(net.encoder.layers[0](torch.from_numpy(rows)))
    np.testing.assert_allclose(seen[1][2], first.detach(), rtol=1e-5)
    # Of the time left each takes its share by its weights, of all a fifth.
    left, taken = 1.0, []
    for *_, share in seen:
        taken.append(share * left)
        left -= taken[-1]
    np.testing.assert_allclose(taken, 0.2 * np.array([48, 24, 8]) / 80)
