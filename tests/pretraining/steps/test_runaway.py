from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from deepen.errors import DataError, SettingError, TrainingError
from deepen.pretraining import DBM, DBN, RBM, DeepAutoencoder
from deepen.pretraining.steps.runaway import LARGEST, LARGEST_BIAS, Bounded, ran_away

INK = (np.random.default_rng(0).random((60, 6)) < 0.3).astype(float)


@pytest.mark.parametrize(
    ("machine", "part"),
    [
        (DBN([4, 3], epochs=30, rate=1e8), "layer 1"),
        (DBN([4, 3], epochs=5, rate=1e8), "layer 1"),  # fewer steps than the guard needs to give up
        (DeepAutoencoder([4, 2], epochs=30, rate=1e8), "autoencoder"),
        (RBM(4, epochs=30, rate=1e6), "rbm"),
        (DBM([4, 3], epochs=30, greedy_rate=1e8), "layer 1"),
        (DBM([4, 3], epochs=30, rate=1e8), "joint"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@pytest.mark.parametrize("X", [INK, INK - 0.5], ids=["binary", "gaussian"])
def test_a_machine_that_ran_away_is_refused_wherever_it_did(machine, part, X):
    with pytest.raises(TrainingError, match=f"{part}: .* a rate of .* Set a smaller rate"):
        machine.fit(X)


def test_what_ran_away_leaves_no_checkpoint_to_go_on_from(tmp_path):
    with pytest.raises(TrainingError):
        RBM(4, epochs=30, rate=1e6).fit(INK, checkpoints=tmp_path)
    found = RBM(4, epochs=2).fit(INK, checkpoints=tmp_path)
    assert np.isfinite(found.transform(INK)).all()


def test_weights_that_run_away_for_a_while_are_brought_back():
    rbm = RBM(4, epochs=60, rate=50.0).fit(INK)
    assert any("went back to good weights" in event for event in rbm.histories_["rbm"].events)
    assert all(float(p.detach().abs().max()) <= LARGEST for p in rbm.net_.parameters())


@pytest.mark.parametrize(
    ("weight", "bias", "away"),
    [
        (LARGEST, LARGEST_BIAS, False),
        (1.01 * LARGEST, 0.0, True),
        (0.0, -1.01 * LARGEST_BIAS, True),
        (math.nan, 0.0, True),
        (0.0, -math.inf, True),
    ],
)
def test_a_weight_has_a_bound_and_a_bias_a_wider_one(weight, bias, away):
    net = nn.Linear(30, 20)
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(0.9 * LARGEST)  # together they are longer than the bound, and no reason
        net.weight[3, 4], net.bias[5] = weight, bias
    assert bool(ran_away(net)) == away


def test_codes_that_are_no_numbers_are_not_handed_over():
    rbm = RBM(4, epochs=1).fit(INK)
    with torch.no_grad():
        rbm.net_.c[0] = math.nan
    with pytest.raises(DataError, match="row 0: its features are not finite.*smaller rate"):
        rbm.transform(INK)


def test_a_step_that_keeps_nothing_has_nothing_to_be_saved():
    net = nn.Linear(1, 1)
    step = Bounded(lambda net, x: net(x).sum())
    assert step.state_dict() is None
    step.begin_anew()
    assert step(net, torch.ones(1, 1)).isfinite()
    nn.init.constant_(net.weight, math.nan)
    assert step(net, torch.ones(1, 1)) == math.inf


@pytest.mark.parametrize("kind", [RBM, lambda **more: DBN([4], **more), lambda **more: DBM([4, 3], **more)])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rate": "fast"}, "rate: not a number; allowed: above 0.*came: 'fast'"),
        ({"rate": math.nan}, "rate: out of range; allowed: above 0.*came: nan"),
        ({"rate": -1}, "rate: out of range"),
        ({"batch": 2.5}, "batch: not a whole number; came: 2.5"),
        ({"batch": 0}, "batch: out of range"),
        ({"momentum": 2}, "momentum: out of range; allowed: 0 or more, up to 1; came: 2"),
        ({"k": 1.5}, "k: not a whole number"),
    ],
)
def test_settings_that_are_wrong_are_refused_before_anything_is_learned(kind, settings, words):
    with pytest.raises(SettingError, match=words):
        kind(epochs=1, **settings).fit(INK)


@pytest.mark.parametrize("machine", [RBM(2.5), DBN([2.5]), DBM([3, 2.5]), DeepAutoencoder([2.5])])
def test_units_are_whole_numbers(machine):
    with pytest.raises(SettingError, match="not a whole number; came: 2.5"):
        machine.fit(INK)
