"""Machines some of whose visible units are labels: the class whose free energy is least.

Legend: B examples, D visible units that are not labels, K classes, H hidden units.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d
from torch import Tensor, nn

from deepen.errors import DataError, SettingError

__all__ = ["Labelled", "codes", "with_labels"]


def _has_labels(estimator: Any) -> bool:
    """Whether it can tell classes; scikit-learn takes a method for missing where this raises."""
    if not estimator.labels:
        raise AttributeError("it has no label units: fit it with labels=True")
    return True


class Labelled:
    """What estimators with ``labels=True`` can do beside: tell classes, and hold one while they dream.

    A subclass gives ``_label_log_probabilities`` of rows.

    Attributes
    ----------
    classes_ : numpy.ndarray
        (K,).
    """

    classes_: np.ndarray
    net_: nn.Module

    if TYPE_CHECKING:
        labels: bool

        def _rows(self, X: Any, *, reset: bool) -> np.ndarray: ...
        def _by_blocks(self, rows: np.ndarray, work: Any) -> np.ndarray: ...

    def _label_log_probabilities(self, rows: Tensor) -> Tensor:
        """``log p(class | row)``: (B, D) to (B, K)."""
        raise NotImplementedError

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """``log p(class | v)``, by free energy: (N, K)."""
        return self._log_proba(X)

    def predict_proba(self, X: Any) -> np.ndarray:
        """``p(class | v)``: (N, K)."""
        return np.asarray(np.exp(self._log_proba(X)))

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row: (N,)."""
        found: np.ndarray = np.asarray(self.classes_)[self._log_proba(X).argmax(axis=1)]
        return found

    def _log_proba(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "net_")
        return self._by_blocks(self._rows(X, reset=False), self._label_log_probabilities)

    # Bound here, since the decorator would hide the types above.
    predict_log_proba = available_if(_has_labels)(predict_log_proba)
    predict_proba = available_if(_has_labels)(predict_proba)
    predict = available_if(_has_labels)(predict)

    def _fitted_labels(self) -> dict[str, Any]:
        """The classes as plain data."""
        return {"classes_": np.asarray(self.classes_).tolist()} if self.labels else {}

    def _read(self, place: Path, data: dict[str, Any]) -> None:
        super()._read(place, data)  # type: ignore[misc]  # an estimator's, beside which this stands
        if self.labels:
            self.classes_ = np.asarray(self.classes_)

    def _clamped(self, label: Any) -> Tensor | None:
        """The label units' states for a class, (K,); None for none.

        Raises
        ------
        SettingError
            If there are no label units, or no such class.
        """
        if label is None:
            return None
        if not self.labels:
            raise SettingError("has no label units", where="label", mend="Fit it with labels=True.")
        place = np.flatnonzero(np.asarray(self.classes_) == label)
        if len(place) == 0:
            allowed = ", ".join(map(str, self.classes_))
            raise SettingError("no such class", where="label", allowed=allowed, came=repr(label))
        return torch.eye(len(self.classes_), device=next(self.net_.parameters()).device)[place[0]]


def codes(y: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the classes of ``y`` (K,), and each row's as a number: (N,) int64.

    Raises
    ------
    SettingError
        If there are no labels.
    DataError
        If they are not N classes, or one is missing.
    """
    if y is None:
        raise SettingError("label units need labels", where="y", came="None", mend="Give them: fit(X, y).")
    _check_known(y)
    check_classification_targets(y)
    labels = column_or_1d(y, warn=True)
    if len(labels) != n:
        raise DataError(
            "as many labels as rows are needed", where="y", allowed=f"{n:,}", came=f"{len(labels):,}"
        )
    classes, found = np.unique(labels, return_inverse=True)
    return classes, found.astype(np.int64)


def _check_known(y: Any) -> None:
    """Refuse labels of which one is missing: None, or no number."""
    each = np.asarray(y, dtype=object).ravel()
    missing = np.array(
        [label is None or label != label for label in each], dtype=bool
    )  # NaN differs from itself
    if missing.any():
        raise DataError(
            f"{int(missing.sum()):,} labels are missing", where=f"y, row {int(missing.argmax())}",
            mend="Leave these rows out, or learn without labels.",
        )  # fmt: skip


def with_labels(rows: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Lay one-hot labels beside the rows: (N, D) and (N,) to (N, D + K).

    Examples
    --------
    >>> with_labels(np.zeros((2, 1), np.float32), np.array([1, 0]), 2).tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    return np.concatenate([rows, np.eye(classes, dtype=rows.dtype)[found]], axis=1)
