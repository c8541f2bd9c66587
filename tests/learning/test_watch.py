import dataclasses

import pytest

from deepen.data.schema import Schema
from deepen.learning.watch import Progress, Silent, Watch


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    watch: Watch = Silent()
    watch.stage("reading")
    watch.stage("encoding", 3, 10)
    watch.note("something")
    watch.understood(Schema((), "number", ("y",)), 10)
    watch.progress(Progress(0.5, 10, 1.5, 30.0, 30.0, 0.2))
    assert capsys.readouterr() == ("", "")


def test_progress_is_frozen_and_its_figures_are_its_own() -> None:
    a, b = (Progress(0.0, 0, 0.0, 0.0, 0.0, 0.0) for _ in range(2))
    assert a.valid == {}
    assert a.valid is not b.valid
    with pytest.raises(dataclasses.FrozenInstanceError):
        a.share = 1.0  # type: ignore[misc]
