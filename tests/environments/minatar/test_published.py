import pytest
import torch

from deepen.environments.minatar import DQN, GAMES, RANDOM, make


def test_every_game_has_its_scores():
    assert set(DQN) == set(RANDOM) == set(GAMES)
    assert all(DQN[name] > 3 * mean for name, (mean, _) in RANDOM.items())


@pytest.mark.parametrize("name", sorted(set(GAMES) - {"MinAtar/freeway"}))
def test_random_play_scores_what_is_said(name):
    game = make(name, 300)
    game.begin(7)
    chance = torch.Generator().manual_seed(7)
    open_, score = torch.ones(300, dtype=torch.bool), torch.zeros(300)
    while open_.any():
        moved = game.step(torch.randint(6, (300,), generator=chance))
        score += moved.rewards * open_
        open_ &= ~moved.done
    mean, error = RANDOM[name]
    assert abs(float(score.mean()) - mean) < 4 * (float(score.std()) / 300**0.5 + error)
