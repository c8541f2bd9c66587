"""All of scikit-learn's own checks: quickly with few steps, and on the estimators as they are made by default."""

from __future__ import annotations

import warnings
from collections import Counter

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from deepen import DeepClassifier, DeepFeatures, DeepRegressor

# scikit-learn itself skips these: the first unless SCIPY_ARRAY_API is set before SciPy is imported, the second where
# there is no decision_function, as none is needed beside predict_proba.
SKIPPED = {"check_array_api_input", "check_classifiers_multilabel_output_format_decision_function"}
QUICK = [
    DeepClassifier(steps=12, size="tiny", rate=5e-3),
    DeepRegressor(steps=25, size="tiny", rate=8e-3),
    DeepFeatures(steps=4, size="tiny"),
]


# Products of matrices are rounded otherwise for other numbers of rows on some processors: one prediction in twenty
# differed by 1.8e-7 where 1e-7 is allowed (measured, on a processor with AMX; elsewhere the check passes).
ROUNDED = {"check_methods_subset_invariance"}


def passes(estimator: BaseEstimator, but: frozenset[str] | set[str] = frozenset()) -> Counter[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some checks warn on purpose
        results = check_estimator(
            estimator, on_skip=None, expected_failed_checks=dict.fromkeys(but, "rounding")
        )
    assert {r["check_name"] for r in results if r["status"] != "passed"} <= SKIPPED | but
    assert {r["check_name"] for r in results if r["expected_to_fail"]} <= but
    return Counter(r["status"] for r in results)


@pytest.mark.parametrize("estimator", QUICK, ids=lambda e: type(e).__name__)
def test_all_checks_pass(estimator: BaseEstimator) -> None:
    expected = len([*estimator_checks_generator(estimator)])
    counts = passes(estimator)
    assert counts.total() == expected >= 45
    assert counts["passed"] >= expected - len(SKIPPED)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [DeepClassifier, DeepRegressor, DeepFeatures])
def test_all_checks_pass_by_default(kind: type[BaseEstimator]) -> None:
    passes(kind(), ROUNDED if kind is DeepRegressor else frozenset())
