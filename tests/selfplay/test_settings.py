"""Settings by game, and what is refused."""

from __future__ import annotations

import pytest

from deepen.errors import SettingError
from deepen.games.registry import game
from deepen.selfplay.settings import AlphaZero


@pytest.mark.parametrize(
    "name", ["tictactoe", "connect4", "gomoku:9", "gomoku", "go:5", "go:7", "go:9", "go:19"]
)
def test_every_game_has_settings_and_a_net(name: str) -> None:
    rules = game(name)
    settings = AlphaZero.of(rules)
    assert AlphaZero.from_dict(settings.to_dict()) == settings
    net = settings.net(rules)
    logits, values = net(rules.planes(rules.begin(2)))
    assert logits.shape == (2, rules.actions) and values.shape == (2,)


def test_changes() -> None:
    settings = AlphaZero.of(game("connect4"), games=3, batch=7)
    assert settings.games == 3 and settings.batch == 7 and settings.simulations == 16
    assert settings.search(5).simulations == 5 and settings.search(5).c_scale == settings.c_scale
    assert not settings.search(5).proofs  # they are for play


@pytest.mark.parametrize(
    "wrong",
    [
        {"games": 0}, {"whole": 0.0}, {"whole": 1.5}, {"reuse": 0}, {"mixed": -0.1}, {"resigning": 2},
        {"least": 100, "most": 10}, {"value": "tan"}, {"rate": float("nan")}, {"simulations": 0},
        {"simulations": 2.5}, {"games": 2.5}, {"batch": 7.5}, {"blocks": 1.5}, {"channels": 8.5}, {"exploring": 0.5},
        {"opening": 1.5}, {"opening": -1},
        {"considered": 0}, {"considered": 2.5}, {"c_scale": -1}, {"decay": -1}, {"simulations": 1e7},
    ],
)  # fmt: skip
def test_what_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingError, match=next(reversed(wrong))):
        AlphaZero(**wrong)
