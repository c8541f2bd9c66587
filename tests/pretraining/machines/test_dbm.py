from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.utils.estimator_checks import check_estimator

from deepen.compute.signals import StopFlag
from deepen.errors import DataError, FolderError, SettingError
from deepen.learning.stepping import Stepping
from deepen.pretraining import DBM
from deepen.pretraining.steps.fitting import Run

BARS = np.repeat([[1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1], [1, 0, 1, 0, 1, 0]], 100, axis=0).astype(np.float32)
STATES = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T.astype(np.float32)


@pytest.mark.parametrize("pretrain", [True, False])
def test_it_learns_a_small_distribution(pretrain):
    noise = np.random.default_rng(0).random(BARS.shape) < 0.1
    X = np.abs(BARS - noise)
    dbm = DBM([6, 4], pretrain=pretrain, epochs=15 if pretrain else 30, batch=20, rate=0.05, decay=0.0).fit(X)
    counts = np.unique(X, axis=0, return_counts=True)[1] / len(X)
    entropy, p = -(counts * np.log(counts)).sum(), X.mean(axis=0)
    alone = -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum()  # of independent units
    assert dbm.log_likelihood_bound(X).mean() > -entropy - 0.3 > -alone + 0.3
    assert list(dbm.histories_) == (["layer 1", "layer 2", "joint"] if pretrain else ["joint"])


def test_bounds_of_all_states_sum_to_no_more_than_one():
    dbm = DBM([4, 3], epochs=5, rate=0.1).fit(BARS)
    assert 0.5 < np.exp(dbm.log_likelihood_bound(STATES)).sum() < 1 + 1e-5


def test_features_reconstructions_and_dreams_have_their_shapes():
    dbm = DBM([5, 4, 3], epochs=2).fit(BARS)
    assert dbm.transform(BARS).shape == (300, 3)
    assert dbm.reconstruct(BARS).shape == BARS.shape
    dreams = dbm.dream(2, frames=4, steps=3)
    assert dreams.shape == (4, 2, 6)
    np.testing.assert_array_equal(dreams[0], dbm.sample(2, steps=3))
    assert not np.array_equal(dbm.sample(2, steps=3), dbm.sample(2, steps=3, random_state=1))


def test_numbers_are_standardised_and_come_back_in_their_own_units():
    rng = np.random.default_rng(0)
    hidden = rng.integers(0, 2, (600, 1))
    X = 1000 + 50 * (hidden * [1.0, -1.0, 2.0]) + rng.normal(0, 5, (600, 3))
    dbm = DBM([4, 3], epochs=20, rate=1.0, greedy_rate=0.5).fit(X)
    assert dbm.visible_ == "gaussian"
    error = np.square(dbm.reconstruct(X) - X).sum() / np.square(X - X.mean(axis=0)).sum()
    assert error < 0.3
    net = dbm.to_mlp(2)
    read = torch.from_numpy(X.astype(np.float32))
    torch.testing.assert_close(dbm.stack().mean, net.mean)
    torch.testing.assert_close((read - net.mean) / net.scale, torch.from_numpy(dbm._rows(X, reset=False)))


class StopAt:
    """Raises the flag in a stage, after so many of its steps."""

    def __init__(self, stage, step):
        self.flag, self._at, self._stage = StopFlag(), (stage, step), ""

    def note(self, *_): ...
    def understood(self, *_): ...
    def progress(self, *_): ...
    def stage(self, name, *_):
        self._stage = name

    def look(self, step):
        if (self._stage, step) == self._at:
            self.flag.set("the test")


