"""The command, as a user calls it; in a process of its own where signals and other processes are what is tested."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}

SHORT = ("--size", "tiny", "--shallow-share", "0", "--no-pictures")  # nothing beside what is tested


def deepen(*arguments: object, where: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deepen", *map(str, arguments)], cwd=where, capture_output=True, text=True,
        timeout=timeout, env={**ENVIRONMENT, "DEEPEN_CACHE": os.environ["DEEPEN_CACHE"]}, check=False,
    )  # fmt: skip


def test_without_a_test_part_no_score_is_shown(command, patients: Path, tmp_path: Path) -> None:
    ran = command("train", "patients.csv", "-t", "outcome", "--steps", 2, "--test-share", 0, where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "no test part was held out, so there is no score: deepen evaluate patients-model" in ran.stdout
    ran = command("evaluate", "patients-model", where=tmp_path)
    assert ran.returncode == 2 and "no test part was held out" in ran.stderr


def test_train_predict_evaluate(command, patients: Path, tmp_path: Path) -> None:
    ran = command(
        "train", "patients.csv", "--target", "outcome", "--epochs", 30, "--no-pictures", where=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "id" in ran.stderr
    assert "identifier-like" in ran.stderr
    assert "balanced accuracy" in ran.stdout
    assert not (tmp_path / "patients-model.run").exists()

    ran = command("predict", "patients-model", "patients.csv", "--out", "p.csv", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = (tmp_path / "p.csv").read_text().splitlines()
    assert lines[0] == "example,prediction,p(ill),p(well)"
    assert len(lines) == 241

    ran = command(
        "evaluate", "patients-model", "patients.csv", "--by", "smoker", "--by", "age", "--out", "behind",
        where=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "patients.csv " in ran.stdout
    assert "worst by smoker: " in ran.stdout
    assert "age is parted at its quartiles" in ran.stdout
    drawn = {"mistakes.png", "confusion.png", "reliability.png", "subgroups.png", "subgroups-2.png"}
    assert {p.name for p in (tmp_path / "behind").iterdir()} == {*drawn, "evaluation.json", "manifest.json"}
    kept = json.loads((tmp_path / "behind" / "evaluation.json").read_text())
    assert [each["column"] for each in kept["subgroups"]] == ["smoker", "age"]
    assert not list((tmp_path / "patients-model").glob("*.png"))

    ran = command("train", "patients.csv", "--target", "outcome", "--epochs", 1, where=tmp_path)
    assert (ran.returncode, "holds a model already" in ran.stderr) == (2, True)
    ran = command("train", "patients.csv", "-t", "outcome", "--epochs", 1, "--replace", "-q", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert ran.stdout.startswith("test accuracy 0.")


def test_pictures_and_a_drawing_of_the_mistakes(command, photos: Path, tmp_path: Path) -> None:
    ran = command(
        "train", "photos/", "--epochs", 2, "--mistakes", "wrong.png", "--pictures", "--by", "folder:-1",
        where=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "worst by folder:-1: " in ran.stdout
    card = (tmp_path / "photos-model" / "README.md").read_text()
    for name in ("confusion.png", "reliability.png", "subgroups.png"):
        assert (tmp_path / "photos-model" / name).stat().st_size > 1000
        assert f"]({name})" in card
    assert (tmp_path / "wrong.png").stat().st_size > 1000
    ran = command("predict", "photos-model", "photos/lying/00.png", "photos/standing/01.png", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == [
        "photos/lying/00.png",
        "photos/standing/01.png",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "what to learn from is missing"),
        (["train", "patient.csv"], "patients.csv"),
        (["train", "empty"], "empty"),
        (["train", "patients.csv", "-t", "outcom", "--epochs", 1], "Did you mean 'outcome'?"),
        (["train", "patients.csv", "-t", "outcome", "--by", "smokr"], "Did you mean 'smoker'?"),
        (["train", "patients.csv", "--minutes", 0], "minutes: out of range"),
        (["train", "patients.csv", "--minutes", -1], "minutes: out of range"),
        (["train", "patients.csv", "--kind", "zip"], "not of the form NAME=KIND"),
        (["train", "patients.csv", "--out", "patients.csv"], "stands in the way"),
        (["train", "patients.csv", "--out", "/proc/nowhere/m"], "cannot be written"),
        (["train", "ragged.csv"], "ragged.csv, line 3"),
        (["train", "one.csv", "-t", "y"], "one class only"),
        (["train", "single.csv", "-t", "y"], "has one example"),
        (["train", "--resume", "nothing"], "there is no interrupted run"),
        (["predict", "nowhere", "a.jpg"], "no such folder"),
        (["evaluate", "patients.csv"], "not a folder that deepen wrote"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    command, patients: Path, tmp_path: Path, arguments, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "ragged.csv").write_text("a,b,y\n1,2,x\n1,2\n3,4,y\n")
    (tmp_path / "one.csv").write_text("a,y\n" + "1.5,x\n2.5,x\n" * 20)
    (tmp_path / "single.csv").write_text("a,y\n" + "1.5,x\n2.5,w\n" * 20 + "3.5,z\n")
    ran = command(*arguments, where=tmp_path)
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert message in ran.stderr
    assert [line for line in ran.stderr.splitlines() if line.startswith("deepen: ")] != []


def test_a_process_of_its_own_ends_with_that_code(tmp_path: Path) -> None:
    ran = deepen("train", "nothing.csv", where=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "deepen: nothing.csv: there is no such file" in ran.stderr and "Traceback" not in ran.stderr
    assert not list(tmp_path.iterdir())


def test_what_was_refused_is_no_interrupted_run(command, patients: Path, tmp_path: Path) -> None:
    asked = ("train", "patients.csv", "--steps", 2, "--shallow-share", 0, "-q")
    assert command(*asked, "-t", "outcom", where=tmp_path).returncode == 2
    assert not (tmp_path / "patients-model.run").exists()
    ran = command(*asked, "-t", "outcome", where=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_debug_shows_where_it_came_from(command, tmp_path: Path) -> None:
    ran = command("train", "nothing.csv", "--debug", where=tmp_path)
    assert ran.returncode == 2
    assert "Traceback" in ran.stderr


def begin(arguments: list[str], where: Path, ready: str) -> subprocess.Popen[str]:
    """Start a run, and wait until it trains."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deepen", "train", *arguments], cwd=where, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, env={**ENVIRONMENT, "DEEPEN_CACHE": os.environ["DEEPEN_CACHE"]},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if ready in line:
            break
    return process


