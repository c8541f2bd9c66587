"""Rules of board games, batched as tensors: thousands of games step at once.

- :mod:`~deepen.games.boards`: positions, many at once
- :mod:`~deepen.games.rules`: what every game is
"""

from deepen.games.boards import Boards
from deepen.games.rules import Rules

__all__ = ["Boards", "Rules"]
