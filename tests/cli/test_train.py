"""``deepen train --from``: in this process, so that torch is imported once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from deepen.cli import main


def test_a_net_is_gone_on_with_and_the_options_are_checked(
    patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: object) -> tuple[int, str]:
        nonlocal printed
        monkeypatch.setattr(sys, "argv", ["deepen", "train", *map(str, arguments), "--shallow-share", "0"])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        printed, said = capsys.readouterr()
        return code, said

    printed = ""
    assert ran("patients.csv", "-t", "outcome", "--steps", 2, "-o", "first")[0] == 0
    asked = ("patients.csv", "-t", "outcome", "--from", "first", "-o", "second", "--replace", "--steps", 2)
    code, said = ran(*asked, "--freeze", "all")
    assert code == 0, said
    assert (
        json.loads(Path("second/model.json").read_text())["about"]["from"]
        == "first: the head alone is trained"
    )
    assert "A net from nothing is as good here" in " ".join(printed.split())
    assert "from nothing: measuring this machine" in said
    assert ran(*asked, "--from-nothing-share", 0)[0] == 0
    assert "from nothing" not in printed
    code, said = ran(*asked, "--freeze", "most")
    assert (code, "--freeze: not a number of levels" in said) == (2, True)
    # What is refused leaves no run behind that would be in the way of the mended call.
    for _ in range(2):
        code, said = ran("patients.csv", "-t", "outcom", "--epochs", 1, "-o", "third")
        assert (code, "Did you mean 'outcome'" in said, Path("third.run").exists()) == (2, True, False), said
