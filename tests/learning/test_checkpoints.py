import time
from pathlib import Path

import pytest
import torch

from deepen.errors import FolderError
from deepen.learning.checkpoints import Checkpoints


def test_the_newest_state_comes_back(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "c", keep=2)
    assert checkpoints.load() == (None, [])
    for step in (10, 20, 30):
        checkpoints.save(
            step, {"net": {"w": torch.full((2,), float(step))}, "best": None, "place": {"at": step}}
        )
    state, damaged = Checkpoints(tmp_path / "c").load()
    assert state is not None
    assert (state["place"], state["best"], damaged) == ({"at": 30}, None, [])
    assert state["net"]["w"].tolist() == [30, 30]
    assert len(list((tmp_path / "c").iterdir())) == 2


def test_a_damaged_one_is_passed_over_and_told(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step in (1, 2):
        checkpoints.save(step, {"w": torch.full((2,), float(step))})
    newest = tmp_path / "000000002" / "state.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1])
    state, damaged = checkpoints.load()
    assert state is not None
    assert state["w"].tolist() == [1, 1]
    assert len(damaged) == 1
    assert "state.safetensors: is damaged" in damaged[0]


def test_nothing_is_pickled(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save(1, {"a": [torch.ones(1), {"b": (1, 2.0, None, "c")}]})
    assert {p.suffix for p in tmp_path.rglob("*") if p.is_file()} == {".json", ".safetensors"}


def test_due_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    checkpoints = Checkpoints(tmp_path, seconds=30)
    assert not checkpoints.due()
    now = 130.0
    assert checkpoints.due()
    checkpoints.save(1, {})
    assert not checkpoints.due()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="cannot be written"):
        Checkpoints(tmp_path / "file").save(1, {})
