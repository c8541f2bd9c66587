"""Learning from the games of experts: a policy that plays what they played.

- :mod:`~deepen.experts.run`: the order of the stages
- :mod:`~deepen.experts.record_files`, :mod:`~deepen.experts.record_cache`, :mod:`~deepen.experts.records`: game records
  as arrays, divided by game
- :mod:`~deepen.experts.replay`, :mod:`~deepen.experts.packed`: their positions, a bit or two for each place
- :mod:`~deepen.experts.gathering`: records and replays as far as the clock allows
- :mod:`~deepen.experts.plan`: the net that fits the clock; :mod:`~deepen.experts.learning`: batches and loss;
  :mod:`~deepen.experts.fitting`: the training; :mod:`~deepen.experts.scoring`: how often it would play the same
"""
