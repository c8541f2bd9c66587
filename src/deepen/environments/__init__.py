"""Environments to learn in, several copies stepping at once.

- :mod:`~deepen.environments.base`: what all of them are
"""

from deepen.environments.base import Environment, Moved

__all__ = ["Environment", "Moved"]
