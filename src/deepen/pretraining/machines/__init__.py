"""The machines as scikit-learn transformers, and what they share.

================  ===================================================================
``rbm``           the restricted Boltzmann machine
``dbn``           the deep belief net
``dbm``           the deep Boltzmann machine
``autoencoder``   the deep autoencoder; ``logistic_pca``: the shallow one
``kmeans``        patches of pictures, by their nearness to centroids
``local``         local receptive fields, pooled
``base``          reading ``X``, the run of one ``fit``; ``keeping``: the folder
``labelled``      what machines with label units can do beside
``pictures``      what those share that read pictures
================  ===================================================================
"""
