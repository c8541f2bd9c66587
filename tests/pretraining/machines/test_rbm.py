from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.utils.estimator_checks import check_estimator

from deepen.compute.signals import StopFlag
from deepen.errors import DataError, FolderError, SettingError
from deepen.pretraining import RBM

BARS = np.repeat([[1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1], [1, 0, 1, 0, 1, 0]], 100, axis=0).astype(np.float32)


def noisy(n):
    """Three rows, one bit in ten flipped; which row each was; and the mean log-likelihood of the truth."""
    which = np.arange(n) % 3
    X = np.where(np.random.default_rng(0).random((n, 6)) < 0.1, 1 - BARS[100 * which], BARS[100 * which])
    flips = np.abs(X[:, None] - BARS[::100]).sum(axis=2)
    return X.astype(np.float32), which, np.log((0.1**flips * 0.9 ** (6 - flips)).mean(axis=1)).mean()


@pytest.mark.parametrize("chains", ["data", "persistent", "tempered"])
def test_it_learns_a_small_distribution_nearly_exactly(chains):
    X, _, truth = noisy(600)  # the truth has -2.94 nats, independent units have -3.92
    rbm = RBM(5, chains=chains, epochs=15, batch=50, rate=0.1, decay=0.0, n_chains=50, temperatures=3).fit(X)
    assert rbm.log_likelihood(X).mean() > truth - 0.25


def test_likelihoods_of_all_states_sum_to_one():
    rbm = RBM(3, epochs=5, rate=0.1).fit(BARS)
    states = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T
    assert np.exp(rbm.log_likelihood(states.astype(np.float32))).sum() == pytest.approx(1, abs=1e-4)


