"""Columns that teach nothing, or too much, are named; honest ones are not."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.schema import ColumnPlan
from deepen.data.suspects import look
from deepen.data.table import Table

RNG = np.random.default_rng(0)


def judged(target, *, task="two classes", kept=(), rows=None, **columns):
    given = {**columns, "target": target}
    table = Table({name: pa.chunked_array([pa.array(list(v))]) for name, v in given.items()}, "a.csv")

    def kind(values):
        return "category" if isinstance(next(v for v in values if v is not None), str | bool) else "number"

    plans = [ColumnPlan("target", "category", "target")]
    plans += [ColumnPlan(name, kind(values), "input") for name, values in columns.items()]
    plans, warnings = look(table, plans, task, ("target",), kept=kept)
    return {p.name: p.why.split(";")[0] for p in plans if p.role == "left out"}, warnings


def coin(rows=200):
    return RNG.integers(0, 2, rows).tolist()


def test_constant_columns_are_left_out_unless_some_values_are_missing():
    left, _ = judged(
        coin(), one=[3.0] * 200, word=["x"] * 200, holes=[3.0, None] * 100, holed=["x", "x", "x", None] * 50
    )
    assert left == {"one": "constant", "word": "constant"}


def test_duplicate_columns_are_named_with_what_they_repeat():
    values = RNG.normal(size=200)
    names = RNG.choice(list("abc"), 200).tolist()
    left, _ = judged(coin(), a=values, b=values, c=names, d=names, e=[{"a": "x"}.get(n, n) for n in names])
    assert left == {"b": "a duplicate of 'a'", "d": "a duplicate of 'c'", "e": "a duplicate of 'c'"}


def test_identifiers_are_left_out():
    left, _ = judged(
        coin(),
        counter=np.arange(200) + 1000,
        down=np.arange(200)[::-1],
        shuffled=RNG.permutation(200),
        patient_id=RNG.permutation(10**6)[:200],
        uuid=[f"{n:08x}" for n in RNG.permutation(10**6)[:200]],
    )
    assert set(left) == {"counter", "down", "shuffled", "patient_id", "uuid"}
    assert all(why.startswith("identifier-like") for why in left.values())


def test_measurements_are_no_identifiers_even_where_the_table_is_sorted_by_them():
    left, _ = judged(
        coin(),
        measured=RNG.normal(size=200),
        sorted=np.sort(RNG.normal(size=200)),
        even=np.linspace(0, 1, 200),
        age=RNG.integers(20, 90, 200),
        width=RNG.permutation(10**6)[:200] / 7,
    )
    assert left == {}


def test_a_handful_of_rows_is_too_few_to_call_anything_an_identifier():
    assert judged([0, 1] * 5, a=range(10), b=list("abcdefghij"))[0] == {}


def test_the_target_written_another_way_is_left_out():
    answer = coin()
    left, _ = judged(answer, words=[("no", "yes")[v] for v in answer], numbers=[7 - 2 * v for v in answer])
    assert set(left) == {"words", "numbers"}
    assert all("target itself" in why for why in left.values())


@pytest.mark.parametrize("rows", [200, 5000])
def test_a_column_that_gives_the_target_away_is_warned_of_and_stays(rows):
    answer = np.array(coin(rows))
    left, warnings = judged(
        answer.tolist(), leak=answer + RNG.normal(size=rows) * 0.01, honest=answer + RNG.normal(size=rows)
    )
    assert left == {}
    assert len(warnings) == 1
    assert "'leak' gives the target away" in warnings[0]
    assert "--drop leak" in warnings[0]


def test_a_named_leak_is_found_too():
    answer = RNG.integers(0, 3, 300).tolist()
    _, warnings = judged(answer, task="many classes", code=[f"{v}{RNG.integers(3)}" for v in answer])
    assert "'code' gives the target away" in warnings[0]


@pytest.mark.parametrize("rows", [100, 2000])
def test_a_leak_of_a_number(rows):
    price = RNG.lognormal(size=rows)
    left, warnings = judged(price, task="number", net=1.2 * price + 3, other=RNG.normal(size=rows))
    assert left == {}
    assert len(warnings) == 1
    assert "'net'" in warnings[0]


@pytest.mark.parametrize("rows", [10, 20, 30, 50, 64, 65, 100, 500])
@pytest.mark.parametrize("task", ["two classes", "number"])
def test_columns_that_know_nothing_are_never_suspected(rows, task):
    for _ in range(5):
        target = coin(rows) if task == "two classes" else RNG.normal(size=rows)
        noise = {
            "x": RNG.normal(size=rows),
            "n": RNG.integers(0, 40, rows),
            "w": RNG.choice(list("abcdefgh"), rows),
        }
        left, warnings = judged(target, task=task, **{k: v.tolist() for k, v in noise.items()})
        assert left == {}
        assert not [w for w in warnings if "away" in w]


def test_a_useful_column_is_no_leak():
    answer = RNG.integers(0, 2, 2000)
    _, warnings = judged(answer.tolist(), x=answer * 3 + RNG.normal(size=2000))
    assert warnings == []


def test_where_nearly_all_rows_are_of_one_class_no_column_is_a_leak():
    answer = [0] * 997 + [1, 1, 1]
    _, warnings = judged(answer, x=RNG.normal(size=1000), n=RNG.integers(0, 9, 1000))
    assert not [w for w in warnings if "away" in w]


def test_unbalanced_classes_are_reported():
    _, warnings = judged([0] * 300 + [1] * 30, x=RNG.normal(size=330))
    assert len(warnings) == 1
    assert "300 to 30" in warnings[0]
    assert judged([0] * 299 + [1] * 30, x=RNG.normal(size=329))[1] == []


def test_keep_brings_a_column_back():
    left, _ = judged(coin(), kept=("one",), one=[3.0] * 200, two=[4.0] * 200)
    assert set(left) == {"two"}


def test_missing_values_are_no_trouble():
    answer = [None if n % 7 == 0 else n % 2 for n in range(200)]
    holes = [None if n % 5 == 0 else float(RNG.normal()) for n in range(200)]
    assert judged(answer, x=holes, w=[None if v is None else "a" if v > 0 else "b" for v in holes]) == (
        {},
        [],
    )


def test_several_labels_are_not_compared():
    assert judged(["a|b", "b"] * 50, task="several labels", x=RNG.normal(size=100)) == ({}, [])