@pytest.mark.parametrize("stage", ["layer 2", "joint"])
def test_resumed_equals_uninterrupted(tmp_path, stage, monkeypatch):
    settings = {"epochs": 4, "batch": 50, "n_chains": 20, "window": 0.2}  # 24 steps of each
    whole = DBM([5, 4], **settings).fit(BARS)
    watch = StopAt(stage, 13)
    advance = Stepping.advance

    def watched(self, trained, done, share):
        watch.look(done)
        return advance(self, trained, done, share)

    monkeypatch.setattr(Stepping, "advance", watched)
    again = DBM([5, 4], **settings)
    part = again.fit(BARS, checkpoints=tmp_path, watch=watch, stop=watch.flag)
    assert part.histories_[stage].ended == "stopped by the test"
    again.fit(BARS, checkpoints=tmp_path)
    for name, value in whole.net_.state_dict().items():
        assert torch.equal(value, again.net_.state_dict()[name]), name


def test_each_training_has_its_rate_and_each_machine_what_it_lacks_twice(monkeypatch):
    told = {}
    learn = Run.learn

    def watched(self, net, step, batches, pace, name, **more):
        told[name] = pace.rate, getattr(net, "up", None), getattr(net, "down", None)
        return learn(self, net, step, batches, pace, name, **more)

    monkeypatch.setattr(Run, "learn", watched)
    DBM([4, 3, 2], epochs=1, visible="gaussian", rate=0.5, greedy_rate=0.25).fit(BARS)
    assert told == {
        "layer 1": (0.005, 2.0, 1.0), "layer 2": (0.25, 2.0, 2.0), "layer 3": (0.25, 1.0, 2.0),
        "joint": (0.01, None, None),
    }  # fmt: skip


def test_a_folder_gives_it_back(tmp_path):
    dbm = DBM((4, 3), epochs=1).fit(BARS)
    back = DBM.load(dbm.save(tmp_path / "dbm"))
    np.testing.assert_array_equal(back.transform(BARS), dbm.transform(BARS))
    np.testing.assert_array_equal(back.log_likelihood_bound(BARS), dbm.log_likelihood_bound(BARS))
    (tmp_path / "dbm" / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(FolderError, match="is damaged"):
        DBM.load(tmp_path / "dbm")


def test_log_z_is_summed_where_it_can_be_and_estimated_where_not():
    dbm = DBM([4, 3], epochs=3, rate=0.1).fit(BARS)
    exact = dbm.log_z()
    assert exact.runs == 0
    found = dbm.log_z(exact=False, runs=500, steps=500)
    assert found.value == pytest.approx(exact.value, abs=0.03)
    assert found.runs == 500


@pytest.mark.parametrize("asked", [{"n": 0}, {"frames": 0}, {"steps": 0}, {"steps": 1.5}])
def test_no_whole_number_of_dreams_is_refused(asked):
    dbm = DBM([4, 3], epochs=1, pretrain=False).fit(BARS)
    with pytest.raises(SettingError, match=next(iter(asked))):
        dbm.dream(**asked)


@pytest.mark.parametrize(
    ("settings", "X", "error", "words"),
    [
        ({"visible": "binary"}, BARS * 2, DataError, "row 0, column 0"),
        ({"layers": [4]}, BARS, SettingError, "take RBM"),
        ({"layers": [4, 0]}, BARS, SettingError, "layers"),
        ({"layers": 4}, BARS, SettingError, "layers: not a list"),
        ({"visible": "gausian"}, BARS, SettingError, "Did you mean 'gaussian'"),
        ({"k": 0}, BARS, SettingError, "k: out of range"),
        ({}, np.where(BARS > 0, np.nan, 0), ValueError, "NaN"),
    ],
)
def test_wrong_input_is_refused(settings, X, error, words):
    with pytest.raises(error, match=words):
        DBM(**{"layers": [4, 3], "epochs": 1, **settings}).fit(X)


def test_scikit_learns_checks_pass():
    dbm = DBM([3, 2], epochs=1, n_chains=5, mean_field=2, k=1)
    found = Counter(each["status"] for each in check_estimator(dbm, on_fail=None, on_skip=None))
    assert set(found) <= {"passed", "skipped"}, found
    assert found["passed"] > 40
