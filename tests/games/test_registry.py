from __future__ import annotations

import pytest

from deepen.errors import SettingError
from deepen.games import game, names


def test_every_game_is_found_by_its_own_name() -> None:
    assert names() == tuple(sorted(names()))
    for name in (*names(), "go:5", "go:19", "go:9:6.5", "go:9:7", "gomoku:9"):
        rules = game(name)
        assert game(rules.name).name == rules.name
    assert game("go").name == "go:9"
    assert game("go:9:6.5").komi == 6.5


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("connect5", r"game: 'connect5' is not known. Did you mean 'connect4'\?"),
        ("chess", "There are: 'connect4', 'go', 'gomoku', 'tictactoe'"),
        ("", "is not known"),
        ("go:", "cannot be read; allowed: go, go:SIZE or go:SIZE:KOMI"),
        ("go:nine", "came: 'go:nine'"),
        ("go:9:6.5:1", "cannot be read"),
        ("go:9:nan", "whole or half points"),
        ("go:9:6.3", "whole or half points"),
        ("go:1", "sizes 2 to 19"),
        ("go:20", "sizes 2 to 19"),
        ("connect4:7", "allowed: connect4"),
        ("gomoku:4", "sizes 5 to 19"),
    ],
)
def test_what_is_wrong_with_a_name(name: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        game(name)
