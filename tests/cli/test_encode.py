"""``deepen encode``: one row of numbers for each example, in three forms; and what it refuses before the work."""

from __future__ import annotations

import numpy as np
import pytest
from pyarrow import csv, parquet

import deepen


@pytest.fixture
def place(tmp_path):
    (tmp_path / "new.csv").write_text("x\n" + "".join(f"{k}\n" for k in range(7)))
    return tmp_path


def test_what_stands_on_a_level_is_written(command, table_model, place):
    model = deepen.load(table_model)
    for words, level in (((), -1), (("--level", 0), 0), (("--level", model.levels()[0].name), 0)):
        wanted = model.activations(place / "new.csv", level)
        ran = command("encode", table_model, "new.csv", *words, where=place)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == f"7 rows of {wanted.shape[1]:,} numbers are in new-codes.npy\n"
        np.testing.assert_array_equal(np.load(place / "new-codes.npy"), wanted)


@pytest.mark.parametrize(("name", "read"), [("c.csv", csv.read_csv), ("c.parquet", parquet.read_table)])
def test_a_table_has_a_column_for_each_number(command, machine, tmp_path, name, read):
    np.save(tmp_path / "p.npy", np.arange(48, dtype=np.uint8).reshape(3, 4, 4))
    assert command("encode", machine, "p.npy", "--out", name, where=tmp_path).returncode == 0
    table, wanted = read(tmp_path / name), deepen.load(machine).encode(tmp_path / "p.npy")
    assert table.column_names == ["f1", "f2", "f3", "f4", "f5", "f6"]
    np.testing.assert_allclose(np.stack([np.asarray(c) for c in table.columns], axis=1), wanted, rtol=1e-6)


def test_a_machine_encodes_by_itself_and_has_no_levels_to_choose(command, machine, tmp_path):
    np.save(tmp_path / "p.npy", np.zeros((3, 4, 4), dtype=np.uint8))
    assert (
        command("encode", machine, "p.npy", where=tmp_path).stdout
        == "3 rows of 6 numbers are in p-codes.npy\n"
    )
    wanted = deepen.load(machine).encode(tmp_path / "p.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "p-codes.npy"), wanted)
    ran = command("encode", machine, "p.npy", "--level", "2", where=tmp_path)
    assert (ran.returncode, "--level: is for nets of deepen train; came: 2" in ran.stderr) == (2, True)


@pytest.mark.parametrize("level", ["99", "-99", "--1", "²", "1.5", "nowhere"])
def test_a_level_that_is_not_there_is_one_message(command, table_model, place, level):
    ran = command("encode", table_model, "new.csv", "--level", level, where=place)
    assert ran.returncode == 2 and "level" in ran.stderr and "fault" not in ran.stderr
    assert not (place / "new-codes.npy").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("codes.xls", "--out: no such form; allowed: .npy, .csv, .parquet; came: .xls"),
        ("codes", "no such form"),
        ("new.csv/codes.npy", "cannot be written"),
        ("taken.npy", "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_one_message(command, table_model, place, out, message):
    (place / "taken.npy").mkdir()
    ran = command("encode", table_model, "new.csv", "--out", out, where=place)
    assert (ran.returncode, ran.stdout, message in ran.stderr) == (2, "", True), ran.stderr


def test_a_place_that_cannot_be_written_is_found_before_the_model_is_read(command, place):
    ran = command("encode", "nowhere", "new.csv", "--out", "new.csv/codes.npy", where=place)
    assert ran.returncode == 2 and "new.csv/codes.npy" in ran.stderr and "nowhere" not in ran.stderr
