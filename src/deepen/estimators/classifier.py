"""Classes and labels, as scikit-learn's classifiers learn them.

Legend: N rows, K classes or labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin

from deepen.errors import SettingError, nearest
from deepen.estimators.base import Deep
from deepen.estimators.inputs import table_of
from deepen.estimators.targets import Classes, as_classes, check_given

__all__ = ["DeepClassifier"]


class DeepClassifier(ClassifierMixin, Deep):  # type: ignore[misc]
    """A deep net that tells classes apart, or gives each row any of several labels.

    Parameters
    ----------
    minutes, epochs, steps, size, reader, image_size, batch, rate, mirror, kinds, from_, freeze, level_rate,
    valid_share, random_state, device
        See :class:`~deepen.estimators.base.Deep`.
    class_weight
        How much an example of each class counts, by class, 1 for those not named; ``"balanced"`` to make all classes
        count alike.

    Attributes
    ----------
    classes_ : numpy.ndarray
        (K,) the classes, ascending; for labels their numbers.
    model_, n_features_in_, feature_names_in_
        See :class:`~deepen.estimators.base.Deep`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> scores = cross_val_score(DeepClassifier(epochs=20), *load_iris(return_X_y=True), cv=3)
    >>> bool(scores.mean() > 0.85)
    True
    """

    def __init__(
        self,
        *,
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
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        super().__init__(
            minutes=minutes, epochs=epochs, steps=steps, size=size, reader=reader, image_size=image_size, batch=batch,
            rate=rate, mirror=mirror, kinds=kinds, from_=from_, freeze=freeze, level_rate=level_rate,
            valid_share=valid_share, random_state=random_state, device=device,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, *, unlabelled: Any = None) -> Self:
        """Train on all rows.

        Parameters
        ----------
        X
            A data frame, a matrix, pictures, series or texts, see :func:`~deepen.estimators.inputs.table_of`.
        y
            Classes (N,) of any one type, or labels as zeros and ones (N, K).
        unlabelled
            More rows, like ``X``, without a class, that are learned from too where ``y`` holds classes.

        Raises
        ------
        ValueError
            If there is nothing to learn; :class:`DataError` and :class:`SettingError` are of it.
        """
        check_given(self, y)
        table = table_of(self, X, reset=True)
        classes = as_classes(table, y)
        more = None if unlabelled is None else table_of(self, unlabelled, reset=False)
        self._train(table, classes.column, classes.kind, unlabelled=more, **self._weights(classes))
        self.classes_ = classes.values
        known = {word: k for k, word in enumerate(classes.words)}
        self._places = [known[word] for word in self.model_.preparation.labels]
        self._several = classes.several
        return self

    def _weights(self, classes: Classes) -> dict[str, Any]:
        """The weights as options of a training, by the words that stand for the classes."""
        given = self.class_weight
        if given is None or isinstance(given, str):
            if given not in (None, "balanced"):
                raise SettingError(
                    "is not known",
                    where="class_weight",
                    allowed="'balanced', or a number by class",
                    came=repr(given),
                )
            return {"balance": given is not None}
        words = dict(zip(classes.values.tolist(), classes.words, strict=True))
        unknown, unnamed = ([*left] for left in (given.keys() - words, words.keys() - given))
        if unknown and unnamed:
            raise SettingError(
                "there is no such class",
                where="class_weight",
                came=repr(unknown[0]),
                mend=nearest(str(unknown[0]), map(str, unnamed)),
            )
        # Where all classes are named, one more is one of which these rows have no example, as in cross-validation.
        return {"class_weights": {words[value]: weight for value, weight in given.items() if value in words}}

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the probability of each class or label: (N, K), in the order of ``classes_``."""
        found = self._raw(X)
        whole = np.zeros((len(found), len(self.classes_)))  # a label that no row had is given to none
        whole[:, self._places] = found
        return whole

    def predict(self, X: Any) -> np.ndarray:
        """Give the likeliest class (N,); or zeros and ones (N, K) for labels, of which each stands for itself."""
        probabilities = self.predict_proba(X)
        if self._several:
            return np.asarray(probabilities > 0.5).astype(np.int64)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def __sklearn_tags__(self) -> Any:
        """Say that several labels can be learned."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
