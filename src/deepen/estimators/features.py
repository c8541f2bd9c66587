"""What stands on a level of a trained net, as a transformer: features for an SVM, a tree or a map.

Legend: N rows, F features.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from deepen.config import one_of
from deepen.estimators.base import Deep
from deepen.estimators.inputs import table_of
from deepen.estimators.targets import as_classes, as_numbers, check_given
from deepen.nets.levels import level_of

__all__ = ["DeepFeatures"]


class DeepFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Deep):  # type: ignore[misc]
    """Trains a net on ``X`` and ``y``, and turns rows into the activations of one of its levels.

    Rows that it was fitted on have other features than new ones, as the net knows their targets: what stands behind
    it in a pipeline is judged by cross-validation of the whole pipeline.

    Parameters
    ----------
    level
        By its place, 0 the first and -1 the last, which the head reads; or by its name, see
        :meth:`deepen.Model.levels`.
    task
        What ``y`` holds: ``classes``, ``labels`` or ``number``; found out unless it is said.
    minutes, epochs, steps, size, reader, image_size, batch, rate, mirror, kinds, from_, freeze, level_rate,
    valid_share, random_state, device
        See :class:`~deepen.estimators.base.Deep`.

    Attributes
    ----------
    level_ : str
        The level's name.
    model_, n_features_in_, feature_names_in_
        See :class:`~deepen.estimators.base.Deep`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.svm import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> learner = make_pipeline(DeepFeatures(level="level 1", epochs=10), SVC())
    >>> learner.fit(X, y).score(X, y) > 0.9
    True
    """

    def __init__(
        self,
        level: int | str = -1,
        *,
        task: str | None = None,
        minutes: float | None = None,
        epochs: float | None = None,
        steps: int | None = None,
        size: str | float | None = None,
        reader: str | None = None,
        image_size: int | None = None,
        batch: int | None = None,
        rate: float | None = None,
        mirror: bool | None = None,
        kinds: Mapping[str, str] | None = None,
        from_: Any = None,
        freeze: str | int | None = None,
        level_rate: float | None = None,
        valid_share: float | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        super().__init__(
            minutes=minutes, epochs=epochs, steps=steps, size=size, reader=reader, image_size=image_size, batch=batch,
            rate=rate, mirror=mirror, kinds=kinds, from_=from_, freeze=freeze, level_rate=level_rate,
            valid_share=valid_share, random_state=random_state, device=device,
        )  # fmt: skip
        self.level = level
        self.task = task

    def fit(self, X: Any, y: Any) -> Self:
        """Train the net on all rows.

        Parameters
        ----------
        X
            A data frame, a matrix, pictures, series or texts, see :func:`~deepen.estimators.inputs.table_of`.
        y
            Classes (N,), labels as zeros and ones (N, K), or numbers (N,).

        Raises
        ------
        ValueError
            If there is nothing to learn, or the net has no such level; :class:`DataError` and :class:`SettingError`
            are of it.
        """
        check_given(self, y)
        table = table_of(self, X, reset=True)
        if self.task is not None:
            one_of("task", self.task, ("classes", "labels", "number"))
        if self.task == "number" or (self.task is None and type_of_target(y).startswith("continuous")):
            self._train(table, as_numbers(table, y), "number")
        else:
            classes = as_classes(table, y)
            self._train(table, classes.column, classes.kind)
        self.level_ = level_of(self.model_.levels(), self.level).name
        self._n_features_out = self.model_.activations(table.take(np.arange(1)), self.level_).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give the activations of the level: (N, F) float32."""
        check_is_fitted(self)
        return self.model_.activations(table_of(self, X, reset=False), self.level_)

    def __sklearn_tags__(self) -> Any:
        """Say that the features are float32, whatever came."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
