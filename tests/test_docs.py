"""README and docs run as they are written: every block marked python or bash, in the page's order.

Minutes are cut to a few seconds, and thousands of steps to a hundred; all else is run as it stands, beside a folder of
photos and two tables. It runs in this process, since each one of its own would import torch for seconds.
"""

from __future__ import annotations

import re
import runpy
import shutil
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if BLOCK.search(path.read_text())
]
LONG = ("README.md", "docs/guide.md")  # a minute and more each: every command of deepen is run


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.slow if page in LONG else ()) for page in PAGES]
)
def test_a_page_runs(
    command,
    page: str,
    photos: Path,
    patients: Path,
    sales: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / page).read_text()
    shutil.copy(photos / "lying" / "00.png", tmp_path / "new.jpg")
    shutil.copytree(photos, tmp_path / "more")
    program = ""
    for language, code in BLOCK.findall(text):
        short = re.sub(r"minutes([ =])[\d.]+", r"minutes\g<1>0.12", code)
        short = re.sub(r"steps=\d+_000", "steps=100", short)
        if language == "python":
            program += short
            continue
        for line in short.splitlines():
            name, *words = line.split("#")[0].split()
            assert name == "deepen", line
            ran = command(*words, where=tmp_path)
            assert ran.returncode == 0, f"{line}\n{ran.stderr}"
    (tmp_path / "page.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.simplefilter("error", UserWarning)
        runpy.run_path("page.py", run_name="__main__")


def test_every_page_stands_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    assert [p for p in pages if p not in navigation] == []
