"""Evidence as pictures.

- :mod:`~deepen.reporting.mistakes`: what a net got wrong
- :mod:`~deepen.reporting.learning_curves`: error by amount of data, measured and forecast
"""
