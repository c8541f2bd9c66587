"""Nets as plain PyTorch modules, each usable alone. They take shapes, not data sets.

- :class:`~deepen.nets.mlp.MLP`: numbers and categories
- :class:`~deepen.nets.cnn.CNN`: images
- :class:`~deepen.nets.assemble.Assembled`: any set of inputs, one reader each
- :mod:`~deepen.nets.sizes`: one dial from tiny to huge; parameters and FLOPs known beforehand
"""

from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.cnn import CNN
from deepen.nets.mlp import MLP

__all__ = ["CNN", "MLP", "Assembled", "NetSettings"]
