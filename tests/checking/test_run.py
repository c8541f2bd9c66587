import json
from pathlib import Path

import numpy as np
import pytest

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import FolderError, SettingError, Stopped


class Noted:
    """A watch that keeps the stages' names."""

    def __init__(self, stop: StopFlag | None = None, at: str = "") -> None:
        self.stages: list[str] = []
        self._stop, self._at = stop, at

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        if name not in self.stages:
            self.stages.append(name)
        if self._stop is not None and name == self._at:
            self._stop.set("Ctrl-C")

    def note(self, text: str) -> None: ...

    def understood(self, schema: object, rows: int) -> None: ...

    def progress(self, now: object) -> None: ...


def test_all_stages_worst_first_and_written(patients: Path, tmp_path: Path) -> None:
    lines = patients.read_text().splitlines()
    lines += [f"{900 + at},{line.split(',', 1)[1]}" for at, line in enumerate(lines[1:4])]
    patients.write_text("\n".join(lines) + "\n")
    watch = Noted()
    found = deepen.check(patients, target="outcome", watch=watch, out=tmp_path / "found")
    assert {"comparing rows", "asking each column", "comparing parts", "doubting labels"} <= set(watch.stages)
    assert np.all(np.diff([f.severity for f in found]) <= 0)
    assert {"conflicting labels", "duplicate"} & set(found.counts()) or found.of("near duplicate")
    kept = json.loads((tmp_path / "found" / "findings.json").read_text())
    assert deepen.Findings.from_dict(kept).found == found.found
    assert found.rows == 243
    again = deepen.check(patients, target="outcome", out=tmp_path / "found")
    assert again.found == found.found  # the same seed, the same findings


def test_pictures_come_with_what_is_told_of_them(photos: Path, tmp_path: Path) -> None:
    (photos / "standing" / "copy.png").write_bytes((photos / "lying" / "03.png").read_bytes())
    found = deepen.check(photos, out=tmp_path / "found")
    (torn,) = found.of("conflicting labels", "duplicate across parts")
    assert set(torn.rows) <= set(found.pictures)
    assert any(Path(name).name == "copy.png" for name in torn.where)
    assert list((tmp_path / "found").glob("*.png"))


def test_a_stop_keeps_what_was_found(patients: Path) -> None:
    stop = StopFlag()
    found = deepen.check(patients, target="outcome", stop=stop, watch=Noted(stop, "asking each column"))
    assert any("stopped by Ctrl-C before" in note for note in found.notes)
    assert not found.of("wrong label")
    stop = StopFlag()
    with pytest.raises(Stopped):
        deepen.check(patients, target="outcome", stop=stop, watch=Noted(stop, "reading"))


def test_what_cannot_be_checked_is_refused(sales: Path, patients: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be checked yet"):
        deepen.check(sales, forecast="sales", horizon=4, group="store")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("dear")
    with pytest.raises(FolderError, match="stands in the way"):
        deepen.check(patients, target="outcome", out=tmp_path / "mine")
    assert (tmp_path / "mine" / "work.txt").read_text() == "dear"
