"""Learning from rewards: nets that act.

- :class:`~deepen.reinforcement.dqn.DQN`: the deep Q-network's settings; :func:`~deepen.reinforcement.dqn.learn`
  trains it
- :mod:`~deepen.reinforcement.replay`, :mod:`~deepen.reinforcement.prioritised`: replay memories
- :mod:`~deepen.reinforcement.episodes`: playing whole episodes
"""

from deepen.reinforcement.dqn import DQN

__all__ = ["DQN"]
