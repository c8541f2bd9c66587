"""Mean and deviation by blocks equal those of the whole."""

import numpy as np
import pytest

from deepen.data.moments import Moments


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_blocks_give_what_the_whole_gives(offset):
    rng = np.random.default_rng(0)
    x = rng.normal(offset, [1.0, 3.0], size=(1000, 2))
    x[rng.random(x.shape) < 0.2] = np.nan
    x[:100, 1] = np.nan  # a block without a value of one channel
    moments = Moments(2)
    for part in np.split(x, 10):
        moments.add(part)
    mean, std = moments.mean_and_std()
    np.testing.assert_allclose(mean, np.nanmean(x, axis=0), rtol=1e-12)
    np.testing.assert_allclose(std, np.nanstd(x, axis=0), rtol=1e-6)
    np.testing.assert_array_equal(moments.missing, np.isnan(x).sum(axis=0))


def test_a_constant_channel_is_divided_by_its_size_or_one():
    moments = Moments(3)
    moments.add(np.array([[0.0, 0.1, -50.0]] * 7))
    np.testing.assert_allclose(moments.mean_and_std()[1], [1.0, 1.0, 50.0])
    assert Moments(1).mean_and_std()[1].tolist() == [1.0]
