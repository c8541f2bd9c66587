"""Forecasting: from a table with a column of dates to quantiles of what is to come, with the evidence beside it.

- :mod:`~deepen.forecasting.run`: the order of the stages
- :mod:`~deepen.forecasting.columns`: which column is what
- :mod:`~deepen.forecasting.series`: a table's rows as series, on a :mod:`~deepen.forecasting.grid` of time
- :mod:`~deepen.forecasting.parts`: training, validation and test part by time
- :mod:`~deepen.forecasting.scaling`: gaps filled, logarithms, mean and deviation
- :mod:`~deepen.forecasting.inputs`: the other columns and the calendar as numbers
- :mod:`~deepen.forecasting.windows`: batches that are cut out of resident tensors
- :mod:`~deepen.forecasting.simple`: naive, seasonal naive, drift, exponential smoothing, autoregression
- :mod:`~deepen.forecasting.choice`: the candidates
- :mod:`~deepen.forecasting.learn`: candidates tried inside the clock, the best one trained to the end
- :mod:`~deepen.forecasting.scoring`: the measures, and the verdict in plain words
- :mod:`~deepen.forecasting.model`: what comes of it: predict, evaluate, save, load; :mod:`~deepen.forecasting.card`
"""
