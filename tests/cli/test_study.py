"""``deepen study``, as the command runs it; ``tests/cli/test_cli.py`` starts the command as a user does."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from deepen import cli
from deepen.scaling import run as running


@pytest.fixture
def deepen(tmp_path, monkeypatch):
    """The command in this process, in a folder of its own; gives its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(running, "_workers", lambda context: 1)

    def ran(*arguments: object) -> object:
        monkeypatch.setattr(cli, "STARTED", time.monotonic())
        monkeypatch.setattr(sys, "argv", ["deepen", "study", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return ran


def test_a_study_is_printed_and_kept(deepen, patients: Path, tmp_path: Path, capsys) -> None:
    short = ("--target", "outcome", "--minutes", 0.05, "--sizes", "tiny", "--learners", "linear")
    assert deepen("patients.csv", *short, "--target-score", 0.9) == 0
    out, err = capsys.readouterr()
    assert "error in" in err and "patients-study/" in out
    kept = json.loads((tmp_path / "patients-study" / "study.json").read_text())
    assert kept["target_score"] == 0.9 and kept["advice"] == out.splitlines()[: len(kept["advice"])]
    assert not (tmp_path / "patients-study" / "examples.tmp").exists()


def test_wrong_options_end_with_one_message(deepen, patients: Path, capsys) -> None:
    assert deepen("patients.csv", "--minutes", 0.1, "--target-score", 95) == 2
    err = capsys.readouterr().err
    assert "--target-score: out of range" in err and "Traceback" not in err
