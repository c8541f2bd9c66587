"""Deep reinforcement learning: from what an environment shows and gives to a player.

- :mod:`~deepen.reinforcement.evaluating`: whole episodes, counted fairly, and the score of them
- :mod:`~deepen.reinforcement.references`: what random play, people and the first deep Q-network reached
"""
