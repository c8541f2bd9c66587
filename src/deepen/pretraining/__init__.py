"""Learning from data without labels: machines that model what they see, layer by layer, and their features.

- :class:`~deepen.pretraining.machines.rbm.RBM`: the restricted Boltzmann machine
- :class:`~deepen.pretraining.machines.dbn.DBN`: the deep belief net
- :class:`~deepen.pretraining.machines.dbm.DBM`: the deep Boltzmann machine
- :class:`~deepen.pretraining.machines.autoencoder.DeepAutoencoder`: codes from which rows can be restored
- :class:`~deepen.pretraining.machines.logistic_pca.LogisticPCA`: the shallow one of them, for what lies between 0 and 1
- :class:`~deepen.pretraining.machines.kmeans.KMeansFeatures`: pictures as their patches' nearness to centroids
- :class:`~deepen.pretraining.machines.local.LocalAutoencoder`: local receptive fields, pooled: features without labels
"""

from deepen.pretraining.machines.autoencoder import DeepAutoencoder
from deepen.pretraining.machines.dbm import DBM
from deepen.pretraining.machines.dbn import DBN
from deepen.pretraining.machines.kmeans import KMeansFeatures
from deepen.pretraining.machines.local import LocalAutoencoder
from deepen.pretraining.machines.logistic_pca import LogisticPCA
from deepen.pretraining.machines.rbm import RBM

__all__ = ["DBM", "DBN", "RBM", "DeepAutoencoder", "KMeansFeatures", "LocalAutoencoder", "LogisticPCA"]
