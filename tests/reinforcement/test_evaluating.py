from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from deepen.environments.base import Environment, Moved
from deepen.errors import DataError, SettingError
from deepen.reinforcement.evaluating import Evaluation, at_random, play_episodes, score
from deepen.shapes import Vector


class Lengths(Environment):
    """Copy b's k-th episode lasts as long as is written, and gives its length a tenth at a time."""

    name, shape, dtype, actions, device = "lengths", Vector(1), torch.float32, 2, torch.device("cpu")

    def __init__(self, lengths: list[list[int]], cut: bool = False) -> None:
        self.copies, self.lengths, self.by_cut = len(lengths), lengths, cut

    def begin(self, seed: int) -> Tensor:
        self.seed = seed
        self.at, self.episode = [0] * self.copies, [0] * self.copies
        return torch.zeros(self.copies, 1)

    def step(self, actions: Tensor) -> Moved:
        done = torch.zeros(self.copies, dtype=torch.bool)
        for b in range(self.copies):
            self.at[b] += 1
            of_b = self.lengths[b]
            if self.at[b] == of_b[self.episode[b] % len(of_b)]:
                done[b], self.at[b] = True, 0
                self.episode[b] += 1
        seen, no = torch.zeros(self.copies, 1), torch.zeros_like(done)
        return Moved(seen, actions * 0.1, no if self.by_cut else done, done if self.by_cut else no, seen)

    def picture(self) -> None:
        return None


def ones(seen: Tensor) -> Tensor:
    return torch.ones(len(seen), dtype=torch.int64)


@pytest.mark.parametrize("cut", [False, True])
def test_each_copy_plays_its_share_however_long_it_lasts(cut: bool) -> None:
    environment = Lengths([[3, 50], [100, 7], [2]], cut)
    returns, lengths = play_episodes(environment, ones, 5, seed=4)
    assert lengths.tolist() == [3, 100, 2, 50, 7]  # round by round; the third copy's share is one
    np.testing.assert_allclose(returns, 0.1 * lengths)
    assert returns.dtype == np.float64 and lengths.dtype == np.int64 and environment.seed == 4


def test_short_episodes_are_not_too_many() -> None:
    rng = np.random.default_rng(0)
    environment = Lengths(rng.choice([1, 100], (10, 40)).tolist())
    lengths = play_episodes(environment, ones, 400, seed=0).lengths
    assert (
        abs(lengths.mean() - 50.5) < 10
    )  # two standard errors; the first 400 to end would have a mean of about 2


@pytest.mark.parametrize("episodes", [1, 2, 3, 4, 9])
def test_exactly_as_many_as_were_asked_for(episodes: int) -> None:
    returns, lengths = play_episodes(Lengths([[4], [5], [6]]), ones, episodes, seed=0)
    assert lengths.tolist() == [4 + k % 3 for k in range(episodes)]
    with pytest.raises(SettingError, match="episodes"):
        play_episodes(Lengths([[4]]), ones, 0, seed=0)


def test_who_is_stopped_counts_whole_rounds_only() -> None:
    looks = iter([False, False, True])
    environment = Lengths([[5], [20], [1]])  # stopped after 48 steps: 9, 2 and 48 episodes
    lengths = play_episodes(environment, ones, 30, seed=0, stop=lambda: next(looks)).lengths
    assert lengths.tolist() == [5, 20, 1] * 2
    none = play_episodes(Lengths([[5], [20]]), ones, 30, seed=0, stop=lambda: True)
    assert none.returns.shape == none.lengths.shape == (0,)
    # A share that is done does not hold up the others.
    whole = play_episodes(Lengths([[9], [16], [1]]), ones, 7, seed=0).lengths
    assert whole.tolist() == [9, 16, 1] * 2 + [9]


def test_nothing_is_learned_meanwhile() -> None:
    def act(seen: Tensor) -> Tensor:
        assert not torch.is_grad_enabled()
        return ones(seen)

    play_episodes(Lengths([[4]]), act, 1, seed=0)
    assert torch.is_grad_enabled()


def test_random_play_is_even_and_repeats() -> None:
    environment = Lengths([[1]])
    environment.actions = 4
    seen = torch.zeros(8000, 1)
    drawn = at_random(environment, 3)(seen)
    assert torch.equal(drawn, at_random(environment, 3)(seen))
    assert not torch.equal(drawn, at_random(environment, 4)(seen))
    counts = torch.bincount(drawn, minlength=4)
    assert len(counts) == 4 and ((counts - 2000).abs() < 200).all()


def test_a_score_is_the_mean_the_median_and_the_best() -> None:
    rng = np.random.default_rng(0)
    returns = rng.exponential(100.0, 200)
    found = score(returns, part="valid")
    assert found.part == "valid" and found.headline.name == "return" and found.headline.n == 200
    assert found.headline.value == returns.mean() and found["median_return"].value == np.median(returns)
    assert found["best_return"].value == returns.max() == found["best_return"].high
    half = 1.96 * returns.std(ddof=1) / np.sqrt(200)
    assert found.headline.high - found.headline.low == pytest.approx(2 * half, rel=0.1)
    assert found["median_return"].low < np.median(returns) < found["median_return"].high
    assert all(m.better == "higher" for m in found.measures.values())


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_the_median_of_a_resample(n: int) -> None:
    from deepen.reinforcement.evaluating import _median

    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=50).T.astype(float)  # (n, r)
    expected = [np.median(np.repeat(x, w.astype(int))) for w in weights.T]
    np.testing.assert_allclose(_median(weights, x), expected)


def test_few_returns_and_none() -> None:
    assert score([3.0]).headline.low == 3.0 and not score([3.0]).headline.has_interval
    assert score([5.0, 5.0, 5.0]).headline.high == 5.0
    with pytest.raises(DataError, match="no episode was played to its end"):
        score([])


class Biased(nn.Module):
    """Values by which action 1 is the best."""

    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor([0.0, 1.0]))

    def forward(self, seen: Tensor) -> Tensor:
        return self.values.expand(len(seen), 2)


def test_a_look_plays_greedily_and_gives_what_to_choose_by() -> None:
    found = Evaluation(Lengths([[20], [40]]), 2)(Biased())
    assert found == pytest.approx({"return": 3.0, "minus_return": -3.0})
    half = Evaluation(Lengths([[20], [40]]), 40, epsilon=0.5)(Biased())
    assert half["return"] == pytest.approx(3.0 * 0.75, abs=0.15)


def test_a_look_that_runs_out_of_time_is_never_the_best() -> None:
    assert Evaluation(Lengths([[10_000]]), 2, seconds=0.0)(Biased()) == {"minus_return": float("inf")}


def test_on_a_real_environment() -> None:
    pytest.importorskip("gymnasium")
    from deepen.environments import make

    environment = make("CartPole-v1", 4)
    both: list[Any] = [play_episodes(environment, at_random(environment, 0), 60, seed=0) for _ in range(2)]
    assert both[0].returns.tolist() == both[1].returns.tolist() == both[0].lengths.tolist()
    assert 18 < both[0].returns.mean() < 28  # random play balances for 22 steps
