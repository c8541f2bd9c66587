"""Whether the test part is like the training part: a classifier between the two, judged on rows it has not seen.

Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests". Where its AUC is 0.5 the parts are alike.

Legend: M rows of both parts, D features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import Facet
from deepen.evidence.held_out import two_sample
from deepen.evidence.measures import score
from deepen.findings import Finding

__all__ = ["shifted"]

_MOST_ROWS = 4000  # of either part: the interval is then as narrow as 0.02 (assumed)
_SURE = (
    0.001  # chance of a column's difference, shared among the columns, from where on it is named (assumed)
)
_NAMED = 5


def shifted(
    checked: Checked, features: Callable[[np.ndarray], Any], way: str, facets: list[Facet], seed: int
) -> Iterator[Finding | str | dict[str, float]]:
    """Compare training and test part; figures come along, and a finding where they differ beyond chance.

    Half of the rows teach the classifier, and the other half judge it, so that its interval is an honest one.
    """
    rng = np.random.default_rng(seed)
    single = np.unique(checked.hashes[checked.rows], return_index=True)[1]  # copies would tell their part
    rows = checked.rows[single]
    # Of a shift between given parts all rows tell; the validation part is mostly cut from the training part.
    some = {p: rng.permutation(rows[checked.part[rows] == p])[:_MOST_ROWS] for p in ("train", "test")}
    if min(map(len, some.values())) < 20:
        yield "the parts are too small to compare"
        return
    both = np.concatenate([some["train"], some["test"]])
    is_test = np.repeat([0, 1], [len(some["train"]), len(some["test"])])
    judged, p = two_sample(features, both, is_test, way=way, seed=seed)
    found = score(
        "two classes", is_test[judged], np.stack([1 - p, p], axis=1), ("train", "test"), "test", seed=seed
    )
    auc = found.measures["auc"]
    yield {"AUC between train and test": auc.value, "AUC low": auc.low, "AUC high": auc.high}
    if auc.low <= 0.5:
        return
    drivers = _drivers(facets, some["train"], some["test"])
    named = "; ".join(f"{name} (differs by {size:.2f})" for name, size in drivers)
    text = (
        f"a classifier tells test rows from training rows, AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]"
        + (f", most by {named}" if named else "")
    )
    figures = {"auc": auc.value, "low": auc.low, "high": auc.high, **dict(drivers)}
    yield Finding("shift", min(1.0, 0.3 + 1.2 * (auc.low - 0.5)), text, column=drivers[0][0] if drivers else "",
                  figures=figures)  # fmt: skip


def _drivers(facets: list[Facet], train: np.ndarray, test: np.ndarray) -> list[tuple[str, float]]:
    """Name the columns that differ beyond chance, and by how much.

    By the largest difference of the distribution functions (Kolmogorov and Smirnov), or of the shares of categories in
    sum, from 0 to 1.
    """
    from scipy.stats import chi2_contingency, ks_2samp

    found = []
    for facet in facets:
        if facet.name == "the order of the rows":
            continue
        a, b = facet.values[train], facet.values[test]
        if facet.codes or np.isnan(a).any() or np.isnan(b).any():
            gaps = np.stack([np.bincount(_codes(facet, v), minlength=_size(facet)) for v in (a, b)]).astype(
                float
            )
            gaps = gaps[:, gaps.sum(axis=0) > 0]
            shares = gaps / gaps.sum(axis=1, keepdims=True)
            size = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
            chance = float(chi2_contingency(gaps)[1]) if gaps.shape[1] > 1 else 1.0
            if chance < _SURE / len(facets):
                found.append((facet.name if facet.codes else f"missing values of {facet.name}", size))
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if facet.codes or not len(a) or not len(b):
            continue
        test_of = ks_2samp(a, b, method="asymp")
        if test_of.pvalue < _SURE / len(facets):
            found.append((facet.name, float(test_of.statistic)))
    return sorted(found, key=lambda each: -each[1])[:_NAMED]


def _codes(facet: Facet, values: np.ndarray) -> np.ndarray:
    """Categories from 1 on and missing values as 0; of numbers, whether each is there."""
    if facet.codes:
        return np.asarray(np.where(np.isnan(values), 0, values + 1), dtype=np.int64)
    return np.asarray(~np.isnan(values), dtype=np.int64)


def _size(facet: Facet) -> int:
    return int(np.nanmax(facet.values, initial=0)) + 2 if facet.codes else 2
