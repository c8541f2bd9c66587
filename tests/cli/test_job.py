from __future__ import annotations

import pytest

from deepen.cli import job
from deepen.errors import SettingError


@pytest.mark.parametrize(("rank", "waits"), [("0", []), ("1", [job._TOGETHER])])
def test_what_stops_one_of_several_processes_is_said_whichever_it_is(rank, waits, monkeypatch, capsys):
    """The first speaks at once; another speaks where the first one's end has not ended it."""
    waited = []

    def refuse(_job):
        raise SettingError("no such thing", where="--size")

    monkeypatch.setenv("RANK", rank)
    monkeypatch.setattr(job, "_work", refuse)
    monkeypatch.setattr(job.time, "sleep", waited.append)
    with pytest.raises(SystemExit) as left:
        job._work_alone({})
    assert left.value.code == 2 and waited == waits
    assert capsys.readouterr().err.count("deepen: --size: no such thing") == 1
