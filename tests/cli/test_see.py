"""``deepen see``, as a user calls it."""

import os
import subprocess
import sys

import pytest


def deepen(*arguments, where, timeout=120):
    return subprocess.run(
        [sys.executable, "-m", "deepen", *map(str, arguments)], cwd=where, capture_output=True, timeout=timeout,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}, check=False, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("see")
    lines = [f"{k % 13},{'ab'[k % 2]},{'yes' if k % 13 > 6 else 'no'}" for k in range(80)]
    (place / "t.csv").write_text("\n".join(["x,c,y", *lines]) + "\n")
    ran = deepen("train", "t.csv", "--epochs", 4, "-q", where=place)
    assert ran.returncode == 0, ran.stderr
    return place


def test_a_sentence_for_each_level_and_a_folder(folder):
    ran = deepen("see", "t-model", "t.csv", "--units", 2, "--examples", 1, "--nuisance", "c", where=folder)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("level 1 of 3: ")
    assert "probe for 'y'" in lines[0]
    assert "probe for 'c'" in lines[2]
    assert "pictures in t-seen; begin with README.md" in lines[-1]
    assert {"README.md", "seeing.json", "probes.png"} <= {p.name for p in (folder / "t-seen").iterdir()}


def test_errors_are_one_line(folder):
    ran = deepen("see", "t-model", where=folder)
    assert ran.returncode == 2
    assert "nothing to see without data" in ran.stderr
    assert "Traceback" not in ran.stderr
    ran = deepen("see", "t-model", "t.csv", "--nuisance", "speaker", where=folder)
    assert ran.returncode == 2
    assert "there is no column 'speaker'" in ran.stderr
