"""Evidence: figures about arrays of answers and truths, each with how sure it is.

- :mod:`~deepen.evidence.measures`: accuracy, AUC, R² and their kin, with 95 % intervals
- :mod:`~deepen.evidence.intervals`: Wilson's interval and the bootstrap
- :mod:`~deepen.evidence.calibration`: whether 80 % means 80 %, and the temperature that makes it so
- :mod:`~deepen.evidence.baseline`: the majority's answer and a linear model's, within a second
"""
