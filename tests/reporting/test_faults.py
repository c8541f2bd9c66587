from pathlib import Path

import numpy as np
import pytest

from deepen.compute.folders import staged
from deepen.errors import FolderError
from deepen.findings import Finding, Findings
from deepen.reporting.faults import check_place, write

PICTURES = {row: np.random.default_rng(row).integers(0, 255, (8, 8, 1), dtype=np.uint8) for row in (1, 2, 5)}
FOUND = Findings(
    "photos/", 9, "two classes",
    (
        Finding("near duplicate", 0.2, "2 rows", (1, 2), ("a/1.png", "b/2.png"), ("train", "train"), ("[a]", "[b]")),
        Finding("wrong label", 0.5, "labelled a, looks like b (90% to 5%)", (5,), ("a/5.png",), ("test",), ("[a]",)),
        Finding("shift", 0.4, "the parts differ"),
    ),
    pictures=PICTURES,
)  # fmt: skip


def test_a_sheet_for_each_kind_that_has_pictures(tmp_path: Path) -> None:
    folder = write(FOUND, tmp_path / "found")
    names = {p.name for p in folder.iterdir()}
    assert names == {
        "findings.json",
        "findings.csv",
        "manifest.json",
        "near-duplicate.png",
        "wrong-label.png",
    }
    write(FOUND, tmp_path / "found")  # one's own findings give way


def test_a_model_does_not_give_way(tmp_path: Path) -> None:
    with staged(tmp_path / "model", kind="model") as stage:
        (stage / "weights").write_text("dear")
    for act in (check_place, lambda place: write(FOUND, place)):
        with pytest.raises(FolderError, match="it holds a model"):
            act(tmp_path / "model")
    assert (tmp_path / "model" / "weights").read_text() == "dear"
