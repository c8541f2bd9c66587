"""``deepen predict``: what it prints of each form of answers, what it writes, and what it refuses before the work."""

from __future__ import annotations

import csv

import pytest

import deepen


@pytest.fixture
def place(tmp_path):
    (tmp_path / "new.csv").write_text("x\n" + "".join(f"{k % 13}\n" for k in range(43)))
    return tmp_path


def test_forty_answers_are_printed_and_all_are_written(command, table_model, place):
    wanted = deepen.load(table_model).predict(place / "new.csv")
    ran = command("predict", table_model, "new.csv", where=place)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[40:] == ["and 3 more; write them all with --out answers.csv"]
    for k in (0, 39):
        assert lines[k] == f"{wanted.names[k]}  {wanted[k]}  {wanted.probabilities[k].max():.3f}"
    ran = command("predict", table_model, "new.csv", "--out", "a.csv", where=place)
    assert (ran.returncode, ran.stdout) == (0, "43 answers are in a.csv\n"), ran.stderr
    with (place / "a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["example", "prediction", "p(no)", "p(yes)"]
    assert [row[1] for row in rows[1:]] == list(wanted)


def test_numbers_have_no_probability_and_several_labels_stand_side_by_side(command, place):
    rows = {"x": [float(k % 7) for k in range(60)], "y": [1000.5 * (k % 7) + k % 2 for k in range(60)]}
    short = {"steps": 1, "size": "tiny", "shallow_share": 0}
    number = deepen.train(rows, target="y", **short).save(place / "number")
    ran = command("predict", number, "new.csv", where=place)
    found = deepen.load(number).predict(place / "new.csv")
    assert ran.stdout.splitlines()[0] == f"{found.names[0]}  {found[0]:.6g}"
    marks = {
        "x": [float(k % 7) for k in range(60)],
        "[a]": [k % 2 for k in range(60)],
        "b": [k % 3 > 0 for k in range(60)],
    }
    labels = deepen.train(marks, target=["[a]", "b"], **short).save(place / "labels")
    ran = command("predict", labels, "new.csv", where=place)
    found = deepen.load(labels).predict(place / "new.csv")
    shown = [
        f"{name}  {', '.join(value) or 'none'}" for name, value in zip(found.names, found.values, strict=True)
    ]
    assert ran.stdout.splitlines()[:40] == shown[:40]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing.csv",), "nothing.csv"),
        (("other.csv",), "there is no column 'x'"),
        (("new.csv", "--out", "new.csv/a.csv"), "cannot be written"),
        (("new.csv", "--out", "taken"), "cannot be written"),
        (("new.csv", "--device", "toaster"), "toaster"),
        (("new.csv", "--delimiter", "ab"), "delimiter"),
    ],
)
def test_what_is_wrong_is_one_message(command, table_model, place, words, message):
    (place / "other.csv").write_text("z\n1\n2\n")
    (place / "taken").mkdir()
    ran = command("predict", table_model, *words, where=place)
    assert ran.returncode == 2 and message in ran.stderr and "fault" not in ran.stderr, ran.stderr
    assert ran.stdout == ""
