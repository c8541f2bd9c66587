"""What each level of a trained net has learned.

- :mod:`~deepen.seeing.preferred`: the inputs that excite each unit most
- :mod:`~deepen.seeing.filters`: the first layer's filters
- :mod:`~deepen.seeing.synthesis`: inputs made for a unit by gradient ascent; :mod:`~deepen.seeing.made`: for a player's
- :mod:`~deepen.seeing.attribution`: integrated gradients and occlusion
- :mod:`~deepen.seeing.probes`: a linear probe on every level
- :mod:`~deepen.seeing.similarity`: CKA between levels
- :mod:`~deepen.seeing.map`: the last level on a plane

The levels themselves are found by :mod:`deepen.nets.levels`. All of these take modules and arrays, and can be used
alone; :mod:`~deepen.seeing.run` is the verb :func:`deepen.see`.
"""
