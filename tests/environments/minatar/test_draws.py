import pytest
import torch

from deepen.environments.minatar.draws import Generated
from deepen.errors import SettingError

ALL = torch.ones(2000, dtype=torch.bool)


def test_numbers_are_uniform():
    draws = Generated(2000)
    draws.begin(0)
    u = draws.uniform(ALL, 5)
    assert u.shape == (5, 2000)
    assert float(u.min()) >= 0
    assert float(u.max()) < 1
    assert abs(float(u.mean()) - 0.5) < 0.01
    counts = draws.below(3, ALL, 5).view(-1).bincount()
    assert len(counts) == 3
    assert float((counts / 10_000 - 1 / 3).abs().max()) < 0.02


def test_a_bound_for_each_copy():
    draws = Generated(2000)
    draws.begin(1)
    n = torch.arange(2000) % 9
    drawn = draws.below(n, ALL, 20)
    assert bool((drawn < n.clamp(min=1)).all())
    assert torch.equal(drawn.amax(0)[n == 1], torch.zeros(int((n == 1).sum()), dtype=torch.int64))


@pytest.mark.parametrize("n", range(1, 12))
def test_the_largest_number_stays_below(n):
    largest = torch.tensor(1 - 2**-24)  # of float32 under 1
    assert int((largest * n).long()) == n - 1


def test_a_state_goes_on():
    draws = Generated(4)
    assert Generated(4).state_dict() == {}
    draws.begin(0)
    draws.uniform(ALL, 3)
    state = draws.state_dict()
    kept = draws.uniform(ALL, 3)
    other = Generated(4)
    other.load_state_dict(state)
    assert torch.equal(other.uniform(ALL, 3), kept)
    other.load_state_dict({})
    with pytest.raises(SettingError, match="begin"):
        other.uniform(ALL, 1)
