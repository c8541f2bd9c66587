"""The scikit-learn estimators: how many of scikit-learn's checks they pass, and cross-validated scores beside its own.

    SCIPY_ARRAY_API=1 python benchmarks/estimators.py checks      # minutes; the estimators as they are by default
    python benchmarks/estimators.py scores                        # needs the folder named by DEEPEN_DATA

Times are the processor's, of one thread.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.datasets import load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from deepen import DeepClassifier, DeepFeatures, DeepRegressor

SEEDS = (0, 1, 2)
LEARNERS: dict[str, Callable[[int], Any]] = {
    "DeepClassifier": lambda seed: DeepClassifier(random_state=seed),
    "MLPClassifier, scaled": lambda seed: make_pipeline(StandardScaler(), MLPClassifier(random_state=seed)),
    "HistGradientBoosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
}


def checks() -> None:
    """Count the checks that pass."""
    print("| estimator | passed | skipped by scikit-learn | failed | seconds |\n|---|---|---|---|---|")
    for estimator in (DeepClassifier(), DeepRegressor(), DeepFeatures()):
        began = time.process_time()
        results = check_estimator(estimator, on_fail=None, on_skip=None)
        counts = Counter(r["status"] for r in results)
        seconds = time.process_time() - began
        skipped = ", ".join(f"`{r['check_name']}`" for r in results if r["status"] == "skipped") or "none"
        failed = (
            ", ".join(f"`{r['check_name']}`" for r in results if r["status"] in ("failed", "xfail")) or "none"
        )
        name = type(estimator).__name__
        print(
            f"| `{name}()` | {counts['passed']} of {len(results)} | {skipped} | {failed} | {seconds:.0f} |",
            flush=True,
        )


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and the class in the last column, of a table without a header."""
    folder = Path(os.environ.get("DEEPEN_DATA", "../shared/data")) / "tables"
    cells = np.loadtxt(folder / name, delimiter=",", dtype=str)
    return cells[:, :-1].astype(float), cells[:, -1]


def scores() -> None:
    """Cross-validate, with other folds for each seed, the same ones for all learners."""
    sets = {
        "digits": load_digits(return_X_y=True),
        "wine": load_wine(return_X_y=True),
        "sonar": table("sonar.csv"),
        "Pima diabetes": table("pima-indians-diabetes.csv"),
    }
    print("| data | rows | learner | accuracy | of the seeds | log loss | seconds for each fit |")
    print("|---|---|---|---|---|---|---|")
    for data, (X, y) in sets.items():
        for learner, make in LEARNERS.items():
            found = []
            began = time.process_time()
            for seed in SEEDS:
                folds = StratifiedKFold(5, shuffle=True, random_state=seed)
                got = cross_validate(make(seed), X, y, cv=folds, scoring=("accuracy", "neg_log_loss"))
                found.append((got["test_accuracy"].mean(), -got["test_neg_log_loss"].mean()))
            each = (time.process_time() - began) / (5 * len(SEEDS))
            (accuracy, loss), own = np.mean(found, axis=0), ", ".join(f"{100 * a:.1f}" for a, _ in found)
            print(
                f"| {data} | {len(X):,} | {learner} | {100 * accuracy:.1f} % | {own} | {loss:.3f} | {each:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(f"scikit-learn {sklearn.__version__}, torch {torch.__version__}, one thread\n")
    {"checks": checks, "scores": scores}[sys.argv[1]]()
