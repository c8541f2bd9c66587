"""Players that go where random ones seldom come; each sees the package's game and a generator."""

from __future__ import annotations

from typing import Any

import numpy as np


def follow(game: Any, chance: np.random.Generator) -> int:
    """Keep the paddle under the ball, now and then elsewhere."""
    if chance.random() < 0.1:
        return int(chance.integers(6))
    return 0 if game.pos == game.ball_x else 1 if game.pos > game.ball_x else 3


def cross(game: Any, chance: np.random.Generator) -> int:
    """Walk on, nearly always."""
    return 2 if chance.random() < 0.95 else int(chance.integers(6))


def dodge(game: Any, chance: np.random.Generator) -> int:
    """Keep to rows in which no enemy is near."""

    def safe(y: int) -> bool:
        other = game.entities[min(8, max(1, y)) - 1]
        return other is None or other[3] or abs(other[0] - game.player_x) > 2

    ways = [a for a, y in ((0, 0), (2, -1), (4, 1)) if safe(game.player_y + y)]
    return int(chance.choice(ways)) if ways and chance.random() < 0.95 else int(chance.integers(6))


def lurk(game: Any, chance: np.random.Generator) -> int:
    """Stay at the surface, where nobody comes, for a while; then shoot around below."""
    if game.sub_y == 0:
        return 4 if chance.random() < 0.03 else int(chance.choice([1, 3, 5]))
    return int(chance.choice([1, 3, 4, 5, 5, 5, 2], p=[0.2, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1]))


def shoot(game: Any, chance: np.random.Generator) -> int:
    """Shoot as often as one can."""
    return 5 if game.shot_timer == 0 else int(chance.choice([0, 1, 3]))
