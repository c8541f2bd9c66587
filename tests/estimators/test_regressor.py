"""Numbers: answers in the target's own units."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes

from deepen import DeepRegressor

X, Y = load_diabetes(return_X_y=True)


def test_it_learns_in_the_units_of_the_target() -> None:
    fitted = DeepRegressor(steps=120).fit(X[:300], Y[:300])
    assert fitted.predict(X).dtype == np.float64 and fitted.predict(X).shape == Y.shape
    assert fitted.score(X[300:], Y[300:]) > 0.35
    scaled = DeepRegressor(steps=120).fit(X[:300], 1000 * Y[:300] - 5)
    assert np.allclose(scaled.predict(X), 1000 * fitted.predict(X) - 5, rtol=1e-3)


def test_whole_numbers_of_few_values_are_numbers_not_classes() -> None:
    y = np.arange(40) % 3
    fitted = DeepRegressor(steps=60).fit(y[:, None] + 0.0, y)
    assert fitted.model_.schema.task == "number"
    assert fitted.predict([[0.5]])[0] == pytest.approx(0.5, abs=0.5)


def test_it_stands_in_a_transformed_target() -> None:
    learner = TransformedTargetRegressor(DeepRegressor(steps=60), func=np.log, inverse_func=np.exp)
    assert learner.fit(X, Y).score(X, Y) > 0.2
