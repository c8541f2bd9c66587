"""MinAtar: five small games in the manner of Atari's, as batched tensors, on the processor or a GPU.

- :mod:`~deepen.environments.minatar.catalogue`: a game by its name
- :mod:`~deepen.environments.minatar.base`: what the games share
- :mod:`~deepen.environments.minatar.breakout`, ``freeway``, ``asterix``, ``seaquest``, ``space_invaders``: the rules
- :mod:`~deepen.environments.minatar.draws`: where the chance comes from
- :mod:`~deepen.environments.minatar.drawing`: how they look
- :mod:`~deepen.environments.minatar.published`: the scores of others, and of random play
"""

from deepen.environments.minatar.base import MinAtar
from deepen.environments.minatar.catalogue import GAMES, make
from deepen.environments.minatar.published import DQN, RANDOM

__all__ = ["DQN", "GAMES", "RANDOM", "MinAtar", "make"]
