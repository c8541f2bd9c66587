"""Arrays: shapes, types, targets, and what is refused."""

import time

import numpy as np
import pyarrow as pa
import pytest
import torch

from deepen.data.sources import read
from deepen.errors import DataError

RNG = np.random.default_rng(0)


def test_a_matrix_and_its_target():
    table = read(np.arange(6.0).reshape(3, 2), np.array(["a", "b", "a"]))
    assert table.names == ("x1", "x2", "target")
    assert table["x2"].to_pylist() == [1.0, 3.0, 5.0]
    assert (table.target, table.origin, table.where(2)) == (
        "target",
        "the arrays given",
        "the arrays given, row 3",
    )


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "i2", "u1", "?"])
def test_columns_hold_the_values_of_the_matrix(dtype, order):
    X = np.array(RNG.integers(0, 2, (9000, 3)), dtype=dtype, order=order)
    table = read(X)
    assert all(table[f"x{i + 1}"].to_pylist() == X[:, i].tolist() for i in range(3))


@pytest.mark.parametrize("convert", [torch.tensor, list, np.asarray, np.ndarray.tolist])
def test_tensors_and_lists_are_arrays_too(convert):
    X, y = RNG.normal(size=(4, 2)), np.array([0, 1, 1, 0])
    table = read(convert(X), convert(y))
    assert np.allclose(table["x1"].to_numpy(), X[:, 0])
    assert table["target"].to_pylist() == [0, 1, 1, 0]


def test_tensors_with_gradients_and_brain_floats():
    X = torch.ones(2, 2, requires_grad=True)
    assert read(X)["x1"].to_pylist() == [1.0, 1.0]
    assert read(torch.ones(2, 2, dtype=torch.bfloat16))["x1"].to_pylist() == [1.0, 1.0]


@pytest.mark.parametrize("shape", [(4, 9, 9), (4, 9, 9, 3), (4, 1, 9, 9), (4, 3, 9, 9), (4, 9, 9, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_images_stay_one_array(shape, dtype):
    X = (RNG.random(shape) * 255).astype(dtype)
    table = read(X, [0, 1, 0, 1])
    assert table.names == ("image", "target")
    assert table["image"] is X


def test_pixels_of_other_types_become_bytes_or_floats():
    assert read(np.full((2, 9, 9), 200))["image"].dtype == np.uint8
    assert read(np.full((2, 9, 9), True))["image"].max() == 255
    deep = read(np.full((2, 9, 9), 60_000, dtype=np.uint16))
    assert deep["image"].dtype == np.float32
    assert "floats" in deep.notes[0]


@pytest.mark.parametrize("shape", [(4, 9, 9, 9), (4, 2, 2, 2, 2), (4, 9, 0)])
def test_what_is_not_like_images_is_refused(shape):
    with pytest.raises(DataError, match=r"Reshape it to \(N, D\)"):
        read(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("shape", "dtype", "name"),
    [
        ((4, 140, 1), np.float32, "signal"),
        ((4, 100, 3), np.float64, "signal"),
        ((4, 100, 3), np.int16, "signal"),
        ((4, 7, 7), np.float32, "signal"),
        ((4, 8, 17), np.float32, "signal"),
        ((4, 8, 16), np.float32, "image"),
        ((4, 28, 20), np.float32, "image"),
        ((4, 100, 3), np.uint8, "image"),
    ],
)
def test_what_is_not_square_is_series(shape, dtype, name):
    X = (RNG.random(shape) * 255).astype(dtype)
    table = read(X)
    assert table.names == (name,)
    np.testing.assert_array_equal(table[name], X)
    assert read({"a": X}).names == ("a",)


def test_arrays_of_different_lengths_are_lists():
    table = read([np.array([1, 2.5]), torch.tensor([3.0]), np.array([])], [0, 1, 0])
    assert table["signal"].to_pylist() == [[1.0, 2.5], [3.0], []]
    assert read({"a": [np.ones((2, 3)), np.ones((1, 3))]})["a"].to_pylist() == [[[1.0] * 3] * 2, [[1.0] * 3]]
    assert read({"a": pa.array([[1], [2, 3]])})["a"].to_pylist() == [[1], [2, 3]]
    with pytest.raises(DataError, match="no single type"):
        read([np.array([1, 2]), np.array(["a"])])


def test_several_labels():
    y = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
    column = read(np.zeros((3, 1)), y)["target"]
    assert column.type == pa.list_(pa.string())
    assert column.to_pylist() == [["y1", "y3"], [], ["y2"]]


def test_one_hot_is_one_label():
    table = read(np.zeros((3, 1)), np.eye(3, dtype=bool)[[2, 0, 1]])
    assert table["target"].to_pylist() == ["y3", "y1", "y2"]
    assert "one of 3 classes" in table.notes[0]


def test_a_column_of_targets_is_flattened():
    assert read(np.zeros((2, 1)), np.array([[3], [4]]))["target"].to_pylist() == [3, 4]


def test_strings_missing_values_and_times():
    table = read(np.array([["a", 1], [None, 2.5]], dtype=object))
    assert table["x1"].to_pylist() == ["a", None]
    assert table["x2"].to_pylist() == [1.0, 2.5]
    times = np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[s]")
    assert pa.types.is_timestamp(read({"t": times})["t"].type)
    assert read({"b": np.array([b"x", b"y"])})["b"].to_pylist() == ["x", "y"]
    masked = np.ma.MaskedArray([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])
    assert read(masked)["x2"].to_pylist() == [None, 4.0]


def test_dictionaries_and_structured_arrays_are_columns():
    table = read({"age": [1, 2], "pos": np.zeros((2, 2)), "face": np.zeros((2, 9, 9), np.uint8)}, "age")
    assert table.names == ("age", "pos1", "pos2", "face")
    assert table.target == "age"
    rows = np.array([(1, "x"), (2, "y")], dtype=[("n", "i4"), ("s", "U3")])
    assert read(rows)["s"].to_pylist() == ["x", "y"]


@pytest.mark.parametrize(
    ("X", "y", "match"),
    [
        (np.zeros((3, 2)), [1, 2], r"differ in length; allowed: 3 rows; came: 2"),
        (np.zeros((0, 2)), None, "zero rows"),
        (np.zeros((2, 0)), None, "no columns"),
        ([], None, "zero rows"),
        (np.float64(3), None, "one value"),
        (np.zeros((2, 2), complex), None, "complex numbers"),
        ([[1, 2], [3]], None, "different lengths"),
        (np.array([object(), object()]), None, "no single type"),
        (np.array([{}, []], dtype=object), None, "no single type"),
        (np.array([1, "a"], dtype=object), None, "no single type"),
        (np.array([[1], [1, 2], None], dtype=object), None, "no single type"),
        (np.zeros((2, 2)), np.array([[1.5, 2], [3, 4]]), "several labels"),
        (np.zeros((2, 2)), np.array([1j, 2j]), "complex numbers"),
        (np.zeros((2, 2)), "x12", "Did you mean .x"),
        ({"a": [1, 2], "b": [1]}, None, "differ in length"),
        ({"a": 3}, None, "not an array"),
        ({}, None, "no column"),
    ],
)
def test_refused(X, y, match):
    with pytest.raises(DataError, match=match):
        read(X, y)


def test_a_large_matrix_is_quick():
    """A million rows took 0.1 s when measured; copying column by column took ten times as long."""
    X = np.ones((1_000_000, 20), np.float32)
    read(X[:10])  # Arrow looks for pandas at the first call
    start = time.perf_counter()
    table = read(X)
    assert time.perf_counter() - start < 2
    assert len(table) == 1_000_000
