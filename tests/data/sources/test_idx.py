"""The idx format: folders of parts, single files, and headers that lie."""

import gzip
import struct

import numpy as np
import pytest

from deepen.data.sources import read
from deepen.errors import DataError

CODES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def write(path, array, dtype="u1"):
    header = struct.pack(f">HBB{array.ndim}I", 0, CODES[dtype], array.ndim, *array.shape)
    data = header + array.astype(dtype).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_set(folder, ending="-ubyte.gz"):
    for part, n in {"train": 6, "t10k": 3}.items():
        write(folder / f"{part}-images-idx3{ending}", np.arange(n * 4).reshape(n, 2, 2))
        write(folder / f"{part}-labels-idx1{ending}", np.arange(n))
    return folder


@pytest.mark.parametrize("ending", ["-ubyte", "-ubyte.gz"])
def test_a_folder_with_parts(tmp_path, ending):
    table = read(write_set(tmp_path, ending))
    assert table["image"].shape == (9, 2, 2)
    assert table["label"].to_pylist() == [*range(6), *range(3)]
    assert table.parts.tolist() == ["train"] * 6 + ["test"] * 3
    assert table.target == "label"


def test_packed_and_unpacked_twins_count_once(tmp_path):
    assert len(read(write_set(write_set(tmp_path, "-ubyte"), "-ubyte.gz"))) == 9


def test_labels_are_found_beside(tmp_path):
    table = read(write_set(tmp_path) / "t10k-images-idx3-ubyte.gz")
    assert table["label"].to_pylist() == [0, 1, 2]
    with pytest.raises(DataError, match="Give the file of images"):
        read(tmp_path / "t10k-labels-idx1-ubyte.gz")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert read(tmp_path / "t10k-images-idx3-ubyte.gz").names == ("image",)


@pytest.mark.parametrize("dtype", CODES)
def test_types(tmp_path, dtype):
    array = np.arange(-2, 6).reshape(2, 2, 2) if dtype != "u1" else np.arange(8).reshape(2, 2, 2)
    found = read(write(tmp_path / "a-images-idx3-ubyte", array, dtype))["image"]
    assert found.tolist() == array.tolist()
    assert found.dtype.isnative


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "damaged"),
        (b"\x00\x00\x08\x03\x00", "damaged"),
        (b"\x01\x00\x08\x03" + bytes(12), "not an idx file"),
        (b"\x00\x00\x07\x03" + bytes(12), "not an idx file"),
        (struct.pack(">HBB3I", 0, 8, 3, 2, 2, 2) + bytes(7), "there are fewer"),
        (struct.pack(">HBB3I", 0, 8, 3, 2, 2, 2) + bytes(9), "there are more"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), "there are fewer"),
        (gzip.compress(struct.pack(">HBB3I", 0, 8, 3, 2, 2, 2) + bytes(8))[:-9], "damaged"),
    ],
)
def test_refused(tmp_path, data, match):
    path = tmp_path / "a-images-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(DataError, match=match):
        read(path)


def test_labels_of_another_number(tmp_path):
    write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 2, 2)))
    write(tmp_path / "train-labels-idx1-ubyte", np.zeros(4))
    with pytest.raises(DataError, match="labels do not fit"):
        read(tmp_path)
