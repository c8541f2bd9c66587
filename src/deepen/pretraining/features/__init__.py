"""From raw data to features: what :func:`deepen.pretrain` does and gives.

===========  ========================================================================
``run``      one run: its stages, in their order
``model``    what comes of it: a machine, and what it takes to read raw data
``methods``  the machines by name; ``patches``: k-means among them
``card``     the folder's README
``look``     what it has learned: filters, chains, dreams, reconstructions
``seen``     the record of that; ``sheets``: its folder
===========  ========================================================================
"""
