from __future__ import annotations

import numpy as np
import pytest

from deepen.errors import DataError, SettingError
from deepen.experts.records import ExpertGames, divided


def test_no_game_is_in_two_parts() -> None:
    n = 40
    games = ExpertGames(
        size=2, names=("g",) * n, setup=np.zeros((n, 4), np.int8), starts=np.arange(n + 1),
        moves=np.zeros(n, np.int16), colours=np.ones(n, np.int8), winner=np.zeros(n, np.int8),
    )  # fmt: skip
    parts = divided(games, valid_share=0.1, test_share=0.2, seed=1)
    assert [len(part) for part in parts] == [28, 4, 8]
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert all(
        np.array_equal(a, b)
        for a, b in zip(parts, divided(games, valid_share=0.1, test_share=0.2, seed=1), strict=True)
    )
    assert not np.array_equal(parts[2], divided(games, valid_share=0.1, test_share=0.2, seed=2)[2])
    with pytest.raises(SettingError, match="test_share: out of range"):
        divided(games, test_share=0)
    with pytest.raises(DataError, match="too few games"):
        divided(games.chosen([0, 1]))
