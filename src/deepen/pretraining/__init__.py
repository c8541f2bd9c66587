"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.rbm.RBM`: the restricted Boltzmann machine
- :class:`~deepen.pretraining.dbn.DBN`: the deep belief net
- :class:`~deepen.pretraining.dbm.DBM`: the deep Boltzmann machine
- :class:`~deepen.pretraining.autoencoder.DeepAutoencoder`: codes from which rows can be restored
- :class:`~deepen.pretraining.logistic_pca.LogisticPCA`: the shallow one of them, for what lies between 0 and 1
- :class:`~deepen.pretraining.kmeans.KMeansFeatures`: pictures as their patches' nearness to centroids
- :class:`~deepen.pretraining.local.LocalAutoencoder`: local receptive fields, pooled: features without labels
"""

from deepen.pretraining.autoencoder import DeepAutoencoder
from deepen.pretraining.dbm import DBM
from deepen.pretraining.dbn import DBN
from deepen.pretraining.kmeans import KMeansFeatures
from deepen.pretraining.local import LocalAutoencoder
from deepen.pretraining.logistic_pca import LogisticPCA
from deepen.pretraining.rbm import RBM

__all__ = ["DBM", "DBN", "RBM", "DeepAutoencoder", "KMeansFeatures", "LocalAutoencoder", "LogisticPCA"]
