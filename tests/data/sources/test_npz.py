"""NumPy's files: names, parts, and never a pickle."""

import pickle

import numpy as np
import pytest

from deepen.data.sources import read
from deepen.errors import DataError

X, Y = np.arange(8.0).reshape(4, 2), np.array(["a", "b", "a", "b"])


def save(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("names", [("X", "y"), ("data", "target"), ("images", "labels"), ("x", "label")])
def test_inputs_and_targets_by_name(tmp_path, names):
    table = read(save(tmp_path / "a.npz", **dict(zip(names, (X, Y), strict=True))))
    assert table.names == ("x1", "x2", "target")
    assert table.target == "target"


@pytest.mark.parametrize("pattern", ["{role}_{part}", "{part}_{role}", "{role}_{part}ing"])
def test_parts_by_name(tmp_path, pattern):
    arrays = {}
    for part in ("train", "test"):
        arrays[pattern.format(role="x", part=part)] = X
        arrays[pattern.format(role="y", part=part)] = Y[:, None]
    table = read(save(tmp_path / "a.npz", **arrays))
    assert table.parts.tolist() == ["train"] * 4 + ["test"] * 4
    assert table["target"].to_pylist() == [*Y, *Y]


def test_parts_by_an_array(tmp_path):
    split = np.array(["train", "test", "val", "train"])
    table = read(save(tmp_path / "a.npz", X=X, y=Y, split=split, extra=np.zeros(3)))
    assert table.parts.tolist() == ["train", "test", "valid", "train"]
    assert "arrays left out: extra" in table.notes
    with pytest.raises(DataError, match=r"'split'.*'fold1'"):
        read(save(tmp_path / "b.npz", X=X, split=np.array(["train", "fold1", "test", "test"])))


def test_columns_by_name(tmp_path):
    table = read(save(tmp_path / "a.npz", age=np.arange(3), sex=np.array(["f", "m", "f"])), target="sex")
    assert table.names == ("age", "sex")


def test_one_array_is_mapped_not_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((3, 9, 9), np.uint8))
    assert isinstance(read(tmp_path / "a.npy")["image"], np.memmap)


class Trap:
    def __reduce__(self):
        return (print, ("the pickle was opened",))


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_a_pickle_is_never_opened(tmp_path, name, capsys):
    array = np.array([Trap()], dtype=object)
    with (tmp_path / name).open("wb") as file:
        np.save(file, array) if name == "a.npy" else np.savez(file, X=array)
    with pytest.raises(DataError, match="no pickle is opened"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match=r"pickle|not a sound"):
        read(tmp_path / name)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_damaged(tmp_path, name):
    np.save(tmp_path / name, X) if name == "a.npy" else save(tmp_path / name, X=X)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-30])
    with pytest.raises(DataError, match="not a sound NumPy file"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    "header", [b"{'descr': '<f8', ((", b"{'descr': '<f8'\n  x\n y", b"{[]: 1}", b"\xff" * 9]
)
def test_a_header_that_is_nonsense(tmp_path, header):
    header = header.ljust(118) + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(80)
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(DataError, match="not a sound NumPy file"):
        read(tmp_path / "a.npy")


def test_a_header_that_claims_more_than_there_is(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((10, 10)))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(
        data.replace(b"(10, 10), }     ", b"(9999999999, 10)", 1).replace(b"10)  ", b"10),}", 1)
    )
    with pytest.raises(DataError, match="not a sound NumPy file"):
        read(tmp_path / "a.npy")
