"""The table: its columns, its rows, and joining two of them."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.table import Table
from deepen.errors import DataError


def make(origin="a.csv", folder=None, **columns):
    arrow = {k: v if isinstance(v, np.ndarray) else pa.chunked_array([v]) for k, v in columns.items()}
    return Table(arrow, origin, folder)


def test_columns_must_be_of_one_length():
    with pytest.raises(DataError, match="differ in length"):
        make(a=[1, 2], b=[1])
    with pytest.raises(DataError, match="no column"):
        make()


def test_a_misspelt_column_gets_the_nearest_name():
    with pytest.raises(DataError, match="Did you mean 'outcome'"):
        make(outcome=[1])["outcom"]


def test_take_keeps_rows_parts_and_lines_together():
    table = Table(
        {"a": pa.chunked_array([[1, 2], [3]]), "image": np.arange(12).reshape(3, 2, 2)},
        "a.csv",
        parts=np.array(["train", "test", "train"], dtype=object),
        target="a",
        rows=np.array([2, 3, 5]),
    )
    taken = table.take(np.array([2, 0]))
    assert taken["a"].to_pylist() == [3, 1]
    assert taken["image"][:, 0, 0].tolist() == [8, 0]
    assert taken.parts.tolist() == ["train", "train"]
    assert taken.target == "a"
    assert taken.where(0) == "a.csv, line 5"
    assert table.take(np.array([False, True, False]))["a"].to_pylist() == [2]


def test_a_taken_row_is_still_called_by_its_first_number():
    assert make(a=[1, 2, 3]).take(np.array([2])).where(0) == "a.csv, row 3"


def test_join_matches_columns_by_name_and_marks_the_parts():
    joined = make(a=[1, 2], b=["x", "y"]).join(make("b.csv", b=["z"], a=[3]), "test")
    assert joined["a"].to_pylist() == [1, 2, 3]
    assert joined["b"].to_pylist() == ["x", "y", "z"]
    assert joined.parts.tolist() == ["train", "train", "test"]
    assert joined.where(0) == "a.csv, row 1"
    assert joined.where(2) == "b.csv, row 1"


def test_join_matches_nameless_columns_by_position():
    joined = make(age=[1], sex=["f"]).join(make("b.csv", c1=[2], c2=["m"]), "valid")
    assert joined["sex"].to_pylist() == ["f", "m"]


def test_join_names_the_missing_and_the_extra_column():
    with pytest.raises(
        DataError, match=r"b.csv: column missing that a.csv has: 'outcome'. Did you mean 'outcom'"
    ):
        make(a=[1], outcome=[1]).join(make("b.csv", a=[1], outcom=[1]), "test")
    with pytest.raises(DataError, match="'extra'"):
        make(a=[1]).join(make("b.csv", a=[1], extra=[1]), "test")


def test_join_refuses_columns_that_do_not_fit():
    with pytest.raises(DataError, match="does not fit"):
        make(a=[1]).join(make("b.csv", a=["x"]), "test")
    with pytest.raises(DataError, match=r"arrays of shape \(2, 2\)"):
        make(a=np.zeros((1, 2, 2))).join(make("b.csv", a=np.zeros((1, 3, 3))), "test")


def test_join_widens_numbers_and_decodes_dictionaries():
    joined = make(a=[1]).join(make("b.csv", a=[1.5]), "test")
    assert joined["a"].to_pylist() == [1.0, 1.5]
    words = make(a=pa.array(["x"]).dictionary_encode()).join(make("b.csv", a=["y"]), "test")
    assert words["a"].to_pylist() == ["x", "y"]


def test_join_finds_the_files_of_another_folder(tmp_path):
    for side in "ab":
        (tmp_path / side).mkdir()
        (tmp_path / side / "1.jpg").touch()
    mine = make(image=["1.jpg"], folder=tmp_path / "a")
    joined = mine.join(make("b", image=["1.jpg"], folder=tmp_path / "b"), "test")
    found = [joined.folder / name for name in joined["image"].to_pylist()]
    assert found == [tmp_path / "a" / "1.jpg", tmp_path / "b" / "1.jpg"]
