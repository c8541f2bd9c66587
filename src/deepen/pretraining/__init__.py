"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.dbm.DBM`: the deep Boltzmann machine
- :class:`~deepen.pretraining.dbn.DBN`: the deep belief net
- :class:`~deepen.pretraining.rbm.RBM`: the restricted Boltzmann machine
"""

from deepen.pretraining.dbm import DBM
from deepen.pretraining.dbn import DBN
from deepen.pretraining.rbm import RBM

__all__ = ["DBM", "DBN", "RBM"]
