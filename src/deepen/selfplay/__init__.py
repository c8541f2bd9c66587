"""A net that learns a board game by playing against itself.

- :mod:`~deepen.selfplay.run`: the order of the stages; :mod:`~deepen.selfplay.settings`: how
- :mod:`~deepen.selfplay.learning`: AlphaZero on the one loop; :mod:`~deepen.selfplay.self_play`: its games,
  :mod:`~deepen.selfplay.window`: what is kept of them, :mod:`~deepen.selfplay.resigning`: when one is given up
- :mod:`~deepen.selfplay.players`: who makes moves; :mod:`~deepen.selfplay.strength` and
  :mod:`~deepen.selfplay.replies`: how well
"""

from deepen.selfplay.learning import learn
from deepen.selfplay.settings import AlphaZero

__all__ = ["AlphaZero", "learn"]
