"""Folders that deepen wrote, given for data."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepen.compute.folders import staged, write_json
from deepen.data.sources import read
from deepen.errors import DataError


def folder(place: Path, model: object, kind: str = "model") -> Path:
    with staged(place, kind=kind) as stage:
        write_json(stage / "model.json", model)
        (stage / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    return place


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"form": "player", "environment": "CartPole-v1", "method": "pqn"},
         r"p: is the folder of a player.*deepen watch \S+p\. .*deepen play CartPole-v1 --out \S+p goes on"),
        ({"form": "board player", "game": "go:9", "method": "alphazero"},
         r"deepen watch \S+p, deepen match \S+p\. .*deepen play go:9 --out"),
        ({"form": "board player", "game": "go:9", "method": "experts"}, r"deepen watch \S+p, deepen match \S+p\.$"),
        ({}, r"a trained model, and holds no data.*deepen predict \S+p DATA, deepen train DATA --from"),
        ({"form": "language"}, r"a trained model, and holds no data.*deepen report"),
    ],
)  # fmt: skip
def test_a_models_folder_is_refused_with_what_is_done_with_it(tmp_path, model, said) -> None:
    with pytest.raises(DataError, match=said):
        read(folder(tmp_path / "p", model))


def test_other_folders_are_read(tmp_path) -> None:
    assert len(read(folder(tmp_path / "findings", {}, kind="findings"))) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "rows.csv").write_text("a,b\n1,2\n")
    (tmp_path / "mine" / "manifest.json").write_text("[]")
    assert len(read(tmp_path / "mine")) == 1
