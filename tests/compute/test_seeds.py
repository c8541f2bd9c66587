import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from deepen.compute import seeds

CPU = torch.device("cpu")


@given(st.integers(0, 2**63 - 1), st.lists(st.text() | st.integers(), max_size=3))
def test_a_seed_is_always_the_same_and_fits_a_generator(seed: int, path: list[object]) -> None:
    found = seeds.derive(seed, *path)
    assert found == seeds.derive(seed, *path)
    assert 0 <= found < 2**63
    seeds.generator(seed, *path)
    seeds.numpy_generator(seed, *path)


def test_the_seed_of_a_purpose_stays_what_it_was() -> None:
    """Else nobody could repeat the runs of an earlier version."""
    assert seeds.derive(0, "split") == 8002339936503433115


def test_paths_have_nothing_to_do_with_one_another() -> None:
    found = {seeds.derive(s, p) for s in range(100) for p in ("a", "b", 0, 1)}
    assert len(found) == 400
    draws = [torch.randn(1000, generator=seeds.generator(0, "x", n)) for n in range(2)]
    assert abs(torch.corrcoef(torch.stack(draws))[0, 1]) < 0.15


def test_generators_do_not_touch_the_global_ones() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    torch.randn(5, generator=seeds.generator(0, "a"))
    seeds.numpy_generator(0, "a").normal(size=5)
    assert torch.equal(before, torch.get_rng_state())
    a, b = seeds.numpy_generator(0, "a"), seeds.numpy_generator(0, "a")
    np.testing.assert_array_equal(a.normal(size=5), b.normal(size=5))


def test_what_begins_anew_is_the_same_each_time() -> None:
    draws = []
    for seed in (5, 6, 5):
        seeds.begin(seed, CPU)
        draws.append(torch.rand(4))
    assert torch.equal(draws[0], draws[2])
    assert not torch.equal(draws[0], draws[1])


def test_state_goes_on_where_it_was() -> None:
    torch.manual_seed(3)
    kept = seeds.state(CPU)
    first = torch.rand(4)
    torch.rand(100)
    seeds.restore(kept, CPU)
    assert torch.equal(torch.rand(4), first)
