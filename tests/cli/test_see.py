"""``deepen see``: what it prints and writes. In this process, so that torch is imported once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import deepen
from deepen.cli import main
from deepen.seeing import look


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(look, "KEPT", 3)

    def ran(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["deepen", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        return Ran(code, *capsys.readouterr())

    return ran


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("see")
    lines = [f"{k % 13},{'ab'[k % 2]},{'yes' if k % 13 > 6 else 'no'}" for k in range(80)]
    (place / "t.csv").write_text("\n".join(["x,c,y", *lines]) + "\n")
    deepen.train(place / "t.csv", target="y", steps=8, size="tiny").save(place / "t-model")
    return place


def test_a_sentence_for_each_level_and_a_folder(run, folder: Path) -> None:
    ran = run("see", "t-model", "t.csv", "--units", 2, "--examples", 1, "--nuisance", "c")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("level 1 of 3: ")
    assert "probe for 'y'" in lines[0]
    assert "probe for 'c'" in lines[2]
    assert "pictures in t-seen; begin with README.md" in lines[-1]
    assert {"README.md", "seeing.json", "probes.png"} <= {p.name for p in (folder / "t-seen").iterdir()}


def test_errors_are_one_line(run) -> None:
    ran = run("see", "t-model")
    assert ran.code == 2
    assert "nothing to see without data" in ran.err
    assert "Traceback" not in ran.err
    ran = run("see", "t-model", "t.csv", "--nuisance", "speaker")
    assert ran.code == 2
    assert "there is no column 'speaker'" in ran.err


def test_a_player_is_seen_without_data(run, folder: Path, place: Path) -> None:
    deepen.load(place).thinking(4).save(folder / "ttt-model")
    ran = run("see", "ttt-model", "--rows", 30, "--units", 2, "--examples", 1, "--out", "ttt-seen")
    assert ran.code == 0, ran.err
    assert "30 positions of " in ran.out and "level 1 of " in ran.out
    assert {"README.md", "decisions.png", "tree-1.png"} <= {p.name for p in (folder / "ttt-seen").iterdir()}
    ran = run("see", "ttt-model", "t.csv", "--out", "ttt-seen")
    assert ran.code == 2 and "its own play" in ran.err
