"""``deepen write``, as a user calls it, and the other commands on models of the language room."""

import json

import numpy as np
import pytest
import torch

from deepen.data.tokens import Tokeniser
from deepen.language.model import Writer
from deepen.language.plan import NetPlan


@pytest.fixture
def folder(tmp_path):
    tokens = Tokeniser.fit(["the cat sat on the mat, 中文 👍🏽\n"])
    torch.manual_seed(0)
    plan = NetPlan(v=tokens.size, width=8)
    Writer(net=plan.build().eval(), net_plan=plan, tokeniser=tokens).save(tmp_path / "m")
    return tmp_path


def test_it_prints_the_prompt_and_what_follows_and_nothing_else(command, folder):
    ran = command("write", "m", "--prompt", "the ", "--length", 40, "--seed", 3, where=folder)
    assert ran.returncode == 0, ran.stderr
    text = ran.stdout
    assert text.startswith("the ")
    assert len(text) == 4 + 40 + 1
    assert ran.stderr == ""
    again = command("write", "m", "-p", "the ", "-n", 40, "--seed", 3, where=folder)
    assert again.stdout == ran.stdout


def test_unknown_characters_of_the_prompt_are_told(command, folder):
    ran = command("write", "m", "--prompt", "ж the", "--length", 5, where=folder)
    assert ran.returncode == 0
    assert "1 character of the prompt is not known to the model" in ran.stderr


def test_wrong_options_and_other_models_are_refused_in_one_line(command, folder):
    ran = command("write", "m", "--top-p", 2, where=folder)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--top-p: out of range" in ran.stderr
    ran = command("predict", "m", "the", where=folder)
    assert ran.returncode == 2
    assert "deepen write" in ran.stderr
    (folder / "t.csv").write_text("a,y\n" + "".join(f"{i % 13},{i % 3 > 0}\n" for i in range(40)))
    assert command("train", "t.csv", "--steps", 1, "-q", where=folder).returncode == 0
    ran = command("write", "t-model", where=folder)
    assert ran.returncode == 2
    assert "not a language model" in ran.stderr


def test_from_a_file_to_a_model_that_writes_and_is_measured(command, tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(["rain", "sun", "wind", "the"], 3 + i % 5)) for i in range(300)]
    (tmp_path / "song.txt").write_text("\n".join(lines))
    ran = command("train", "song.txt", "--steps", 3, "--size", "tiny", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "bits per character" in ran.stdout
    assert "n-gram" in ran.stdout
    ran = command("write", "song-model", "--length", 20, where=tmp_path)
    assert len(ran.stdout) == 21
    ran = command("evaluate", "song-model", "song.txt", where=tmp_path)
    assert "bits per character" in ran.stdout


def test_from_pairs_to_answers(command, tmp_path):
    rows = [{"input": ["u", f"w{i % 7}"], "output": ["you", f"w{i % 7}"]} for i in range(60)]
    (tmp_path / "tweets.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ran = command(
        "train",
        "tweets.jsonl",
        "--input",
        "input",
        "--target",
        "output",
        "--steps",
        2,
        "--size",
        "tiny",
        where=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    assert "token f1" in ran.stdout
    ran = command("predict", "tweets-model", "u w3 new", where=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "you w3 new" in ran.stdout
    ran = command("predict", "tweets-model", "tweets.jsonl", "--out", "p.csv", where=tmp_path)
    lines = (tmp_path / "p.csv").read_text().splitlines()
    assert lines[0] == "example,prediction,p(the answer)"
    assert lines[1].split(",")[1] == "you w0"
