from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from deepen.errors import DataError, Stopped
from deepen.experts.record_files import is_game_records, read_games
from deepen.experts.records import UNKNOWN

GAMES = [
    f"(;GM[1]SZ[5]RE[{result}]AB[ee];B[{a}a];W[b{a}];B[])"
    for a, result in zip("abcde", ("B+R", "W+1", "0", "?", "B+2"), strict=True)
]


def folder(place: Path, texts: list[str]) -> Path:
    place.mkdir(parents=True)
    for number, text in enumerate(texts):
        (place / f"{number}.sgf").write_text(text)
    return place


def test_arrays_of_games(tmp_path: Path) -> None:
    games, notes = read_games(folder(tmp_path / "g", GAMES))
    assert notes == [] and len(games) == 5 and games.size == 5
    assert games.moves.tolist()[:6] == [0, 1, 25, 1, 6, 25] and games.colours.tolist()[:3] == [1, -1, 1]
    assert games.starts.tolist() == [0, 3, 6, 9, 12, 15] and (games.setup[:, 24] == 1).all()
    assert games.winner.tolist() == [1, -1, 0, UNKNOWN, 1] and games.names[4] == "4.sgf"
    some = games.chosen([3, 0])
    assert some.names == ("3.sgf", "0.sgf") and some.winner.tolist() == [UNKNOWN, 1]
    assert some.moves.tolist() == [*games.moves[9:12], *games.moves[:3]] and some.starts.tolist() == [0, 3, 6]


def packings(place: Path) -> list[Path]:
    place.mkdir()
    with zipfile.ZipFile(place / "games.zip", "w") as archive:
        for number, text in enumerate(GAMES):
            archive.writestr(f"in/{number}.sgf", text)
    with tarfile.open(place / "games.tar.gz", "w:gz") as tar:
        for number, text in enumerate(GAMES):
            member = tarfile.TarInfo(f"in/{number}.sgf")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    (place / "all.sgf").write_text("".join(GAMES))
    return [place / "games.zip", place / "games.tar.gz", place / "all.sgf"]


def test_archives_and_collections_hold_the_same_games(tmp_path: Path) -> None:
    plain, _ = read_games(folder(tmp_path / "g", GAMES))
    for path in packings(tmp_path / "packed"):
        games, notes = read_games(path)
        assert is_game_records(path) and notes == []
        assert np.array_equal(games.moves, plain.moves) and np.array_equal(games.winner, plain.winner)
    # All three in one folder: every game is there three times.
    games, notes = read_games(tmp_path / "packed")
    assert len(games) == 5 and notes == ["10 of 15 games were left out: they are there twice"]


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    more = [GAMES[0], "(;SZ[5])", "(;SZ[9];B[aa])", "(;SZ[5];B[zz])", "(;SZ[5]"]
    games, notes = read_games(folder(tmp_path / "g", GAMES + more))
    assert len(games) == 5
    assert notes[0].startswith(
        "2 of 10 files were left out as broken: 8.sgf, line 1, column 8: move 1 is off the board"
    )
    assert notes[1:] == [
        "1 of 8 games were left out: they are there twice", "1 of 8 games were left out: they have no moves",
        "1 of 8 games were left out: they are on a board other than 5x5",
    ]  # fmt: skip
    assert len(read_games(tmp_path / "g", size=9)[0]) == 1


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0\.sgf, line 1, column 8: move 1 is off the board"):
        read_games(folder(tmp_path / "broken", ["(;SZ[5];B[zz])"]))
    with pytest.raises(DataError, match="they have no moves"):
        read_games(folder(tmp_path / "empty", ["(;SZ[5])"]))
    with pytest.raises(DataError, match=r"holds no game records; allowed: files that end in \.sgf"):
        read_games(folder(tmp_path / "none", []))
    with pytest.raises(DataError):
        read_games(tmp_path / "missing")
    with pytest.raises(Stopped):
        read_games(folder(tmp_path / "g", GAMES), stop=lambda: True)


def test_what_game_records_are(tmp_path: Path, photos: Path, patients: Path) -> None:
    assert is_game_records(folder(tmp_path / "g", GAMES)) and is_game_records(str(tmp_path / "g"))
    (tmp_path / "g" / "README.txt").write_text("of a club")
    assert is_game_records(tmp_path / "g") and is_game_records(tmp_path / "g" / "0.sgf")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "bad.tar.gz").write_bytes(b"\x1f\x8b cut")
    (tmp_path / "empty").mkdir()
    for other in (
        photos,
        patients,
        tmp_path / "missing",
        tmp_path / "bad.zip",
        tmp_path / "bad.tar.gz",
        tmp_path / "empty",
        [1],
        None,
    ):
        assert not is_game_records(other)
