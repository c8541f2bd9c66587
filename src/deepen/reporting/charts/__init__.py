"""Charts as SVG, drawn from numbers: a frozen record of plain data each, which draws itself at a width.

- :mod:`~deepen.reporting.charts.canvas`: elements, text that fits, scales and ticks
- :mod:`~deepen.reporting.charts.curves`: lines, bands and points over a common x
- :mod:`~deepen.reporting.charts.whiskers`: figures with their intervals, one beneath the other
- :mod:`~deepen.reporting.charts.bars`: counts by name, and histograms
- :mod:`~deepen.reporting.charts.matrix`: counts in rows and columns
"""
