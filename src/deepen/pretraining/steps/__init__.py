"""What a machine learns by: gradients, and the trainings that follow them.

===============  ====================================================================
``divergence``   contrastive divergence of a restricted Boltzmann machine, plain and persistent
``tempering``    chains at several temperatures, for the same
``joint``        all layers of a deep Boltzmann machine together
``up_down``      both directions of a deep belief net
``restoring``    an autoencoder's error, with noise and sparsity
``fitting``      how every machine is trained: on the one loop, a part of the budget each
``greedy``       a stack, one machine after the other; ``unrolling``: as an autoencoder's beginning
``runaway``      weights beyond all bounds
===============  ====================================================================
"""
