import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from deepen.errors import DataError
from deepen.evidence.calibration import calibration_error, calibration_interval, temperature
from deepen.evidence.intervals import replicates


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def classes(n, k, seed=0):
    """Logits whose softmax is the truth, and classes drawn from it (the Gumbel-max trick)."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, k))
    return logits, (logits + rng.gumbel(size=(n, k))).argmax(1)


def labels(n, k, seed=0):
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(n, k))
    return logits, (rng.random((n, k)) < sigmoid(logits)).astype(int)


@pytest.mark.parametrize("make", [classes, labels])
@pytest.mark.parametrize("known", [0.5, 1.0, 2.5, 6.0])
def test_a_known_temperature_is_recovered(make, known):
    logits, truth = make(6000, 4)
    assert temperature(known * logits, truth) == pytest.approx(known, rel=0.06)


def test_the_likelihood_is_at_its_best():
    logits, truth = classes(4000, 5)
    found = temperature(3 * logits, truth)
    at = [log_loss(truth, softmax(3 * logits / t)) for t in (0.97 * found, found, 1.03 * found)]
    assert at[1] == min(at)


@pytest.mark.parametrize("n", [1, 2, 5, 20, 100])
@pytest.mark.parametrize("seed", range(5))
def test_never_worse_than_no_temperature(n, seed):
    logits, truth = classes(n, 3, seed)
    for scale in (0.3, 1.0, 4.0):
        z = scale * logits
        loss = [-np.log(softmax(z / t)[np.arange(n), truth]).mean() for t in (temperature(z, truth), 1.0)]
        assert loss[0] <= loss[1] + 1e-12


def test_few_rows_that_are_all_right_do_not_make_certainty():
    logits = np.full((10, 2), [2.0, 0.0])
    assert 0.6 < temperature(logits, np.zeros(10, int)) < 1.0
    assert 0.6 < temperature(logits, np.tile([1, 0], (10, 1))) < 1.0


def test_few_rows_move_it_less_than_many():
    logits, truth = classes(2000, 3)
    few, many = temperature(4 * logits[:10], truth[:10]), temperature(4 * logits, truth)
    assert 1.0 < few < many


def test_no_rows_leave_it_at_one():
    assert temperature(np.empty((0, 3)), np.empty(0, int)) == 1.0


def test_large_logits_do_not_overflow():
    logits, truth = classes(500, 3)
    assert temperature(1000 * logits, truth) == pytest.approx(20.0, rel=1e-3)
    on = (logits > 0).astype(int)
    assert math.isfinite(temperature(1000 * logits, on))


@pytest.mark.parametrize(
    ("logits", "truth", "message"),
    [
        (np.zeros(3), np.zeros(3), "do not fit"),
        (np.zeros((3, 2)), np.zeros(2), "do not fit"),
        (np.array([[0.0, np.nan]]), np.zeros(1), "not finite"),
        (np.zeros((1, 2)), np.array([2]), "0 to 1"),
        (np.zeros((1, 3)), np.array([[0, 2, 1]]), "0 to 1"),
        (np.zeros((1, 3)), np.array([0.5]), "0 to 2"),
    ],
)
def test_bad_arrays_are_refused(logits, truth, message):
    with pytest.raises(DataError, match=message):
        temperature(logits, truth)


def error(probability, happened):
    return calibration_error(probability, happened)(np.ones((len(probability), 1)))[0, 0]


def test_calibration_error_by_hand():
    rng = np.random.default_rng(0)
    p = rng.permutation(np.linspace(0.1, 0.9, 1500))
    y = rng.random(1500) < p**2
    order = np.argsort(p)
    bins = order.reshape(15, 100)  # equal mass
    expected = np.mean([abs(p[b].mean() - y[b].mean()) for b in bins])
    assert error(p, y) == pytest.approx(expected, abs=2e-3)  # the quantiles may put an edge row one bin off


def test_calibration_error_of_ties_does_not_hang_on_their_order():
    p = np.array([0.6] * 40 + [0.9] * 60)
    y = np.array([True] * 20 + [False] * 20 + [True] * 60)
    shuffled = np.random.default_rng(1).permutation(100)
    assert error(p, y) == pytest.approx(0.4 * 0.1 + 0.6 * 0.1, abs=1e-12)
    assert error(p[shuffled], y[shuffled]) == pytest.approx(error(p, y), abs=1e-12)


def test_calibration_error_of_several_labels_is_that_of_all_pairs():
    rng = np.random.default_rng(2)
    p = rng.random((300, 4))
    y = rng.random((300, 4)) < p**2
    assert error(p, y) == pytest.approx(error(p.ravel(), y.ravel()), abs=1e-12)


@pytest.mark.parametrize("tilt", [0.0, 0.05, 0.2])
def test_the_interval_covers_the_true_calibration_error(tilt):
    # All are surer than they should be by ``tilt``, so that is the error in every bin.
    rng, n, hits = np.random.default_rng(3), 300, 0
    for trial in range(200):
        p = 0.3 + 0.7 * rng.random(n)
        found = calibration_error(p, rng.random(n) < p - tilt)
        drawn = replicates(found, n, resamples=200, seed=trial)
        low, high = calibration_interval(found(np.ones((n, 1)))[0, 0], drawn[0], drawn[1], n)
        hits += low <= tilt <= high
    assert hits / 200 >= 0.92
