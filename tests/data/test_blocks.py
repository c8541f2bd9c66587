"""Columns that are one signal together are told from tables and from pictures laid out in columns."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data import sources
from deepen.data.blocks import gather, matching, spread, verdict
from deepen.data.recognise import Wishes, recognise
from deepen.data.schema import ColumnPlan
from deepen.data.table import Table
from deepen.errors import SettingError

RNG = np.random.default_rng(0)
T = 80


def waves(rows=60, steps=T):
    """Sines of many phases, with a little noise."""
    phase, pace = RNG.uniform(0, 6, (rows, 1)), RNG.uniform(0.05, 0.3, (rows, 1))
    return np.sin(phase + pace * np.arange(steps)) + 0.1 * RNG.normal(size=(rows, steps))


def table(X, names=None, **more):
    names = names or [f"t{i}" for i in range(X.shape[1])]
    columns = {name: pa.chunked_array([X[:, i]]) for i, name in enumerate(names)}
    y = pa.chunked_array([["a", "b"] * (len(X) // 2)])
    return Table({**columns, **{k: pa.chunked_array([v]) for k, v in more.items()}, "y": y}, "a.csv")


def blocks(given, **wishes):
    """The columns of each series that is understood."""
    found = {}
    for plan in recognise(given, Wishes(**wishes)).inputs:
        if plan.kind == "series":
            found.setdefault(plan.part_of, []).append(plan.name)
    return found


def test_waves_are_a_signal():
    schema = recognise(table(waves()), Wishes())
    assert {(p.kind, p.part_of) for p in schema.inputs} == {("series", "signal")}
    assert "neighbours correlate by 0.9" in schema.inputs[0].why
    assert [name for name, _ in schema.lines] == ["t0 ... t79", "y"]


def questionnaire():
    return RNG.normal(size=(60, 1)) + 0.3 * RNG.normal(size=(60, T))


def pixels():
    """Squares of light at some place of 12 x 12 pixels: smooth in a row, with a jump at its end."""
    X = np.zeros((200, 12, 12))
    for picture, (y, x) in zip(X, RNG.integers(0, 9, (200, 2)), strict=True):
        picture[y : y + 4, x : x + 4] = 1
    return X.reshape(200, 144) + 0.01 * RNG.normal(size=(200, 144))


@pytest.mark.parametrize(
    "X",
    [
        RNG.normal(size=(60, T)),
        questionnaire(),
        pixels(),
        waves() * np.geomspace(1, 1000, T),
        waves()[:, RNG.permutation(T)],
        waves(steps=63),
        waves(rows=8),
        np.where(np.arange(T) < 70, waves(), 0),
    ],
    ids=["noise", "one thing", "pixels", "scales", "shuffled", "few columns", "few rows", "constant"],
)
def test_other_columns_are_not(X):
    assert blocks(table(X)) == {}


@pytest.mark.parametrize(
    ("name", "is_block"),
    [
        (lambda i: f"x_{i}", True),
        (lambda i: f"lag{T - i}", True),
        (lambda i: str(i), True),
        (lambda i: f"c{i + 1}", True),
        (lambda i: f"{400 + 2.5 * i} nm"[:-3], True),
        (lambda i: f"t{(i * 7) % T}", False),
        (lambda i: f"{'ab'[i % 2]}{i}", False),
        (lambda i: f"{'ab'[i // 40]}{i}", False),
        (lambda i: f"t{i}x", False),
    ],
)
def test_names_are_one_stem_and_running_numbers(name, is_block):
    names = [name(i) for i in range(T)]
    assert list(blocks(table(waves(), names)).values()) == ([names] if is_block else [])


def test_other_columns_stand_beside_it():
    given = table(waves(), age=RNG.normal(size=60), sex=["f", "m", "m"] * 20)
    schema = recognise(given, Wishes())
    assert {p.name: p.kind for p in schema.inputs if not p.part_of} == {"age": "number", "sex": "category"}
    assert len(blocks(given)["signal"]) == T


def test_a_column_between_parts_a_block():
    X = waves(steps=130)
    names = [f"t{i}" for i in range(65)] + ["age"] + [f"t{i}" for i in range(65, 129)]
    found = blocks(table(X, names))
    assert [len(block) for block in found.values()] == [65, 64]
    assert list(found) == ["signal 1", "signal 2"]
    assert len(blocks(table(X, names), drop=["age"])["signal"]) == 129


def test_missing_values_do_not_hide_a_signal():
    X = waves(rows=100)
    X[RNG.random(X.shape) < 0.1] = np.nan
    X[:, 7] = np.nan
    schema = recognise(table(X), Wishes())
    assert sum(p.part_of == "signal" for p in schema.inputs) == T - 1
    assert next(p for p in schema.columns if p.name == "t7").role == "left out"


def test_no_column_of_a_block_is_suspected():
    X = waves()
    X[:, 0] = np.arange(60) / 20 - 1.5  # counts up
    X[:, 4] = X[:, 3]
    X[:, 9] = np.repeat([0, 1], 30)
    given = table(X)
    schema = recognise(given, Wishes())
    assert len(schema.inputs) == T
    assert not schema.warnings


def test_the_user_undoes_a_block():
    assert blocks(table(waves()), kinds={"t5": "number"}) == {}
    assert {p.kind for p in recognise(table(waves()), Wishes(kinds={"t*": "number"})).inputs} == {"number"}
    assert len(blocks(table(waves()), drop=["t0"])["signal"]) == T - 1


def test_the_user_names_a_block():
    given = table(RNG.normal(size=(60, 12)))
    assert blocks(given, kinds={"t*": "series"}) == {"signal": [f"t{i}" for i in range(12)]}
    assert blocks(given, kinds={"t2..t4": "series", "t5..t7": "series"}) == {
        "signal 1": ["t2", "t3", "t4"], "signal 2": ["t5", "t6", "t7"],
    }  # fmt: skip
    assert blocks(given, kinds={"t*": "series", "t0": "number"}) == {
        "signal": [f"t{i}" for i in range(1, 12)]
    }
    assert blocks(given, kinds={"*": "series"})["signal"][-1] == "t11"  # and not the target
    assert list(blocks(table(RNG.normal(size=(60, 3)), ["a", "b", "signal"]), kinds={"a..b": "series"})) == [
        "signal_"
    ]
    with pytest.raises(SettingError, match="column 't3' is in two series"):
        blocks(given, kinds={"t1..t3": "series", "t3..t5": "series"})
    for wrong in ("t1..t99", "z*", "t99"):
        with pytest.raises(SettingError, match="--kind: there is no column"):
            blocks(given, kinds={wrong: "series"})


def test_patterns_of_other_kinds():
    single, named = spread({"a*": "category", "a2": "number"}, ["a1", "a2", "a3", "b"], ["a3"])
    assert (single, named) == ({"a1": "category", "a2": "number"}, [])
    assert matching("a[1]", ["a[1]", "a1"]) == ("a[1]",)
    assert matching("a.*", ["a.b", "ab"]) == ("a.b",)
    assert matching("..", ["a"]) == ()


def test_a_block_without_evidence_is_none():
    given = table(waves())
    assert verdict(given, [f"t{i}" for i in range(T)])
    X = waves()
    X[3, 3] = np.inf
    assert verdict(table(X), [f"t{i}" for i in range(T)]) == ""
    plans = [ColumnPlan("t0", "number", "input"), ColumnPlan("y", "category", "target")]
    assert gather(given, plans, [], {}) == plans


@pytest.mark.data
@pytest.mark.parametrize("name", ["sonar", "wine", "california-housing", "breast-cancer", "adult-train"])
def test_real_tables_stay_tables(data_folder, name):
    assert blocks(sources.read(data_folder / "tables" / f"{name}.csv")) == {}


@pytest.mark.data
def test_heartbeats_are_a_signal(data_folder):
    given = sources.read(data_folder / "series" / "ecg5000.npz")
    assert [len(block) for block in blocks(given).values()] == [140]


def test_digits_in_columns_stay_a_table():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    assert blocks(sources.read(X, y)) == {}


@pytest.mark.data
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_pictures_in_columns_stay_a_table(data_folder, name):
    file = data_folder / "images" / name / "t10k-images-idx3-ubyte.gz"
    X = sources.read(file)["image"][:1000].reshape(1000, 784)
    assert blocks(sources.read(X, RNG.integers(0, 2, 1000))) == {}
