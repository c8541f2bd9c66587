"""How likely a machine finds what it sees: log Z, exactly and by annealing, and bounds.

==================  =================================================================
``partition``       log Z of a restricted Boltzmann machine, summed exactly
``annealing``       the same by annealed importance sampling, with what its runs are worth
``deep_partition``  both, of a deep Boltzmann machine
``bound``           a deep belief net's variational bound
``of_labels``       free energies where some visible units are labels
==================  =================================================================
"""
