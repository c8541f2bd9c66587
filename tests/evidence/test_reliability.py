"""The bins of the reliability diagram, against the expected calibration error and by hand."""

import itertools

import numpy as np
import pytest

from deepen.evidence.measures import score
from deepen.evidence.reliability import reliability


def drawn(n, sharper=1.0, seed=0, k=3):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, k))
    truth = (logits + rng.gumbel(size=(n, k))).argmax(1)
    powers = np.exp(sharper * logits)
    return truth, powers / powers.sum(1, keepdims=True)


def test_the_gaps_make_the_expected_calibration_error():
    truth, p = drawn(900, sharper=2.0)
    error = score("many classes", truth, p).measures["calibration_error"]
    found = reliability(truth, p, error)
    gaps = sum(b.n * abs(b.said - b.happened) for b in found.bins) / 900
    assert gaps == pytest.approx(error.value, abs=1e-12)
    assert found.error == error


def test_the_same_holds_for_several_labels():
    rng = np.random.default_rng(1)
    p = rng.random((500, 4))
    truth = (rng.random((500, 4)) < p**2).astype(int)
    error = score("several labels", truth, p).measures["calibration_error"].value
    bins = reliability(truth, p).bins
    assert sum(b.n for b in bins) == 2000
    assert sum(b.n * abs(b.said - b.happened) for b in bins) / 2000 == pytest.approx(error, abs=1e-12)


@pytest.mark.parametrize("n", [1, 19, 55, 130, 1000])
def test_bins_hold_enough_and_lie_in_order(n):
    bins = reliability(*drawn(n)).bins
    assert sum(b.n for b in bins) == n
    assert len(bins) == min(15, max(1, n // 20))
    assert min(b.n for b in bins) >= min(n, 19)
    for b in bins:
        assert b.least <= b.said <= b.most
        assert b.low <= b.happened <= b.high
    assert all(a.most < b.least for a, b in itertools.pairwise(bins))


def test_a_calibrated_net_lies_within_its_intervals_and_an_oversure_one_does_not():
    def covered(bins):
        return np.mean([b.low <= b.said <= b.high for b in bins])

    assert covered(reliability(*drawn(6000)).bins) > 0.8
    assert covered(reliability(*drawn(6000, sharper=3.0)).bins) < 0.3
