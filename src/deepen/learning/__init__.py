"""Training: one loop for every algorithm, kept inside a clock, that never loses work.

- :mod:`~deepen.learning.loop`: ``fit(net, batches, step, budget)``; its parts are :mod:`~deepen.learning.stepping`,
  :mod:`~deepen.learning.looking` and :mod:`~deepen.learning.resuming`
- :mod:`~deepen.learning.budget`: minutes, epochs or steps, and the clock
- :mod:`~deepen.learning.schedules`, :mod:`~deepen.learning.optimisers`, :mod:`~deepen.learning.averages`
- :mod:`~deepen.learning.losses`, :mod:`~deepen.learning.supervised`: the step of supervised learning
- :mod:`~deepen.learning.plan`: the size, batch and precision that fit the clock, by measurement
- :mod:`~deepen.learning.guard`: what to do when a loss is NaN, diverges, or memory runs out
- :mod:`~deepen.learning.checkpoints`, :mod:`~deepen.learning.watch`
"""
