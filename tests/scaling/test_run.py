"""Whole studies of small worlds: inside the clock, killed and gone on with, in one process and in several."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import FolderError, SettingError
from deepen.scaling import run as running
from deepen.scaling.study import Study

SHORT = {"minutes": 0.03, "sizes": ["tiny"], "learners": ["neighbours"]}


@pytest.fixture
def one_worker(monkeypatch):
    monkeypatch.setattr(running, "_workers", lambda context: 1)


def test_a_study_in_one_process_keeps_to_the_clock(blobs, tmp_path, one_worker):
    began = time.monotonic()
    found = deepen.study(*blobs, to=tmp_path / "s", target_score=0.9, **SHORT)
    assert time.monotonic() - began < 60 * SHORT["minutes"] + 30
    assert found.cells  # how many depends on what else the machine does
    assert Study.load(tmp_path / "s").cells == found.cells
    assert {"cells.jsonl", "study.json", "chart.png", "README.md"} <= {
        p.name for p in (tmp_path / "s").iterdir()
    }
    assert len((tmp_path / "s" / "cells.jsonl").read_text().splitlines()) == len(found.cells)
    # Once more: the clock is used up, nothing is measured twice.
    again = deepen.study(*blobs, to=tmp_path / "s", target_score=0.9, **{**SHORT, "minutes": 0.01})
    assert again.cells == found.cells


@pytest.mark.slow
def test_several_processes_find_the_same(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_workers", lambda context: 2)
    found = deepen.study(*blobs, to=tmp_path / "two", **{**SHORT, "minutes": 0.25})
    monkeypatch.setattr(running, "_workers", lambda context: 1)
    alone = deepen.study(*blobs, **{**SHORT, "minutes": 0.1})
    first, second = ({c.rows: c.errors[0] for c in s.curves["neighbours"].cells} for s in (found, alone))
    both = set(first) & set(second)
    assert both and all(first[n] == second[n] for n in both)
    assert not (tmp_path / "two" / "examples.tmp").exists()


@pytest.mark.slow
def test_a_killed_study_goes_on(blobs, tmp_path):
    np.savez(tmp_path / "blobs.npz", x=blobs[0], y=blobs[1])
    command = [
        sys.executable,
        "-m",
        "deepen",
        "study",
        "blobs.npz",
        "--minutes",
        "1",
        "--sizes",
        "tiny",
        "--to",
        "s",
    ]
    first = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cells = tmp_path / "s" / "cells.jsonl"
    until = time.monotonic() + 120
    while time.monotonic() < until and not (cells.exists() and cells.read_bytes().count(b"\n") >= 5):
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = [json.loads(line) for line in cells.read_text().splitlines() if line.endswith("}")]
    with cells.open("a") as file:
        file.write('{"learner": "net", "ro')  # as if it had been killed while writing
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    after = [json.loads(line) for line in cells.read_text().splitlines()]
    assert after[: len(before)] == before and len(after) > len(before)
    keys = [(r["learner"], r["rows"], r["size"], r["length"], r["seed"]) for r in after]
    assert len(set(keys)) == len(keys)
    assert "were measured before" in ran.stderr


def test_other_data_are_refused(blobs, tmp_path, one_worker):
    short = {**SHORT, "minutes": 0.01}
    deepen.study(*blobs, to=tmp_path / "s", **short)
    with pytest.raises(FolderError, match="other data"):
        deepen.study(blobs[0], (blobs[1] + 1) % 3, to=tmp_path / "s", **short)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(FolderError, match="holds no study"):
        deepen.study(*blobs, to=tmp_path / "mine", **short)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"minutes": None, "epochs": 3}, "minutes"), ({"minutes": float("inf")}, "minutes"),
        ({"test_share": 0}, "needs a test and"), ({"size": "tiny"}, "sizes"), ({"target_score": 95}, "below 1"),
        ({"learners": ["bosting"]}, "boosting"), ({"sizes": ["tinny"]}, "tiny"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused_before_any_work(blobs, more, said):
    with pytest.raises(SettingError, match=said):
        deepen.study(*blobs, **{**SHORT, **more})


def test_a_task_that_cannot_be_studied(sales):
    with pytest.raises(SettingError, match="cannot be studied"):
        deepen.study(sales, forecast="sales", horizon=4, minutes=0.1)


def test_stopped_it_keeps_what_it_has(blobs, tmp_path, one_worker):
    stop = StopFlag()

    class Watch(deepen.learning.watch.Silent):
        def note(self, text):
            if "error in" in text:
                stop.set("Ctrl-C")

    found = deepen.study(*blobs, to=tmp_path / "s", stop=stop, watch=Watch(), **{**SHORT, "minutes": 5})
    assert 1 <= len(found.cells) <= 3
    assert (tmp_path / "s" / "study.json").is_file()
