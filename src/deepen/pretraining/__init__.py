"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.rbm.RBM`: the restricted Boltzmann machine
"""

from deepen.pretraining.rbm import RBM

__all__ = ["RBM"]
