"""Tagging by the command: trained, interrupted, gone on with, answered, measured; and what is wrong in one line."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

ENVIRONMENT = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}


def sentences(count=60):
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(count):
        name = "".join(rng.choice(list("abcdefgh"), 5))
        if rng.random() < 0.5:
            rows.append({"tokens": ["mr", name, "sat"], "tags": ["O", "B-PER", "O"]})
        else:
            rows.append({"tokens": ["in", name], "tags": ["O", "B-LOC"]})
    return rows


def lines(path, rows):
    path.write_text("\n".join(map(json.dumps, rows)))


def test_sentences_are_learned_answered_and_measured(command, tmp_path):
    lines(tmp_path / "s.jsonl", sentences())
    ran = command("train", "s.jsonl", "--target", "tags", "--epochs", 40, "--size", "tiny", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "the task: tags" in ran.stderr
    assert "entity f1" in ran.stdout
    assert "each token's own" in ran.stdout
    assert not (tmp_path / "s-model.run").exists()

    ran = command("predict", "s-model", "mr abcde sat", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("row 1  mr/O abcde/B-PER sat/O  0.")
    ran = command("predict", "s-model", "s.jsonl", "--out", "p.conll", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "60 answers are in p.conll" in ran.stdout
    ran = command("evaluate", "s-model", "p.conll", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "p.conll " in ran.stdout
    assert "accuracy" in ran.stdout


def test_a_file_of_tokens_and_tags_needs_no_target(command, tmp_path):
    blocks = (
        "\n".join(f"{a} {b}" for a, b in zip(row["tokens"], row["tags"], strict=True)) for row in sentences()
    )
    (tmp_path / "s.conll").write_text("\n\n".join(blocks))
    ran = command("train", "s.conll", "--steps", 2, "--size", "tiny", "-q", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("test entity f1 ")


@pytest.mark.slow
def test_steps_are_learned_and_answered(command, tmp_path):
    rng = np.random.default_rng(0)
    signals = [rng.normal(size=int(n)).round(2) for n in rng.integers(5, 20, 60)]
    rows = [{"signal": s.tolist(), "state": ["up" if x > 0 else "down" for x in s]} for s in signals]
    lines(tmp_path / "w.jsonl", rows)
    ran = command("train", "w.jsonl", "--target", "state", "--epochs", 2, "--size", "tiny", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "linear" in ran.stdout
    ran = command("predict", "w-model", "w.jsonl", "--out", "p.csv", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 1 + sum(map(len, signals))


@pytest.mark.slow
def test_interrupted_it_keeps_what_was_learned_answers_and_goes_on(command, tmp_path):
    lines(tmp_path / "s.jsonl", sentences())
    process = subprocess.Popen(
        [sys.executable, "-m", "deepen", "train", "s.jsonl", "-t", "tags", "--epochs", "5000"], cwd=tmp_path,
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**ENVIRONMENT, "DEEPEN_CACHE": os.environ["DEEPEN_CACHE"]},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "training " in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "go on with: deepen train --resume s-model" in err
    assert json.loads((tmp_path / "s-model" / "model.json").read_text())["scores"]["test"]
    lines(tmp_path / "new.jsonl", [{"tokens": ["a"], "tags": ["B-NEW"]}])
    ran = command("evaluate", "s-model", "new.jsonl", where=tmp_path)
    assert ran.returncode == 2
    assert (
        "new.jsonl, line 1, place 1, column 'tags': a tag that the training part does not have" in ran.stderr
    )
    lines(tmp_path / "gone.jsonl", [{"tokens": ["a"]}, {"tokens": None}])
    ran = command("predict", "s-model", "gone.jsonl", where=tmp_path)
    assert ran.returncode == 2
    assert "gone.jsonl, line 2, column 'tokens': there is nothing to tag" in ran.stderr
    run = tmp_path / "s-model.run" / "run.json"
    asked = json.loads(run.read_text())
    asked["options"]["epochs"] = 1  # all that is wanted has been done already
    run.write_text(json.dumps(asked))
    ran = command("train", "--resume", "s-model", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert not run.exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"tokens": ["a", "b"], "tags": ["O"]},
            "s.jsonl, line 1: 'tokens' and 'tags' differ in length; allowed: one tag",
        ),
        (
            {"tokens": ["a", ["b"]], "tags": ["O", "O"]},
            "s.jsonl, line 1, column 'tokens', place 2: a token that is itself",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(command, tmp_path, row, message):
    lines(tmp_path / "s.jsonl", [row, *sentences()])
    ran = command(
        "train", "s.jsonl", "--target", "tags", "--kind", "tags=tags", "--steps", 1, "-q", where=tmp_path
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
