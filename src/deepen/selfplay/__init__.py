"""AlphaGo's line: a net that learns a game by playing against itself, and searches where it plays.

- :mod:`~deepen.selfplay.search`: tree search in many games at once; :mod:`~deepen.selfplay.tree` its trees as tensors,
  :mod:`~deepen.selfplay.puct` and :mod:`~deepen.selfplay.gumbel` two ways to choose, and
  :mod:`~deepen.selfplay.describing` a tree in plain data
- :mod:`~deepen.selfplay.learning`: AlphaZero on the one loop; :mod:`~deepen.selfplay.settings` how,
  :mod:`~deepen.selfplay.self_play` its games, :mod:`~deepen.selfplay.window` what is kept of them, and
  :mod:`~deepen.selfplay.resigning` when one is given up
- :mod:`~deepen.selfplay.players`: who makes moves; :mod:`~deepen.selfplay.strength` and
  :mod:`~deepen.selfplay.replies` how well
- :mod:`~deepen.selfplay.evaluating`: the net as the search asks it
"""

from deepen.selfplay.describing import describe
from deepen.selfplay.evaluating import evaluator
from deepen.selfplay.learning import learn
from deepen.selfplay.search import Found, SearchSettings, search
from deepen.selfplay.settings import AlphaZero

__all__ = ["AlphaZero", "Found", "SearchSettings", "describe", "evaluator", "learn", "search"]
