"""README and docs run as they are written: every block marked python or bash, in the page's order.

Minutes are cut to a few seconds; all else is run as it stands, beside a folder of photos and two tables.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))]
LONG = ("README.md", "docs/guide.md")  # a minute and more each: every command of deepen is run
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.slow if page in LONG else ()) for page in PAGES]
)
def test_a_page_runs(page: str, photos: Path, patients: Path, sales: Path, tmp_path: Path) -> None:
    text = (ROOT / page).read_text()
    shutil.copy(photos / "lying" / "00.png", tmp_path / "new.jpg")
    shutil.copytree(photos, tmp_path / "more")
    program = ""
    for language, code in BLOCK.findall(text):
        short = re.sub(r"minutes([ =])[\d.]+", r"minutes\g<1>0.12", code)
        if language == "python":
            program += short
            continue
        for line in short.splitlines():
            command = line.split("#")[0].split()
            assert command[0] == "deepen", line
            ran = subprocess.run(
                [sys.executable, "-m", *command],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                env=os.environ,
                check=False,
            )
            assert ran.returncode == 0, f"{line}\n{ran.stderr}"
    if program:
        ran = subprocess.run(
            [sys.executable, "-W", "error::UserWarning", "-c", program], cwd=tmp_path, capture_output=True, text=True,
            env=os.environ, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr


def test_every_page_stands_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    assert [p for p in pages if p not in navigation] == []
