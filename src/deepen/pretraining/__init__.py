"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.rbm.RBM`: the restricted Boltzmann machine
- :class:`~deepen.pretraining.kmeans.KMeansFeatures`: pictures as their patches' nearness to centroids
- :class:`~deepen.pretraining.local.LocalAutoencoder`: local receptive fields, pooled: features without labels
"""

from deepen.pretraining.kmeans import KMeansFeatures
from deepen.pretraining.local import LocalAutoencoder
from deepen.pretraining.rbm import RBM

__all__ = ["RBM", "KMeansFeatures", "LocalAutoencoder"]
