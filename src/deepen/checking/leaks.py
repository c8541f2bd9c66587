"""Columns that tell the target by themselves: copies of it, identifiers, the rows' order, the files' size.

Legend: N rows, M rows looked at, K classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import Facet
from deepen.evidence.held_out import folds_of
from deepen.findings import Finding

__all__ = ["idle_columns", "leaking_columns"]

_TELLS = {"auc": 0.98, "R²": 0.98}  # from where on one column tells the target nearly perfectly (assumed)
_ALIKE = 0.02  # of the rest's shortfall: a column no better than all others together is no secret (assumed)
_MOST_ROWS = 10_000  # looked at: a tree's figure hardly moves with more
_LEAVES, _IN_LEAF = 128, 5
_FOLDS = 3
_ASKED = ("as named", "not named by --input")  # the user left it out: that is no finding


def idle_columns(checked: Checked) -> Iterator[Finding]:
    """Tell of the columns that the recognition left out, with its reasons."""
    for plan in checked.schema.columns:
        if plan.role == "left out" and plan.why and plan.why not in _ASKED:
            copy = "target itself" in plan.why
            kind, severity = ("leaking column", 0.6) if copy else ("idle column", 0.05)
            yield Finding(kind, severity, f"{plan.name!r} is left out: {plan.why}", column=plan.name)


def leaking_columns(checked: Checked, facets: list[Facet], seed: int) -> Iterator[Finding]:
    """Find each column, or glance at the rows, that predicts the target nearly perfectly by itself.

    A small tree is fitted on the column alone, and judged on rows that it has not seen.
    """
    task = checked.schema.task
    if task not in ("two classes", "many classes", "number"):
        return
    measure = "R²" if task == "number" else "auc"
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(checked.learned)[:_MOST_ROWS])
    target = checked.examples.target[rows]
    strata = np.zeros(len(rows), np.int64) if task == "number" else target.astype(np.int64)
    fold = folds_of(strata, checked.hashes[rows], _FOLDS, seed=seed)
    for facet in facets:
        tells = _tells(facet.values[rows, None], target, fold, task)
        if tells < _TELLS[measure]:
            continue
        rest = [f.values[rows] for f in facets if f.given and f is not facet]
        others = _tells(np.stack(rest, axis=1), target, fold, task) if rest and facet.given else 0.0
        yield _finding(facet, tells, others, measure)


def _finding(facet: Facet, tells: float, others: float, measure: str) -> Finding:
    figures = {measure: tells, "others": others}
    what = f"{facet.name!r}" if facet.given else facet.name
    said = f"{what} alone tells the target ({measure.replace('auc', 'AUC')} {tells:.3f}"
    if facet.given and others >= tells - _ALIKE:
        text = f"{said}; the other columns together, {others:.3f}): it may be what is to be learned"
        return Finding("leaking column", 0.35, text, column=facet.name, figures=figures)
    if facet.given:
        text = f"{said}; the other columns together, {others:.3f}): if it is not known before the target, drop it"
        return Finding("leaking column", 0.99, text, column=facet.name, figures=figures)
    if facet.name == "the order of the rows":
        text = f"{said}): they are sorted by it; parts cut by order would differ"
        return Finding("leaking column", 0.25, text, figures=figures)
    if " of " not in facet.name:
        text = f"{said}): it is left out, but whatever follows from the order of collecting would leak too"
        return Finding("leaking column", 0.4, text, column=facet.name, figures=figures)
    text = f"{said}): a net may learn that instead of what is meant"
    return Finding("leaking column", 0.9, text, column=facet.name, figures=figures)


def _tells(x: np.ndarray, target: np.ndarray, fold: np.ndarray, task: str) -> float:
    """How well columns (M, D) tell the target of rows not seen: the AUC, one against the rest, or R²."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import r2_score, roc_auc_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    alone = x.shape[1] == 1
    # A missing value is a value of its own, below all others.
    low = np.nanmin(x, axis=0, initial=0.0) - 1.0
    x = np.where(np.isnan(x), low, x) if alone else x
    size = {"max_leaf_nodes": _LEAVES, "min_samples_leaf": _IN_LEAF, "random_state": 0}
    number = task == "number"
    tree = DecisionTreeRegressor(**size) if number else DecisionTreeClassifier(**size)
    trees = {"max_iter": 60, "early_stopping": False, "random_state": 0}
    forest = HistGradientBoostingRegressor(**trees) if number else HistGradientBoostingClassifier(**trees)
    made = tree if alone else forest
    classes = [] if number else np.unique(target).astype(np.int64).tolist()
    found = np.zeros(len(target)) if number else np.zeros((len(target), len(classes)))
    for held in range(_FOLDS):
        train, rest = fold != held, fold == held
        if not train.any() or not rest.any():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.fit(x[train], target[train])
        if number:
            found[rest] = made.predict(x[rest])
        else:
            known = [classes.index(int(c)) for c in made.classes_]
            found[np.ix_(rest, known)] = made.predict_proba(x[rest])
    if number:
        return float(r2_score(target, found))
    present = [(found[:, k], target == c) for k, c in enumerate(classes)]
    aucs = [roc_auc_score(is_it, p) for p, is_it in present if 0 < is_it.sum() < len(is_it)]
    return float(np.mean(aucs)) if aucs else 0.0
