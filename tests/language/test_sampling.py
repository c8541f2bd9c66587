"""Drawing: the right mass is kept, and the temperature does what it says."""

import numpy as np
import pytest

from deepen.errors import SettingError
from deepen.language.sampling import check, choose, nucleus, tempered

P = np.array([0.05, 0.4, 0.1, 0.25, 0.2])


@pytest.mark.parametrize("top_p", [0.01, 0.4, 0.41, 0.65, 0.84, 0.85, 0.951, 1.0])
def test_the_nucleus_is_the_fewest_likeliest_ids_with_that_mass(top_p):
    found = nucleus(P, top_p)
    kept = found > 0
    assert found.sum() == pytest.approx(1)
    assert P[kept].sum() >= top_p - 1e-9
    assert P[kept].sum() - P[kept].min() < top_p
    assert P[kept].min() >= P[~kept].max(initial=0)
    assert np.allclose(found[kept], P[kept] / P[kept].sum())


def test_temperature_goes_from_the_likeliest_over_the_given_to_the_uniform():
    assert tempered(P, 0).tolist() == [0, 1, 0, 0, 0]
    assert np.allclose(tempered(P, 1), P)
    assert np.allclose(tempered(P, 1e6), 0.2, atol=1e-4)
    assert tempered(P, 0.01)[1] > 0.999
    assert tempered(np.array([0.0, 1.0]), 0.5).tolist() == [0, 1]


def test_drawn_shares_are_those_of_the_tempered_nucleus():
    rng = np.random.default_rng(0)
    drawn = np.bincount([choose(P, 0.7, 0.9, rng) for _ in range(20_000)], minlength=5) / 20_000
    assert np.allclose(drawn, nucleus(tempered(P, 0.7), 0.9), atol=0.015)
    assert {choose(P, 0, 1, rng) for _ in range(50)} == {1}


@pytest.mark.parametrize(
    ("given", "name"), [((0, 1, 1), "--length"), ((1, -1, 1), "--temperature"), ((1, 1, 0), "--top-p")]
)
def test_what_cannot_be_is_refused(given, name):
    with pytest.raises(SettingError, match=f"{name}: out of range"):
        check(*given)
