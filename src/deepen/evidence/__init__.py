"""Evidence: figures about arrays of answers and truths, each with how sure it is.

- :mod:`~deepen.evidence.measures`: accuracy, AUC, R² and their kin, with 95 % intervals
- :mod:`~deepen.evidence.intervals`: Wilson's interval and the bootstrap
- :mod:`~deepen.evidence.calibration`: whether 80 % means 80 %, and the temperature that makes it so
- :mod:`~deepen.evidence.mistakes`, :mod:`~deepen.evidence.confusion`, :mod:`~deepen.evidence.reliability`,
  :mod:`~deepen.evidence.subgroups`: what stands behind a score
- :mod:`~deepen.evidence.baseline`: the majority's answer and a linear model's, within a second
- :mod:`~deepen.evidence.shallow`: scikit-learn's learners on plain features; :mod:`~deepen.evidence.contest`: several
  of them within a time
- :mod:`~deepen.evidence.paired`: two learners on the same rows; :mod:`~deepen.evidence.beside`: how the best shallow
  one compares with a net; :mod:`~deepen.evidence.from_nothing`: how a net from nothing does
- :mod:`~deepen.evidence.forecasts`: naive forecasts, and the season; :mod:`~deepen.evidence.smoothing` and
  :mod:`~deepen.evidence.autoregression`: two stronger ones
- :mod:`~deepen.evidence.forecast_measures`: MASE, pinball loss and their kin; :mod:`~deepen.evidence.conformal`:
  intervals that hold what they promise
- :mod:`~deepen.evidence.likelihood`: bits for each character of a text that hangs together
- :mod:`~deepen.evidence.text_measures`: token F1 and character error rate; :mod:`~deepen.evidence.text_baselines`:
  copying, and a dictionary
- :mod:`~deepen.evidence.trend`: whether figures rise beyond chance
"""
