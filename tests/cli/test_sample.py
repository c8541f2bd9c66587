"""``deepen sample``: as many as are wanted, the same of the same seed; and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import deepen


def test_as_many_as_are_wanted_and_the_same_of_the_same_seed(command, machine, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        how = ("-n", 3, "--steps", 2, "--seed", seed, "--out", f"{name}.npy")
        ran = command("sample", machine, *how, where=tmp_path)
        assert (ran.returncode, ran.stdout) == (0, f"3 samples are in {name}.npy\n"), ran.stderr
    a, b, c = (np.load(tmp_path / f"{name}.npy") for name in "abc")
    assert (a.shape, a.dtype) == ((3, 4, 4, 1), np.uint8)
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()
    np.testing.assert_array_equal(a, deepen.load(machine).sample(3, steps=2, seed=1))


def test_a_class_is_dreamed_of_and_drawn(command, machine, tmp_path):
    ran = command(
        "sample", machine, "-n", 9, "--label", "1", "--steps", 2, "--out", "nine.png", where=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "nine.png") as drawn:
        assert drawn.width > 400 and np.asarray(drawn.convert("L")).std() > 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--label", "seven"), "no such class"),
        (("--out", "dream.xyz"), "--out: no such form; allowed: .png, .svg, .pdf, .npy; came: .xyz"),
        (("--out", "."), "no such form"),
        (("--out", "file/dream.npy"), "cannot be written"),
        (("--out", "taken.npy"), "cannot be written"),
        (("-n", 0), "greater than or equal to 1"),
    ],
)
def test_wrong_words_are_one_message(command, machine, tmp_path, words, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.npy").mkdir()
    ran = command("sample", machine, "--steps", 1, *words, where=tmp_path)
    assert ran.returncode == 2 and message in ran.stderr and "fault" not in ran.stderr, ran.stderr
    assert ran.stdout == ""


def test_what_does_not_dream_and_what_dreams_no_pictures(command, table_model, tmp_path):
    ran = command("sample", table_model, where=tmp_path)
    assert ran.returncode == 2 and "does not sample" in ran.stderr and "deepen pretrain" in ran.stderr
    rows = {"a": np.arange(40.0) % 13, "b": np.arange(40.0) % 7}
    machine = deepen.pretrain(rows, method="dbm", layers=[3, 2], epochs=1).save(tmp_path / "dbm")
    ran = command("sample", machine, where=tmp_path)
    assert ran.returncode == 2 and "--out: what it dreams are no pictures" in ran.stderr
    ran = command("sample", machine, "--label", "a", "--out", "x.npy", where=tmp_path)
    assert ran.returncode == 2 and "--label: belongs to sampling by other methods than 'dbm'" in ran.stderr
    assert command("sample", machine, "-n", 2, "--steps", 1, "--out", "x.npy", where=tmp_path).returncode == 0
    assert np.load(tmp_path / "x.npy").shape == (2, 2)
