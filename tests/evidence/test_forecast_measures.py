import numpy as np
import pytest
from scipy.stats import norm

from deepen.errors import DataError
from deepen.evidence.forecast_measures import mase_scale, pinball, score

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)


def measured(truth, middle, **more):
    truth, middle = np.asarray(truth, float), np.asarray(middle, float)
    n, H, C = truth.shape
    given = {
        "dates": np.arange(n)[:, None] + np.arange(H), "scale": np.ones((n, C)), "deviation": np.ones((n, C)), **more
    }  # fmt: skip
    return score(truth, middle[..., None].repeat(5, axis=-1), LEVELS, **given).measures


def test_the_measures_are_worked_out_by_hand():
    found = measured(
        [[[10.0], [20.0]]], [[[12.0], [16.0]]], scale=np.array([[4.0]]), deviation=np.array([[2.0]])
    )
    assert found["mase"].value == pytest.approx((2 / 4 + 4 / 4) / 2)
    assert found["smape"].value == pytest.approx(100 * (2 / 11 + 4 / 18) / 2)
    assert found["rmse"].value == pytest.approx(np.sqrt((4 + 16) / 2))
    assert found["mae"].value == pytest.approx(3)
    assert found["mse_standardised"].value == pytest.approx((1 + 4) / 2)
    # 2 too high costs 2 (1 - q), 4 too low costs 4 q; the mean level is 0.5, the unit 2.
    assert found["pinball"].value == pytest.approx((2 * 0.5 + 4 * 0.5) / 2 / 2)


def test_the_unit_of_mase_is_the_seasonal_naive_error():
    series = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 1.0], [7.0, 0.0]])
    assert mase_scale(series, 2).tolist() == [4.0, 0.5]
    assert mase_scale(series, 1)[0] == 2.0
    assert np.isnan(mase_scale(np.ones((5, 1)), 2)).all()
    assert mase_scale(np.array([[1.0], [2.0], [1.0], [2.0]]), 2).tolist() == [
        1.0
    ]  # where a season never changes


def test_seasonal_naive_itself_has_a_mase_near_one():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000)
    unit = mase_scale(y[:1000, None], 4)
    at = np.arange(1000, 1990)
    truth = y[at[:, None] + np.arange(4)][..., None]
    ahead = y[at[:, None] + np.arange(4) - 4][..., None]
    found = measured(truth, ahead, scale=np.broadcast_to(unit, (len(at), 1)))
    assert found["mase"].value == pytest.approx(1.0, abs=0.1)


def test_pinball_is_least_at_the_true_quantile():
    draws = np.random.default_rng(1).normal(size=20_000)
    at = np.linspace(0.5, 2.0, 31)
    losses = [pinball(draws, np.full((len(draws), 1), q), [0.9]).mean() for q in at]
    assert at[int(np.argmin(losses))] == pytest.approx(norm.ppf(0.9), abs=0.1)


def test_a_calibrated_interval_covers_what_it_says():
    truth = np.random.default_rng(2).normal(size=(2000, 3, 1))
    quantiles = np.broadcast_to(norm.ppf(LEVELS), (2000, 3, 1, 5))
    found = score(
        truth, quantiles, LEVELS, dates=np.arange(2000)[:, None] + np.arange(3), scale=np.ones((2000, 1)),
        deviation=np.ones((2000, 1)),
    ).measures  # fmt: skip
    for share in (80, 90):
        m = found[f"coverage_{share}"]
        assert m.value == pytest.approx(share / 100, abs=0.01)
        assert m.low < share / 100 < m.high
        assert m.high - m.low < 0.05


def test_errors_that_hang_together_widen_the_interval():
    # A level that is missed once stays missed for 50 dates: 20 independent draws, not 1000.
    rng = np.random.default_rng(3)
    together = np.repeat(rng.normal(size=20), 50)
    at = np.arange(950)[:, None] + np.arange(50)
    width = {}
    for name, errors in (("together", together), ("apart", rng.normal(size=1000))):
        m = measured(errors[at][..., None], np.zeros((950, 50, 1)))["mae"]
        width[name] = m.high - m.low
    assert width["together"] > 2.5 * width["apart"]


def test_unknown_truth_counts_nowhere():
    found = measured([[[1.0], [np.nan]], [[np.nan], [np.nan]]], np.zeros((2, 2, 1)))
    assert found["mae"].value == 1.0
    assert found["mae"].n == 1
    with pytest.raises(DataError, match="nothing to score"):
        measured(np.full((1, 2, 1), np.nan), np.zeros((1, 2, 1)))


def test_several_targets_have_no_common_unit():
    found = measured(np.ones((4, 2, 2)), np.zeros((4, 2, 2)))
    assert "rmse" not in found
    assert found["mse_standardised"].value == 1.0


def test_a_constant_series_has_no_mase():
    assert "mase" not in measured(np.ones((4, 2, 1)), np.zeros((4, 2, 1)), scale=np.full((4, 1), np.nan))


def test_one_block_has_no_interval():
    m = measured([[[1.0]]], [[[0.0]]])["mae"]
    assert (m.method, m.low, m.high) == ("none", 1.0, 1.0)