def test_with_labels_it_tells_classes_and_dreams_of_the_one_that_is_held():
    X, which, _ = noisy(600)
    y = np.array(["left", "right", "mixed"])[which]
    rbm = RBM(6, labels=True, epochs=15, batch=50, rate=0.1).fit(X, y)
    assert (rbm.predict(X) == y).mean() > 0.85
    np.testing.assert_allclose(rbm.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    dreams = rbm.sample(100, label="right", steps=30)
    assert (np.abs(dreams.round() - BARS[150]).sum(axis=1) <= 1).mean() > 0.7
    # The labels summed over, the likelihoods of all rows sum to one again.
    states = np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T.astype(np.float32)
    assert np.exp(rbm.log_likelihood(states)).sum() == pytest.approx(1, abs=1e-4)


def test_pseudo_likelihood_is_the_product_of_each_units_conditional():
    rbm = RBM(3, epochs=10, rate=0.1).fit(BARS)
    v = BARS[:1]
    total = 0.0
    for i in range(6):
        other = v.copy()
        other[0, i] = 1 - v[0, i]
        a, b = -rbm.free_energy(v)[0], -rbm.free_energy(other)[0]
        total += a - np.logaddexp(a, b)
    assert rbm.pseudo_log_likelihood(v)[0] == pytest.approx(total, abs=1e-4)


def test_numbers_are_standardised_and_come_back_in_their_own_units():
    rng = np.random.default_rng(0)
    hidden = rng.integers(0, 2, (600, 1))
    X = 1000 + 50 * (hidden * [1.0, -1.0, 2.0]) + rng.normal(0, 5, (600, 3))
    rbm = RBM(4, epochs=25, rate=2.0).fit(X)
    assert rbm.visible_ == "gaussian"
    error = np.square(rbm.reconstruct(X) - X).sum() / np.square(X - X.mean(axis=0)).sum()
    assert error < 0.3
    assert np.abs(rbm.sample(200, steps=50).mean(axis=0) - X.mean(axis=0)).max() < 30


@pytest.mark.parametrize("hidden", ["binary", "rectified"])
def test_features_have_their_width_and_kind(hidden):
    found = RBM(5, hidden=hidden, epochs=3).fit_transform(BARS)
    assert found.shape == (300, 5)
    assert found.dtype == np.float32
    assert found.min() >= 0


def test_resumed_equals_uninterrupted(tmp_path):
    whole = RBM(5, epochs=12, chains="persistent").fit(BARS)

    class AfterSteps(StopFlag):
        asked = 0

        def __call__(self):
            self.asked += 1
            if self.asked > 13:
                self.set("the test")
            return super().__call__()

    again = RBM(5, epochs=12, chains="persistent")
    part = again.fit(BARS, checkpoints=tmp_path, stop=AfterSteps())
    assert part.histories_["rbm"].ended == "stopped by the test"
    again.fit(BARS, checkpoints=tmp_path)
    for name, value in whole.net_.state_dict().items():
        assert torch.equal(value, again.net_.state_dict()[name]), name


def test_a_diverging_chain_is_rolled_back_and_said():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    rbm = RBM(30, epochs=40, rate=100.0, visible="gaussian", hidden="rectified").fit(X)
    assert any("went back to good weights" in event for event in rbm.histories_["rbm"].events)
    assert np.isfinite(rbm.transform(X)).all()


def test_columns_of_any_size_are_standardised_and_what_is_constant_stays():
    rng = np.random.default_rng(0)
    X = np.stack([1e9 * rng.normal(size=200), 0.01 * rng.normal(size=200), np.full(200, 1e8)], axis=1)
    rbm = RBM(2, visible="gaussian", epochs=1).fit(X)
    np.testing.assert_allclose(rbm._rows(X, reset=False).std(axis=0), [1, 1, 0], atol=1e-4)
    assert rbm.scale_[2] == 1


@pytest.mark.parametrize("labels", [False, True])
def test_filters_are_what_each_unit_reads_of_the_columns(labels):
    rbm = RBM(6, labels=labels, epochs=1).fit(BARS, np.arange(300) % 3)
    np.testing.assert_array_equal(rbm.filters(), rbm.net_.W[:6].detach().t())


def test_a_folder_gives_it_back(tmp_path):
    rbm = RBM(4, labels=True, epochs=2, random_state=np.random.RandomState(3)).fit(BARS, np.arange(300) % 3)
    back = RBM.load(rbm.save(tmp_path / "rbm"))
    np.testing.assert_array_equal(back.transform(BARS), rbm.transform(BARS))
    np.testing.assert_array_equal(back.predict(BARS), rbm.predict(BARS))
    assert back.histories_ == rbm.histories_
    assert back.classes_.tolist() == [0, 1, 2]
    (tmp_path / "rbm" / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(FolderError, match="is damaged"):
        RBM.load(tmp_path / "rbm")


def test_settings_of_a_grid_that_numpy_made_are_kept(tmp_path):
    rbm = RBM(np.arange(3, 5)[0], rate=np.float32(0.5), epochs=np.int64(1), random_state=np.int64(3)).fit(
        BARS
    )
    back = RBM.load(rbm.save(tmp_path / "rbm"))
    assert (back.n_hidden, back.rate, back.epochs, back.random_state) == (3, 0.5, 1, 3)


@pytest.mark.parametrize(
    ("settings", "X", "error", "words"),
    [
        ({"visible": "binary"}, BARS * 2, DataError, "row 0, column 0"),
        ({}, np.where(BARS > 0, np.nan, 0), ValueError, "NaN"),
        ({"visible": "gausian"}, BARS, SettingError, "Did you mean 'gaussian'"),
        ({"hidden": "softmax"}, BARS, SettingError, "binary, rectified"),
        ({"epochs": 2, "minutes": 1}, BARS, SettingError, "exclude one another"),
        ({"chains": "x"}, BARS, SettingError, "chains"),
        ({"labels": True}, BARS, SettingError, "label units need labels"),
        ({"n_hidden": 0}, BARS, SettingError, "n_hidden: out of range"),
    ],
)
def test_wrong_settings_and_data_are_refused_before_anything_is_learned(settings, X, error, words):
    with pytest.raises(error, match=words):
        RBM(**settings).fit(X)


def test_what_it_cannot_do_is_said():
    rbm = RBM(30, epochs=1).fit(BARS)
    assert not hasattr(rbm, "predict")
    with pytest.raises(SettingError, match="no label units"):
        rbm.sample(2, label="a")
    wide = RBM(30, epochs=1).fit(np.tile(BARS, 5))
    with pytest.raises(SettingError, match="too large to sum"):
        wide.log_z(exact=True)
    with pytest.raises(SettingError, match="no such class"):
        RBM(3, labels=True, epochs=1).fit(BARS, np.arange(300) % 2).sample(1, label=7)


@pytest.mark.parametrize("asked", [{"n": -1}, {"n": 1.5}, {"steps": 0}, {"steps": 2.5}])
def test_no_whole_number_of_samples_or_steps_is_refused(asked):
    rbm = RBM(3, epochs=1).fit(BARS)
    with pytest.raises(SettingError, match=next(iter(asked))):
        rbm.sample(**asked)


@pytest.mark.parametrize("y", [["a", "b", None] * 100, np.array([0, 1, np.nan] * 100)])
def test_missing_labels_are_named(y):
    with pytest.raises(DataError, match="y, row 2: 100 labels are missing"):
        RBM(3, labels=True, epochs=1).fit(BARS, y)


def test_minutes_are_kept():
    import time

    began = time.monotonic()
    rbm = RBM(16, minutes=0.03).fit(BARS)
    assert time.monotonic() - began < 5
    assert rbm.histories_["rbm"].ended == "complete"


def test_scikit_learns_checks_pass():
    found = Counter(each["status"] for each in check_estimator(RBM(4, epochs=1), on_fail=None, on_skip=None))
    assert set(found) <= {"passed", "skipped"}, found
    assert found["passed"] > 40
