from __future__ import annotations

import math

import pytest
import torch

from deepen.errors import DataError, SettingError
from deepen.nets.units import Joined, Units, check_values, coins


@pytest.mark.parametrize(
    "units", [Units("binary", 3), Units("softmax", 4), Joined((Units("binary", 2), Units("softmax", 3)))]
)
def test_partition_and_mean_are_those_of_all_states_summed(units):
    torch.manual_seed(0)
    x = torch.randn(units.n, dtype=torch.float64)
    states = units.states().double()
    powers = states @ x + units.log_base(states)
    torch.testing.assert_close(units.log_partition(x), powers.logsumexp(0))
    torch.testing.assert_close(units.mean(x), powers.softmax(0) @ states)


def test_the_gaussian_partition_is_the_integral():
    x, s = (
        torch.tensor([0.7], dtype=torch.float64),
        torch.linspace(-12, 12, 200_001, dtype=torch.float64)[:, None],
    )
    whole = torch.trapezoid((Units("gaussian", 1).log_base(s) + (s * x)[:, 0]).exp(), s[:, 0])
    torch.testing.assert_close(Units("gaussian", 1).log_partition(x), whole.log())


@pytest.mark.parametrize("kind", ["binary", "softmax", "gaussian"])
def test_the_mean_is_the_derivative_of_the_log_partition(kind):
    x = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    (slope,) = torch.autograd.grad(Units(kind, 5).log_partition(x), x)
    torch.testing.assert_close(slope, Units(kind, 5).mean(x.detach()))


@pytest.mark.parametrize("units", [Units("binary", 4), Units("softmax", 4), Units("gaussian", 4),
                                   Joined((Units("binary", 2), Units("softmax", 2)))])  # fmt: skip
def test_samples_have_the_mean(units):
    torch.manual_seed(2)
    x = torch.tensor([0.0, 1.0, -2.0, 0.5]).expand(40_000, -1)
    for mean in (None, units.mean(x)):
        assert (units.sample(x, mean).mean(dim=0) - units.mean(x[0])).abs().max() < 0.02


def test_coins_fall_as_their_probability_says_however_small_it_is():
    torch.manual_seed(4)
    p = torch.tensor([0.0, 2**-20, 2**-17, 0.3, 1.0])[:, None].expand(5, 1000)
    on = sum(coins(p).double().sum(dim=1) for _ in range(2000))  # of two million tosses each
    assert (on[0], on[4]) == (0, 2_000_000)
    # Of the two small ones 1.9 and 15 are on the average on; those of one call share what is behind their 16 bits.
    assert 0 < on[1] + on[2] < 50
    assert abs(on[3].item() / 2e6 - 0.3) < 0.002  # six standard deviations


def test_coins_of_one_call_are_as_good_as_independent_and_keep_shape_and_type():
    torch.manual_seed(5)
    found = coins(torch.full((20_000, 7), 0.5))
    assert (torch.corrcoef(found.t()) - torch.eye(7)).abs().max() < 0.04  # five standard deviations
    for kind in (torch.float64, torch.bfloat16):
        found = coins(torch.ones(3, 5, dtype=kind))
        assert found.dtype == kind
        assert found.eq(1).all()
    assert coins(torch.empty(0, 3)).shape == (0, 3)


def test_rectified_units_are_nearly_the_sum_of_many_binary_ones_with_ever_lower_biases():
    torch.manual_seed(3)
    x = torch.tensor(
        [3.0, 5.0, 9.0]
    )  # further down the noise that stands for the copies' is no longer theirs
    p = torch.sigmoid(x[:, None] - torch.arange(1, 60) + 0.5)  # Nair and Hinton 2010, section 2
    found = Units("rectified", 3).sample(x.expand(40_000, -1))
    assert (found.mean(dim=0) - p.sum(dim=1)).abs().max() < 0.06
    assert (found.var(dim=0) - (p * (1 - p)).sum(dim=1)).abs().max() < 0.1


def test_rectified_units_have_no_free_energy():
    with pytest.raises(SettingError, match="no free energy"):
        Units("rectified", 2).log_partition(torch.zeros(2))


@pytest.mark.parametrize("kind", ["binary", "softmax", "gaussian", "rectified"])
def test_the_input_for_a_mean_gives_that_mean(kind):
    mean = torch.tensor([0.2, 0.5, 0.3])
    torch.testing.assert_close(Units(kind, 3).mean(Units(kind, 3).input_for(mean)), mean)


def test_joined_states_are_all_pairs():
    states = Joined((Units("binary", 2), Units("softmax", 3))).states()
    assert len(torch.unique(states, dim=0)) == len(states) == 12
    assert (states[:, 2:].sum(dim=1) == 1).all()


def test_states_of_too_many_or_of_numbers_are_refused():
    for units in (Units("binary", 26), Units("gaussian", 1)):
        with pytest.raises(SettingError, match="cannot be enumerated"):
            units.states()


def test_an_unknown_kind_and_no_units_are_refused():
    with pytest.raises(SettingError, match="Did you mean 'binary'"):
        Units("binry", 3)
    with pytest.raises(SettingError, match="units"):
        Units("binary", 0)


@pytest.mark.parametrize(
    ("kind", "bad", "words"),
    [
        ("binary", 1.5, "0 to 1"),
        ("binary", -0.1, "Divide"),
        ("gaussian", math.nan, "Impute"),
        ("rectified", -1.0, "0 or more"),
        ("binary", math.inf, "Impute"),
    ],
)
def test_values_that_units_cannot_have_are_named_with_their_place(kind, bad, words):
    values = torch.zeros(3, 4)
    values[2, 1] = bad
    with pytest.raises(DataError, match="X, row 2, column 1") as caught:
        check_values(Units(kind, 4), values, where="X")
    assert words in str(caught.value)
    check_values(Units(kind, 4), torch.zeros(3, 4), where="X")
