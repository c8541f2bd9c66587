"""Evidence as pictures.

- :mod:`~deepen.reporting.mistakes`: what a net got wrong
"""
