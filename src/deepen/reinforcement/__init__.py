"""Learning from rewards: nets that act.

- :class:`~deepen.reinforcement.dqn.DQN`: the deep Q-network's settings
- :class:`~deepen.reinforcement.pqn.PQN`: those of parallelised Q-networks, which need no replay memory but
  :mod:`~deepen.reinforcement.rollouts` and :mod:`~deepen.reinforcement.lambda_returns`
- :func:`~deepen.reinforcement.learning.learn` trains by either
- :mod:`~deepen.reinforcement.replay`, :mod:`~deepen.reinforcement.prioritised`: replay memories
- :mod:`~deepen.reinforcement.experience`: acting and remembering; :mod:`~deepen.reinforcement.acting`: epsilon-greedy
- :mod:`~deepen.reinforcement.precision`: the quickest way to compute a net of pixels
- :mod:`~deepen.reinforcement.evaluating`: whole episodes, counted fairly, and the score of them
- :mod:`~deepen.reinforcement.references`: what random play, people and the first deep Q-network reached
"""

from deepen.reinforcement.dqn import DQN
from deepen.reinforcement.pqn import PQN

__all__ = ["DQN", "PQN"]
