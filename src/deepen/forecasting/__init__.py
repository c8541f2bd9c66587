"""Forecasting: from a table with a column of dates to quantiles of what is to come, with the evidence beside it.

- :mod:`~deepen.forecasting.run`: the order of the stages
- :mod:`~deepen.forecasting.columns`: which column is what
- :mod:`~deepen.forecasting.series`: a table's rows as series on an even grid of time
- :mod:`~deepen.forecasting.inputs`: the other columns and the calendar as numbers
- :mod:`~deepen.forecasting.windows`: parts by time, origins, batches that are cut out of resident tensors
- :mod:`~deepen.forecasting.simple`: naive, seasonal naive, drift, exponential smoothing, autoregression
- :mod:`~deepen.forecasting.learn`: candidates tried inside the clock, the best one trained to the end
- :mod:`~deepen.forecasting.model`: what comes of it: predict, evaluate, save, load
"""
