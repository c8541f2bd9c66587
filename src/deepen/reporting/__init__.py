"""Evidence as people see it.

- :mod:`~deepen.reporting.page`: the report, one HTML file; :mod:`~deepen.reporting.material`: what it is made of
- :mod:`~deepen.reporting.sections`: its sections, a file each; :mod:`~deepen.reporting.blocks`: what they are made of
- :mod:`~deepen.reporting.charts`: charts as SVG, drawn from numbers
- :mod:`~deepen.reporting.advice`, :mod:`~deepen.reporting.glossary`: what the numbers say, in plain words
- :mod:`~deepen.reporting.thumbnails`: small copies of pictures

Pictures as files of their own:

- :mod:`~deepen.reporting.mistakes`: what a net got most wrong
- :mod:`~deepen.reporting.confusion`: which classes are taken for one another
- :mod:`~deepen.reporting.reliability`: whether 80 % means 80 %
- :mod:`~deepen.reporting.subgroups`: for whom it is better or worse
- :mod:`~deepen.reporting.pictures`: all of these, as files in a folder
- :mod:`~deepen.reporting.forecasts`: the last forecasts, and what came
- :mod:`~deepen.reporting.faults`: what a check of data found, as a folder
- :mod:`~deepen.reporting.contact_sheet`: small pictures side by side
- :mod:`~deepen.reporting.learning_curves`: error by amount of data, measured and forecast
"""
