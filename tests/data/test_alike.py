"""A model that reads series takes them by name, by number, as one row or as many."""

import numpy as np
import pyarrow as pa
import pytest
import torch

import deepen
from deepen.data.alike import is_one_row, series_alike, with_lists
from deepen.data.kinds import Number, Series
from deepen.data.table import Table
from deepen.errors import DataError

T = 70
OWN = {"ecg": Series(3, (0.0,), (1.0,), (False,), ragged=False)}
WIDE = {"ecg": Series(3, (0.0, 0.0), (1.0, 1.0), (False, False), ragged=False)}
BLOCK = {"signal": Series(3, (0.0,), (1.0,), (False,), ragged=False, block=("a", "b", "c"))}
AGE = {"age": Number.fit(np.arange(5.0))}


def table(*names, **more):
    columns = {name: pa.chunked_array([[float(at), 9.0]]) for at, name in enumerate(names)}
    return Table({**columns, **{k: pa.chunked_array([v]) for k, v in more.items()}}, "a.csv")


@pytest.mark.parametrize(
    ("source", "inputs", "one"),
    [
        ({"ecg": [1.0, 2.0]}, OWN, True),
        ({"ecg": [None, 2.0]}, OWN, True),
        ({"ecg": np.zeros(4)}, OWN, True),
        ({"ecg": [[1.0, 2.0], [1.0]]}, OWN, False),
        ({"ecg": np.zeros((4, 2))}, WIDE, True),
        ({"ecg": [[1.0, 2.0], [3.0, 4.0]]}, WIDE, True),
        ({"ecg": np.zeros((4, 3, 2))}, WIDE, False),
        ({"ecg": [np.zeros((3, 2))]}, WIDE, False),
        ({"a": [1.0], "b": [1.0], "c": [1.0]}, BLOCK, False),
        ({"age": [1.0]}, AGE, False),
    ],
)
def test_one_row_is_told_from_columns(source, inputs, one):
    assert is_one_row(source, inputs) == one


def test_series_of_any_lengths_stay_one_column():
    found = with_lists(
        {"ecg": [[1, 2], np.array([3.0]), torch.tensor([4.0, 5.0]), None], "age": [1, 2, 3, 4]}, OWN
    )
    assert found["ecg"].to_pylist() == [[1, 2], [3], [4, 5], None]
    assert found["age"] == [1, 2, 3, 4]
    assert with_lists({"ecg": [[1, "x"]]}, OWN)["ecg"].to_pylist() == ['[1, "x"]']
    assert with_lists({"age": [[1]]}, AGE) == {"age": [[1]]}


@pytest.mark.parametrize(
    ("given", "inputs", "names"),
    [
        (table("a", "b", "c"), BLOCK, ("a", "b", "c")),
        (table("x1", "x2", "x3"), BLOCK, ("a", "b", "c")),
        (table("c1", "c2", "c3", y=["u", "v"]), BLOCK, ("a", "b", "c", "y")),
        (table("signal1", "signal2", "signal3"), BLOCK | AGE, ("a", "b", "c")),
        (table("x1", "x2", "x3"), BLOCK | AGE, ("x1", "x2", "x3")),
        (table("x1", "x2"), BLOCK, ("x1", "x2")),
        (table("x1", "x2"), OWN, ("ecg",)),
        (table("ecg1", "ecg2", "age"), OWN | AGE, ("age", "ecg")),
        (table(signal=[[1.0], [2.0]]), OWN, ("ecg",)),
        (table(signal=[[1.0], [2.0]]), OWN | AGE, ("signal",)),
        (table("x1"), OWN, ("x1",)),
        (table(x1=["u", "v"], x2=["u", "v"]), OWN, ("x1", "x2")),
    ],
)
def test_columns_without_names_are_told_by_their_place(given, inputs, names):
    assert series_alike(given, inputs).names == names


def test_numbered_columns_are_joined_in_their_order():
    found = series_alike(table("x1", "x2", "x3"), OWN)["ecg"]
    np.testing.assert_array_equal(found, [[0, 1, 2], [9, 9, 9]])


