"""Environments to learn in, several copies stepping at once.

- :mod:`~deepen.environments.base`: what all of them are
- :mod:`~deepen.environments.find`: from a name, a class or a function to one of them
- :mod:`~deepen.environments.gym`: what Gymnasium has registered, and whatever steps as it does
- :mod:`~deepen.environments.own`: a user's own class
- :mod:`~deepen.environments.atari`: Atari games, preprocessed as for the deep Q-network
- :mod:`~deepen.environments.spaces`: from Gymnasium's spaces to what a net reads
- :mod:`~deepen.environments.named`: what its numbers and actions are called
- :mod:`~deepen.environments.checked`: what an environment does wrong
"""

from deepen.environments.base import Environment, Moved
from deepen.environments.find import make, names

__all__ = ["Environment", "Moved", "make", "names"]
