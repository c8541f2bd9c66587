"""Evidence as pictures.

- :mod:`~deepen.reporting.mistakes`: what a net got wrong
- :mod:`~deepen.reporting.faults`: what a check of data found, as a folder
- :mod:`~deepen.reporting.contact_sheet`: small pictures side by side
"""
