"""What scikit-learn hands over as ``X``, checked as scikit-learn checks it, as a table.

Columns go by the names that they had at ``fit``: those of the data frame, or x1, x2... for a matrix without names.

Legend: N rows, D columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from deepen.data import sources
from deepen.data.table import Table

__all__ = ["free_name", "table_of"]


def table_of(estimator: BaseEstimator, X: Any, *, reset: bool) -> Table:
    """Make a table of a data frame, a matrix (N, D), pictures (N, H, W) or (N, H, W, C), series, or texts (N,).

    Parameters
    ----------
    estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set, or compared with.
    reset
        Whether they are set, as ``fit`` does.

    Raises
    ------
    ValueError
        If it is no such thing, or not what the estimator was fitted with; :class:`DataError` is one.
    TypeError
        If it is sparse, or holds what is neither a number nor a string.
    """
    if hasattr(X, "columns") and hasattr(X, "__arrow_c_stream__"):
        return _of_frame(estimator, X, reset=reset)
    if _are_texts(X):
        X = np.asarray(X, dtype=object)[:, None]
    array = validate_data(
        estimator, X, reset=reset, dtype=None, allow_nd=True, ensure_all_finite=False,
        ensure_min_samples=2 if reset else 1,
    )  # fmt: skip
    _check_objects(array)
    table = sources.read(array)
    return _named(table, getattr(estimator, "feature_names_in_", None) if array.ndim == 2 else None)


def _of_frame(estimator: BaseEstimator, X: Any, *, reset: bool) -> Table:
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    if reset and len(X) < 2:
        raise ValueError(f"Found a data frame with {len(X)} sample(s), while a minimum of 2 is required.")
    if hasattr(X, "reset_index"):
        X = X.reset_index(drop=True)  # else pandas hands the rows' numbers over as a column
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{i + 1}" for i in range(len(X.columns))]
    return _named(sources.read(X), names)


def _named(table: Table, names: Any) -> Table:
    """Name the columns, in their order, as at ``fit``."""
    if names is None:
        return table
    columns = dict(zip(map(str, names), table.columns.values(), strict=True))
    return replace(table, columns=columns)


def _are_texts(X: Any) -> bool:
    """Whether this is one string for each row, as scikit-learn's vectorisers read them."""
    if isinstance(X, list | tuple):
        return bool(X) and all(isinstance(item, str) for item in X)
    if getattr(X, "ndim", 0) != 1:
        return False
    array = np.asarray(X)
    return array.dtype.kind in "UT" or (array.dtype.kind == "O" and _are_texts(array.tolist()))


def _check_objects(array: np.ndarray) -> None:
    """Refuse what is neither a number nor a string, with the error that NumPy would raise."""
    if array.dtype.kind == "O":
        for value in array.flat:
            if value is not None and not isinstance(value, str | bytes | np.generic):
                float(value)


def free_name(table: Table, wanted: str = "target") -> str:
    """Give a name that no column has."""
    while wanted in table.names:
        wanted += "_"
    return wanted
