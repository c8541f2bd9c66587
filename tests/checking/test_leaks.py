from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.checking.checked import Checked
from deepen.checking.facets import facets
from deepen.checking.leaks import idle_columns, leaking_columns
from deepen.findings import Finding

Prepare = Callable[..., Checked]


def leaks(checked: Checked) -> dict[str, Finding]:
    return {f.column: f for f in leaking_columns(checked, facets(checked), 0)}


def test_nothing_leaks_in_an_honest_table(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    assert leaks(prepare(rows, target="label")) == {}


@pytest.mark.parametrize("kind", ["number", "category", "missing"])
def test_a_column_that_knows_the_class_is_found(
    prepare: Prepare, rows: dict[str, np.ndarray], kind: str
) -> None:
    rng = np.random.default_rng(1)
    yes = rows["label"] == "yes"
    known = np.where(yes, rng.uniform(5, 9, 300), rng.uniform(0, 4, 300)).round(3)
    planted = {
        "number": known,
        "category": np.where(yes, rng.choice(["p", "q"], 300), rng.choice(["r", "s"], 300)),
        "missing": np.where(yes, rng.normal(size=300).round(3), np.nan),
    }[kind]
    found = leaks(prepare({"planted": planted, **rows}, target="label"))
    assert set(found) == {"planted"}
    assert found["planted"].severity > 0.9
    assert found["planted"].figures["auc"] > 0.98


def test_where_the_other_columns_tell_it_too_it_may_be_the_task(
    prepare: Prepare, rows: dict[str, np.ndarray]
) -> None:
    clear = np.where(rows["label"] == "yes", 3.0, 0.0)
    rng = np.random.default_rng(1)
    table = {
        **rows,
        "d": (clear + rng.normal(size=300) * 0.4).round(3),
        "e": (clear + rng.normal(size=300) * 0.4).round(3),
    }
    found = leaks(prepare(table, target="label"))
    assert {"d", "e"} == set(found)
    assert max(f.severity for f in found.values()) < 0.5


def test_a_number_that_is_the_target_in_disguise(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    found = leaks(prepare({"twice": np.exp(rows["b"]) + 3, **rows}, target="b"))
    assert set(found) == {"twice"}
    assert found["twice"].figures["R²"] > 0.98


def test_rows_sorted_by_the_target_and_counted(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    order = np.argsort(rows["label"], kind="stable")
    table = {"id": np.arange(300), **{k: v[order] for k, v in rows.items()}}
    checked = prepare(table, target="label")
    found = list(leaking_columns(checked, facets(checked), 0))
    assert [f.column for f in found] == ["id", ""]
    assert "sorted" in found[1].text
    assert max(f.severity for f in found) < 0.5  # neither is learned from


def test_pictures_whose_files_tell_their_class(prepare: Prepare, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, quality in (("ill", 95), ("well", 20)):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for at in range(40):
            pixels = Image.fromarray(rng.integers(0, 255, (24, 24), dtype=np.uint8))
            pixels.save(tmp_path / "scans" / name / f"{at}.jpg", quality=quality)
    checked = prepare(tmp_path / "scans")
    found = {f.text.split(" alone")[0] for f in leaking_columns(checked, facets(checked), 0)}
    assert "file size of 'image'" in found


def test_what_was_left_out_is_told_but_not_what_the_user_left_out(
    prepare: Prepare, rows: dict[str, np.ndarray]
) -> None:
    table = {**rows, "same": np.where(rows["label"] == "yes", 1, 0), "still": np.ones(300)}
    found = {f.column: f for f in idle_columns(prepare(table, target="label", drop=["b"]))}
    assert set(found) == {"same", "still"}
    assert found["same"].kind == "leaking column"
    assert found["still"].kind == "idle column"
