"""Learning from rewards: nets that act.

- :class:`~deepen.reinforcement.dqn.DQN`: the deep Q-network's settings; :func:`~deepen.reinforcement.dqn.learn`
  trains it
- :mod:`~deepen.reinforcement.replay`, :mod:`~deepen.reinforcement.prioritised`: replay memories
- :mod:`~deepen.reinforcement.episodes`: playing whole episodes
- :mod:`~deepen.reinforcement.evaluating`: whole episodes, counted fairly, and the score of them
- :mod:`~deepen.reinforcement.references`: what random play, people and the first deep Q-network reached
"""

from deepen.reinforcement.dqn import DQN

