"""Data frames and Arrow files: types kept where they mean something, plain where they do not."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from deepen.data.sources import read
from deepen.errors import DataError

DATA = {"n": [1, 2], "x": [0.5, None], "s": ["a", None], "t": [["p", "q"], []]}


@pytest.mark.parametrize("frame", [pa.table, pl.DataFrame, pd.DataFrame])
def test_frames_of_any_library(frame):
    table = read(frame(DATA), target="n")
    assert {name: table[name].to_pylist() for name in table.names} == DATA
    assert [str(table[n].type) for n in table.names] == [
        "int64",
        "double",
        "string",
        "list<item: string>",
    ] or [str(table[n].type).replace("element", "item") for n in table.names][:3] == [
        "int64",
        "double",
        "string",
    ]


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow", "stream.arrow"])
def test_files(tmp_path, name):
    table, path = pa.table(DATA), tmp_path / name
    if name == "t.parquet":
        pa.parquet.write_table(table, path)
    elif name == "t.feather":
        pa.feather.write_feather(table, path)
    else:
        new = pa.ipc.new_file if name == "t.arrow" else pa.ipc.new_stream
        with new(str(path), table.schema) as out:
            out.write_table(table)
    found = read(path)
    assert {n: found[n].to_pylist() for n in found.names} == DATA
    assert (found.origin, found.folder) == (name, tmp_path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match=rf"{name}: not a sound"):
        read(path)


def test_targets_from_frames():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert read(frame[["a"]], frame["b"])["target"].to_pylist() == ["x", "y"]
    assert read(frame, "b").target == "b"
    assert read(pl.DataFrame({"a": [1]}), pl.Series([True]))["target"].to_pylist() == [True]
    assert read(np.zeros((2, 1)), pd.Series(["u", "v"]).astype("category"))["target"].to_pylist() == [
        "u",
        "v",
    ]
    with pytest.raises(DataError, match="differ in length"):
        read(frame, pd.Series([1]))
    with pytest.raises(DataError, match="Did you mean 'b'"):
        read(frame.rename(columns={"a": "long"}), target="bb")


def test_types_are_made_plain():
    table = read(
        pa.table(
            {
                "big": pa.array(["x"], pa.large_string()),
                "view": pa.array(["x"], pa.string_view()),
                "word": pa.array(["x"]).dictionary_encode(),
                "money": pa.array([Decimal("1.50")]),
                "half": pa.array(np.array([1.5], np.float16)),
                "none": pa.nulls(1),
                "day": pa.array([0], pa.date32()),
            }
        )
    )
    kinds = {name: str(table[name].type) for name in table.names}
    assert {kinds[name] for name in ("big", "view", "word", "none")} == {"string"}
    assert (kinds["money"], kinds["half"], kinds["day"]) == ("double", "float", "date32[day]")


def test_structures_are_unfolded_and_images_kept_as_bytes():
    rows = {
        "a": [{"b": 1, "c": {"d": "x"}}, None],
        "image": [{"bytes": b"1", "path": "p"}, {"bytes": b"2", "path": None}],
    }
    table = read(pa.table(rows))
    assert table.names == ("a.b", "a.c.d", "image")
    assert table["a.b"].to_pylist() == [1, None]
    assert table["image"].to_pylist() == [b"1", b"2"]


def test_class_labels_of_hugging_face_are_named():
    features = {"info": {"features": {"y": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    table = pa.table({"y": [1, 0, -1]}).replace_schema_metadata({"huggingface": json.dumps(features)})
    assert read(table)["y"].to_pylist() == ["dog", "cat", None]


def test_an_index_without_a_name_is_left_out_and_said():
    table = read(pa.table({"a": [3, 1], "__index_level_0__": [2, 0]}))
    assert table.names == ("a",)
    assert "index" in table.notes[0]


def test_frames_by_part():
    table = read({"train": pl.DataFrame({"a": [1, 2]}), "test": pl.DataFrame({"a": [3]})})
    assert table.parts.tolist() == ["train", "train", "test"]


@pytest.mark.parametrize(
    "frame", [pd.DataFrame({"a": []}), pl.DataFrame(), pd.DataFrame({"a": [1, "x", object()]})]
)
def test_refused(frame):
    with pytest.raises(DataError, match=r"no rows|no columns|no type"):
        read(frame)