def test_a_signal_ends_with_a_model_and_the_run_goes_on(patients: Path, tmp_path: Path) -> None:
    for asked, number in (
        (["patients.csv", "-t", "outcome", "--epochs", "3000", *SHORT], signal.SIGINT),
        (["--resume", "patients-model"], signal.SIGTERM),
    ):
        process = begin(asked, tmp_path, "training ")
        time.sleep(0.3)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "stopped by" in err + out
        assert json.loads((tmp_path / "patients-model" / "model.json").read_text())["scores"]["test"]
        assert (tmp_path / "patients-model.run" / "run.json").is_file()


def test_after_a_kill_the_run_goes_on(command, patients: Path, tmp_path: Path) -> None:
    process = begin(["patients.csv", "-t", "outcome", "--epochs", "9", *SHORT], tmp_path, "measuring")
    process.kill()
    process.communicate()
    assert not (tmp_path / "patients-model").exists()
    ran = command("train", "patients.csv", "-t", "outcome", where=tmp_path)
    assert (ran.returncode, "an interrupted run stands there" in ran.stderr) == (2, True)
    ran = command("train", "--resume", "patients-model", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "patients-model" / "model.json").is_file()


@pytest.mark.slow
def test_two_processes_share_a_run(patients: Path, tmp_path: Path) -> None:
    ran = deepen("train", "patients.csv", "-t", "outcome", "--epochs", 20, "--processes", 2, where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("balanced accuracy") == 1
    ran = deepen("train", "nothing.csv", "--processes", 2, where=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.count("deepen: ") == 1


@pytest.mark.slow
def test_two_processes_begin_with_what_was_learned_before(photos: Path, tmp_path: Path) -> None:
    before = ("train", photos, "--epochs", 2, "--size", "tiny", "--shallow-share", 0, "--out", "before")
    assert deepen(*before, where=tmp_path).returncode == 0
    options = ("--from", "before", "--freeze", 2, "--epochs", 2, "--shallow-share", 0, "--processes", 2)
    for more in ((), ("--unlabelled", photos)):
        ran = deepen("train", photos, *options, *more, "--out", f"model{len(more)}", where=tmp_path)
        assert ran.returncode == 0, ran.stderr
        model = json.loads((tmp_path / f"model{len(more)}" / "model.json").read_text())
        assert model["about"]["from"].startswith("before: its 2 lowest levels stay")


def test_a_forecast_is_trained_drawn_and_written(command, sales: Path, tmp_path: Path) -> None:
    asked = ("--forecast", "sales", "--horizon", 4, "--group", "store", "--future", "price")
    ran = command("train", "sales.csv", *asked, "--steps", 6, "--plot", "fan.png", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "chosen by pinball loss" in ran.stderr.replace("\n", " ")
    assert "mase" in ran.stdout
    assert (tmp_path / "fan.png").stat().st_size > 10_000

    ran = command("predict", "sales-model", "sales.csv", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[:2] for line in ran.stdout.splitlines()[1:3]] == [
        ["north", "2020-01"],
        ["north", "2020-02"],
    ]
    ran = command("predict", "sales-model", "sales.csv", "--out", "next.csv", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = (tmp_path / "next.csv").read_text().splitlines()
    assert lines[0].startswith("store,date,sales,sales 5%")
    assert len(lines) == 9
    ran = command("evaluate", "sales-model", "sales.csv", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "coverage" in ran.stdout


def test_what_belongs_to_a_forecast_is_refused_elsewhere(command, patients: Path, tmp_path: Path) -> None:
    for option in (("--horizon", 3), ("--plot", "fan.png")):
        ran = command("train", "patients.csv", "-t", "outcome", *option, "--epochs", 1, where=tmp_path)
        assert ran.returncode == 2
        assert "belongs to a forecast" in ran.stderr
