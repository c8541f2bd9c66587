"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.dbm.DBM`: the deep Boltzmann machine
- :class:`~deepen.pretraining.rbm.RBM`: the restricted Boltzmann machine
"""

from deepen.pretraining.dbm import DBM
from deepen.pretraining.rbm import RBM

__all__ = ["DBM", "RBM"]