class Tiny(torch.nn.Module):
    """Reads all steps (B, T, C) by one linear layer."""

    def __init__(self, numbers):
        super().__init__()
        self.layer = torch.nn.Linear(numbers, 2)

    def forward(self, x):
        wanted = self.layer.in_features // x.shape[2]
        return self.layer(torch.nn.functional.pad(x, (0, 0, 0, wanted - x.shape[1])).flatten(1))


@pytest.fixture(scope="module")
def waves():
    rng = np.random.default_rng(0)
    fast = np.arange(80) % 2
    X = np.sin(rng.uniform(0, 6, (80, 1)) + np.where(fast, 0.3, 0.1)[:, None] * np.arange(T)).round(4)
    return X, np.array(["slow", "fast"])[fast]


def test_a_block_from_a_csv_answers_alike_in_every_form(waves, tmp_path):
    X, y = waves
    lines = [",".join(["class", *(f"t{i}" for i in range(T))])]
    lines += [",".join([label, *map(str, row)]) for row, label in zip(X, y, strict=True)]
    path = tmp_path / "ecg.csv"
    path.write_text("\n".join(lines) + "\n")
    model = deepen.train(path, target="class", epochs=2, net=Tiny(T))
    assert list(model.preparation.stored) == ["series signal"]
    wanted = model.predict(path).probabilities
    rows = [{f"t{i}": value for i, value in enumerate(row)} for row in X]
    for source, count in ((X, 80), (X.tolist(), 80), (rows, 80), (rows[0], 1), (X[:1], 1)):
        np.testing.assert_allclose(model.predict(source).probabilities, wanted[:count], atol=1e-5)
    assert model.evaluate(path).measures == model.evaluate(X, y).measures
    again = deepen.load(model.save(tmp_path / "model"), net=Tiny(T))
    np.testing.assert_allclose(again.predict(X).probabilities, wanted, atol=1e-4)
    assert "| t0 ... t69 | series | input |" in (tmp_path / "model" / "README.md").read_text()
    with pytest.raises(DataError, match="there is no column 't0'"):
        model.predict(X[:, :50])
    with pytest.raises(DataError, match="row 1: every value is missing"):
        model.predict(np.full((1, T), np.nan))


def test_lists_of_different_lengths_answer_alike_in_every_form(waves):
    X, y = waves
    series = [row[: T - at % 20] for at, row in enumerate(X)]
    rows = [{"signal": row.tolist(), "class": label} for row, label in zip(series, y, strict=True)]
    model = deepen.train(rows, target="class", epochs=2, net=Tiny(2 * T))
    (kind,) = model.preparation.inputs.values()
    assert isinstance(kind, Series) and kind.ragged
    wanted = model.predict(rows).probabilities
    forms = [
        (series, 80),
        ({"signal": series}, 80),
        ([{"signal": row} for row in series], 80),
        ({"signal": rows[0]["signal"]}, 1),
        ({"signal": [rows[0]["signal"]]}, 1),
        (X[:1], 1),
    ]
    for source, count in forms:
        np.testing.assert_allclose(model.predict(source).probabilities, wanted[:count], atol=1e-5)
    with pytest.raises(DataError, match="row 1: not a number at step 2: 'x'"):
        model.predict({"signal": [1.0, "x"]})


def test_arrays_of_several_channels_answer_alike_in_every_form(waves):
    X, y = waves
    Z = np.stack([X, 3 * X], axis=2)
    model = deepen.train(Z, y, epochs=2, net=Tiny(2 * T))
    wanted = model.predict(Z).probabilities
    for source, count in (
        ({"signal": Z[0]}, 1), ([{"signal": z} for z in Z], 80), ({"signal": Z.tolist()}, 80), (list(Z), 80),
    ):  # fmt: skip
        np.testing.assert_allclose(model.predict(source).probabilities, wanted[:count], atol=1e-5)
