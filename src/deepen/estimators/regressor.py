"""A number, as scikit-learn's regressors learn it.

Legend: N rows.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin

from deepen.estimators.base import Deep
from deepen.estimators.inputs import table_of
from deepen.estimators.targets import as_numbers, check_given

__all__ = ["DeepRegressor"]


class DeepRegressor(RegressorMixin, Deep):  # type: ignore[misc]
    """A deep net that learns a number.

    Parameters
    ----------
    minutes, epochs, steps, size, reader, image_size, batch, rate, mirror, kinds, from_, freeze, level_rate,
    valid_share, random_state, device
        See :class:`~deepen.estimators.base.Deep`.

    Attributes
    ----------
    model_, n_features_in_, feature_names_in_
        See :class:`~deepen.estimators.base.Deep`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> DeepRegressor(epochs=10).fit(X, y).score(X, y) > 0.4
    True
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on all rows.

        Parameters
        ----------
        X
            A data frame, a matrix, pictures, series or texts, see :func:`~deepen.estimators.inputs.table_of`.
        y
            Numbers (N,).

        Raises
        ------
        ValueError
            If there is nothing to learn; :class:`DataError` and :class:`SettingError` are of it.
        """
        check_given(self, y)
        table = table_of(self, X, reset=True)
        self._train(table, as_numbers(table, y), "number")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Give the numbers (N,), in the units of ``y``."""
        return self._raw(X)
