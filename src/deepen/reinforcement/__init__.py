"""Learning by playing: nets that tell what their actions will bring.

- :mod:`~deepen.reinforcement.pqn`: parallelised Q-networks, on :mod:`~deepen.reinforcement.rollouts` and
  :mod:`~deepen.reinforcement.lambda_returns`
"""
