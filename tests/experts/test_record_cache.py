from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepen.experts import record_cache, record_files
from deepen.experts.record_files import read_games


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "games").mkdir()
    for number, text in enumerate(
        ("(;SZ[5]RE[B+1]AB[ee];B[aa];W[])", "(;SZ[5];B[bb])", "(;SZ[9];B[bb];W[cc])", "(;SZ[5]")
    ):
        (tmp_path / "games" / f"{number}.sgf").write_text(text)
    return tmp_path / "games"


def test_what_was_read_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, notes = read_games(folder)

    def broken(file: Path) -> None:
        raise AssertionError(f"{file} was read again")

    with monkeypatch.context() as patched:
        patched.setattr(record_files, "_read", broken)
        again, same = read_games(folder)
        assert same == notes and len(notes) == 2 and again.names == first.names and again.size == 5
        for name in ("setup", "starts", "moves", "colours", "winner"):
            a, b = getattr(first, name), getattr(again, name)
            assert np.array_equal(a, b) and a.dtype == b.dtype
        with pytest.raises(AssertionError, match="was read again"):
            read_games(folder, size=9)
        (folder / "1.sgf").write_text("(;SZ[5];B[cc];W[dd])")
        with pytest.raises(AssertionError, match="was read again"):
            read_games(folder)
    changed, _ = read_games(folder)
    assert changed.moves.tolist() == [0, 25, 12, 18]


def test_a_cache_that_cannot_be_written_costs_no_more_than_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepen.errors import FolderError

    def full(*given: object, **more: object) -> None:
        raise FolderError("too little space is free")

    monkeypatch.setattr(record_cache.Cache, "make", full)
    games, _ = read_games(folder)
    assert len(games) == 2
