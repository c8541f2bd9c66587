"""Evidence as people see it.

- :mod:`~deepen.reporting.page`: the report, one HTML file; :mod:`~deepen.reporting.material`: what it is made of
- :mod:`~deepen.reporting.sections`: its sections, a file each; :mod:`~deepen.reporting.blocks`: what they are made of
- :mod:`~deepen.reporting.charts`: charts as SVG, drawn from numbers
- :mod:`~deepen.reporting.advice`, :mod:`~deepen.reporting.glossary`: what the numbers say, in plain words
- :mod:`~deepen.reporting.thumbnails`: small copies of pictures
- :mod:`~deepen.reporting.mistakes`, :mod:`~deepen.reporting.forecasts`: pictures as files of their own
"""
