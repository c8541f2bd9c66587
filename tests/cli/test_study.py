"""``deepen study``, as a user calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}


def deepen(*arguments: object, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deepen", "study", *map(str, arguments)], cwd=where, capture_output=True, text=True,
        timeout=120, env={**ENVIRONMENT, "DEEPEN_CACHE": os.environ["DEEPEN_CACHE"]}, check=False,
    )  # fmt: skip


def test_a_study_is_printed_and_kept(patients: Path, tmp_path: Path) -> None:
    short = ("--target", "outcome", "--minutes", 0.2, "--sizes", "tiny", "--learners", "linear")
    ran = deepen("patients.csv", *short, "--target-score", 0.9, where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "error in" in ran.stderr and "patients-study/" in ran.stdout
    kept = json.loads((tmp_path / "patients-study" / "study.json").read_text())
    assert kept["target_score"] == 0.9 and kept["advice"] == ran.stdout.splitlines()[: len(kept["advice"])]
    assert not (tmp_path / "patients-study" / "examples.tmp").exists()


def test_wrong_options_end_with_one_message(patients: Path, tmp_path: Path) -> None:
    ran = deepen("patients.csv", "--minutes", 0.1, "--target-score", 95, where=tmp_path)
    assert (
        ran.returncode == 2 and "--target-score: out of range" in ran.stderr and "Traceback" not in ran.stderr
    )
