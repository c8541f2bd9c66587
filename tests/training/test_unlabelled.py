"""Rows without a target that take part in a training."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import deepen
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.errors import DataError, SettingError
from deepen.training.unlabelled import unlabelled, with_unlabelled_rows

NONE = np.zeros(0, dtype=np.int64)


def table(**columns: Any) -> Table:
    return Table({name: pa.chunked_array([values]) for name, values in columns.items()}, origin="few.csv")


def schema(*groups: str) -> Schema:
    roles = {"x": "input", "y": "target", **dict.fromkeys(groups, "group")}
    return Schema(
        tuple(ColumnPlan(name, "number", role) for name, role in roles.items()), "two classes", ("y",)
    )


def test_rows_are_appended_without_the_target() -> None:
    few = table(x=[1, 2], y=["a", "b"])
    joined = with_unlabelled_rows(few, table(x=[3]), None)
    assert joined["y"].to_pylist() == ["a", "b", None]
    assert joined.parts is not None and joined.parts.tolist() == ["train", "train", "unlabelled"]
    assert with_unlabelled_rows(few, table(y=["b"], x=[3]), "y")["y"].to_pylist() == ["a", "b", None]
    with pytest.raises(DataError, match="target is not known"):
        with_unlabelled_rows(few, table(z=[3]), None)
    with pytest.raises(DataError, match="'z'"):
        with_unlabelled_rows(few, table(z=[3]), "y")


def test_no_copy_and_no_relative_of_what_is_held_out_is_learned_from() -> None:
    given = table(x=[0, 1, 2, 3, 4, 1], y=["a", "b", "a", None, None, None], g=["p", "q", "r", "p", "q", "s"])
    rows = Split(np.array([0]), np.array([2]), np.array([1]))
    hashes = np.array([0, 1, 2, 3, 4, 1], dtype=np.uint64)
    assert unlabelled(given, schema(), rows, hashes).tolist() == [3, 4]
    assert unlabelled(given, schema("g"), rows, hashes).tolist() == [3]
    with pytest.raises(DataError, match="no row without a value"):
        unlabelled(given, schema(), Split(np.array([0]), NONE, np.array([1])), np.zeros(6, dtype=np.uint64))


def _rings(rows: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Two clouds of which each is a class, far apart in one of four directions."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.normal(size=(rows, 4))
    x[:, 0] += np.where(y == 0, -4, 4)
    return {f"x{k}": x[:, k] for k in range(4)}, np.array(["low", "high"])[y]


OPTIONS: dict[str, Any] = {"shallow_share": 0, "valid_share": 0, "size": "tiny", "epochs": 3, "seed": 1}


def test_they_change_what_is_learned_and_are_prepared_for() -> None:
    x, y = _rings(16, 0)
    more, _ = _rings(300, 1)
    alone = deepen.train(x, y, **OPTIONS)
    model = deepen.train(x, y, unlabelled=more, **OPTIONS)
    assert any(note.startswith("300 rows without a value") for note in model.notes)
    assert not any("left out" in note for note in model.notes)
    assert model.counts["parts"] == alone.counts["parts"]
    assert model.preparation.inputs != alone.preparation.inputs  # fitted on the 300 too
    assert model.preparation.target == alone.preparation.target
    assert model.score.headline.n == alone.score.headline.n


def test_rows_of_the_source_itself_are_learned_from_where_that_is_asked_for() -> None:
    x, y = _rings(80, 0)
    given = {**x, "y": [value if k < 30 else None for k, value in enumerate(y)]}
    model = deepen.train(given, target="y", unlabelled="rows", **OPTIONS)
    assert any(note.startswith("50 rows without a value") for note in model.notes)
    assert any("were left out" in note for note in deepen.train(given, target="y", **OPTIONS).notes)
    with pytest.raises(DataError, match="no row without a value"):
        deepen.train(x, y, unlabelled="rows", **OPTIONS)


def test_a_net_that_begins_with_another_learns_from_them_too() -> None:
    x, y = _rings(60, 0)
    more, _ = _rings(200, 1)
    before = deepen.train(x, y, **OPTIONS)
    options = {"from_": before, "shallow_share": 0, "valid_share": 0, "epochs": 15, "rate": 0.03}  # sure soon
    alone = deepen.train(x, y, **options)
    model = deepen.train(x, y, unlabelled=more, **options)
    assert any(note.startswith("200 rows without a value") for note in model.notes)
    assert model.about["from"] == "a model: all levels learn at the full rate"
    assert np.abs(model.raw(x) - alone.raw(x)).max() > 1e-3  # 0.026 (measured)
    assert model.preparation.inputs == before.preparation.inputs


def test_numbers_have_no_pseudo_labels() -> None:
    x, _ = _rings(80, 0)
    with pytest.raises(SettingError, match="--unlabelled: belongs to classes; came: a task of number"):
        deepen.train(x, x["x1"], unlabelled=x, **OPTIONS)
