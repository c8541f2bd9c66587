from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deepen.checking import shift
from deepen.checking.checked import Checked
from deepen.checking.facets import facets
from deepen.checking.plain import plain_features
from deepen.checking.shift import shifted
from deepen.evidence.held_out import two_sample
from deepen.findings import Finding

Prepare = Callable[..., Checked]


def looked_at(checked: Checked) -> list[Finding | str | dict[str, float]]:
    seen = facets(checked)
    features, way = plain_features(checked, seen)
    return list(shifted(checked, features, way, seen, 0))


def parts(change: Callable[[dict[str, np.ndarray]], None] = lambda _test: None) -> tuple[dict, dict]:
    rng = np.random.default_rng(0)
    both = []
    for count in (600, 300):
        label = rng.choice(["yes", "no"], count)
        x = {
            "a": rng.normal(size=count),
            "b": rng.normal(size=count),
            "c": rng.choice(["x", "y", "z"], count),
        }
        both.append({**x, "label": label})
    change(both[1])
    return both[0], both[1]


def test_parts_alike_hold_one_half(prepare: Prepare) -> None:
    train, test = parts()
    (figures,) = looked_at(prepare(train, test=test, target="label"))
    assert isinstance(figures, dict)
    assert figures["AUC low"] <= 0.5 <= figures["AUC high"]


def test_the_columns_that_differ_are_named_the_most_first(prepare: Prepare) -> None:
    def change(test: dict[str, np.ndarray]) -> None:
        test["b"] += 1.0
        test["c"][:60] = "x"

    train, test = parts(change)
    *_, found = looked_at(prepare(train, test=test, target="label"))
    assert isinstance(found, Finding)
    assert found.column == "b"
    assert found.figures["low"] > 0.6
    assert set(found.figures) == {"auc", "low", "high", "b", "c"}
    assert 0.3 < found.figures["b"] < 0.5  # Kolmogorov and Smirnov's of a shift by one deviation is 0.38
    assert abs(found.figures["c"] - 0.13) < 0.06


def test_values_missing_in_one_part_alone(prepare: Prepare) -> None:
    def change(test: dict[str, np.ndarray]) -> None:
        test["a"][:120] = np.nan

    train, test = parts(change)
    *_, found = looked_at(prepare(train, test=test, target="label"))
    assert isinstance(found, Finding)
    assert found.column == "missing values of a"
    assert abs(found.figures["missing values of a"] - 0.4) < 1e-9


def test_copies_do_not_count(prepare: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = parts()
    train = {k: np.concatenate([v, v[:50], test[k]]) for k, v in train.items()}
    checked = prepare(train, test=test, target="label")
    compared: list[np.ndarray] = []

    def seen(features: Any, rows: np.ndarray, *more: Any, **options: Any) -> Any:
        compared.append(rows)
        return two_sample(features, rows, *more, **options)

    monkeypatch.setattr(shift, "two_sample", seen)
    looked_at(checked)
    assert len(np.unique(checked.hashes[compared[0]])) == len(compared[0])


def test_too_few_rows_are_not_compared(prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]) -> None:
    assert looked_at(prepare(*stripes)) == ["the parts are too small to compare"]
