"""From raw data to a trained model: the stages of one run, and the only place that joins the parts.

- :mod:`~deepen.training.run`: the order of the stages
- :mod:`~deepen.training.context`: what every stage needs: options, clock, watch, stop flag, processes
- :mod:`~deepen.training.gather`: read, recognise, split, encode; gives :mod:`~deepen.training.examples`
- :mod:`~deepen.training.learn`: choose what fits the clock, build, train
- :mod:`~deepen.training.beside`: shallow learners before it; :mod:`~deepen.training.plain`: what they read
- :mod:`~deepen.training.from_nothing`: a net from nothing beside one that begins with what was learned before
- :mod:`~deepen.training.finished`: the trained net as a calibrated model; :mod:`~deepen.training.judge`: its scores,
  and the net beside what was learned before it
- :mod:`~deepen.training.options`: what a user can say, checked before any work begins
"""
