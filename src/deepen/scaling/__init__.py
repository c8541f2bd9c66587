"""Studies: how the error falls with data, size and training, and what more of each would buy.

- :mod:`~deepen.scaling.cells`: what was measured, as frozen records of plain data
- :mod:`~deepen.scaling.forms`: the forms a law can have; :mod:`~deepen.scaling.solving`: many small fits at once
- :mod:`~deepen.scaling.fitting`: one form fitted to one curve, and its bootstrap
- :mod:`~deepen.scaling.law`: the form chosen by held-out extrapolation, and what it answers
- :mod:`~deepen.scaling.surface`: error in data and size together, and in compute
- :mod:`~deepen.scaling.plan`: the grid, and what of it fits the clock; :mod:`~deepen.scaling.trial`: one cell
- :mod:`~deepen.scaling.workers`: trials in processes of their own; :mod:`~deepen.scaling.run`: the whole study
- :mod:`~deepen.scaling.study`: what it finds; :mod:`~deepen.scaling.advice`: in plain sentences;
  :mod:`~deepen.scaling.folder`: its files
"""
