"""``deepen check``, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_table_with_a_leak(command, patients: Path, tmp_path: Path) -> None:
    lines = patients.read_text().splitlines()
    told = [f"{line},{len(line) % 3 + (5 if line.endswith('ill') else 0)}" for line in lines[1:]]
    patients.write_text("\n".join([f"{lines[0]},ward", *told]) + "\n")
    ran = command("check", "patients.csv", "--target", "outcome", "--out", "found", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "asking each column" in ran.stderr
    first = ran.stdout.splitlines()[1]
    assert "leaking column" in first
    assert "'ward' alone tells the target" in ran.stdout.replace("\n", " ")
    assert "240 rows looked at" in ran.stdout
    assert json.loads((tmp_path / "found" / "findings.json").read_text())["found"][0]["column"] == "ward"


def test_wrong_input_is_one_message(command, patients: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (["patients.csv", "-t", "outcome", "--out", "."], "stands in the way"),
        (["patients.csv", "-t", "outcome", "--model", "none"], "no such folder"),
    ):
        ran = command("check", *arguments, where=tmp_path)
        assert (ran.returncode, message in ran.stderr) == (2, True), ran.stderr
        assert "Traceback" not in ran.stderr
