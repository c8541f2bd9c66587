"""What is understood of tables of many sorts, and how the user's word overrides it."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.recognise import Wishes, recognise
from deepen.data.table import Table
from deepen.errors import DataError, SettingError

RNG = np.random.default_rng(0)
ROWS = 60


def table(*, source_target=None, **columns):
    made = {}
    for name, values in columns.items():
        as_is = isinstance(values, pa.ChunkedArray) or (isinstance(values, np.ndarray) and values.ndim > 1)
        made[name] = values if as_is else pa.chunked_array([pa.array(list(values))])
    return Table(made, "a.csv", target=source_target)


def x(rows=ROWS):
    return RNG.normal(size=rows)


def words(*values, rows=ROWS):
    return (list(values) * rows)[:rows]


def understood(given, **wishes):
    return recognise(given, Wishes(**wishes))


def roles(schema):
    return {c.name: c.kind if c.role == "input" else c.role for c in schema.columns}


def why(schema, name):
    return next(c.why for c in schema.columns if c.name == name)


# -- tasks


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (words("no", "yes"), "two classes"),
        (words(True, False, False), "two classes"),
        (words(0, 1), "two classes"),
        (words(1.0, 2.0, None), "two classes"),
        (words("a", "b", "c"), "many classes"),
        (words(*range(10)), "many classes"),
        (words("3", "1", "2"), "many classes"),
        (pa.chunked_array([words("a", "b", "c")]).dictionary_encode(), "many classes"),
        (RNG.normal(size=ROWS), "number"),
        (RNG.permutation(1000)[:ROWS], "number"),
        ([f"{v:.3f}" for v in RNG.normal(size=ROWS)], "number"),
        ([f"{a},{b}" for a in range(6) for b in range(10)], "number"),
        (words("a|b", "b", "a", "c|a"), "several labels"),
        (words(["a", "b"], ["b"], []), "several labels"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_task_follows_from_the_target(target, task):
    schema = understood(table(x=x(), y=target))
    assert schema.task == task
    assert schema.targets == ("y",)
    assert roles(schema) == {"x": "number", "y": "target"}


def test_the_kind_of_the_target_can_be_overridden():
    given = table(x=x(), stars=words(1, 2, 3, 4, 5))
    assert understood(given, target="stars").task == "many classes"
    assert understood(given, target="stars", kinds={"stars": "number"}).task == "number"
    with pytest.raises(SettingError, match="cannot be of the kind 'image'"):
        understood(given, target="stars", kinds={"stars": "image"})


def test_the_target_is_guessed_by_its_name_by_the_source_or_as_the_last_column():
    assert understood(table(Outcome=words("a", "b"), x=x(), z=words("c", "d", "e"))).targets == ("Outcome",)
    assert understood(table(x=x(), z=words("c", "d"))).targets == ("z",)
    assert understood(table(source_target="x", x=words("a", "b"), label=words("c", "d", "e"))).targets == (
        "x",
    )
    assert understood(table(x=words("a", "b"), label=x()), target="x").targets == ("x",)
    photo = [f"{n}.jpg" for n in range(ROWS)]
    assert understood(table(age=words("a", "b"), photo=photo)).targets == ("age",)
    assert understood(table(x=x(), y=words("a", "b"), z=x()), drop=["y"]).targets == ("z",)
    assert "by its name" in why(understood(table(x=x(), label=words("a", "b"))), "label")


def test_several_targets_are_several_labels():
    given = table(x=x(), rain=words(0, 1, 1), wind=words("yes", "no"), cold=words(True, None))
    schema = understood(given, target=["rain", "wind", "cold"])
    assert schema.task == "several labels"
    assert schema.targets == ("rain", "wind", "cold")
    assert roles(schema)["wind"] == "target"
    assert understood(given, target=["rain", "rain"]).task == "two classes"


# -- columns


def test_tables_of_many_sorts():
    schema = understood(
        table(
            photo=[f"{n}.jpg" for n in range(ROWS)],
            pixels=np.zeros((ROWS, 8, 8), np.uint8),
            age=x(),
            zip=words("02139", "10001", "94110"),
            town=words("Bonn", "Ulm", "Kiel", None, "Bonn"),
            member=words(True, False, False, True, True),
            born=pa.chunked_array(
                [pa.array(RNG.permutation(10**6)[:ROWS]).cast(pa.int32()).cast(pa.date32())]
            ),
            empty=[None] * ROWS,
            nothing=[float("nan")] * ROWS,
            tags=[["a"], ["b", "c"]] * (ROWS // 2),
            note=[f"a sentence of some length, number {n}" for n in range(ROWS)],
            vector=np.zeros((ROWS, 5)),
            y=words("a", "b", rows=ROWS),
        )
    )
    assert roles(schema) == {
        "photo": "image", "pixels": "image", "age": "number", "zip": "category", "town": "category",
        "member": "category", "born": "date", "empty": "left out", "nothing": "left out", "tags": "left out",
        "note": "text", "vector": "left out", "y": "target",
    }  # fmt: skip
    assert all(c.why for c in schema.columns)
    assert "every value is missing" in why(schema, "empty")
    assert "7 words" in why(schema, "note")
    assert "no kind reads" in why(schema, "tags") and "no kind reads" in why(schema, "vector")


def test_the_columns_stay_in_their_order():
    given = table(b=x(), y=words("a", "b"), a=x(), c=[1.0] * ROWS)
    assert [c.name for c in understood(given, target="y").columns] == ["b", "y", "a", "c"]


def test_the_users_word_wins():
    given = table(
        id=range(ROWS),
        code=words(1, 2, 3, 4, 5, 6, 7),
        flat=[1.0] * ROWS,
        who=words(*"abcdef"),
        when=x(),
        y=words("a", "b"),
    )
    plain = understood(given)
    assert roles(plain) == {
        "id": "left out", "code": "number", "flat": "left out", "who": "category", "when": "number", "y": "target"
    }  # fmt: skip
    assert "--keep id" in why(plain, "id")
    told = understood(given, kinds={"code": "category"}, keep=["id", "flat"], drop=["when"], group="who")
    assert roles(told) == {
        "id": "number", "code": "category", "flat": "number", "who": "group", "when": "left out", "y": "target"
    }  # fmt: skip
    assert why(told, "when") == "as named"
    assert roles(understood(given, time="when"))["when"] == "time"


def test_what_is_suspicious_is_told_of():
    answer = RNG.integers(0, 2, ROWS)
    schema = understood(table(x=x(), copy=answer * 2, y=answer))
    assert roles(schema)["copy"] == "left out"
    assert "target itself" in why(schema, "copy")


# -- what is refused


@pytest.mark.parametrize(
    ("wishes", "option"),
    [
        ({"target": "outcom"}, "--target"), ({"drop": ["outcom"]}, "--drop"), ({"keep": ["outcom"]}, "--keep"),
        ({"group": "outcom"}, "--group"), ({"time": "outcom"}, "--time"), ({"kinds": {"outcom": "number"}}, "--kind"),
        ({"target": ["x", "outcom"]}, "--target"),
    ],
)  # fmt: skip
def test_a_misspelt_column_gets_the_nearest_name(wishes, option):
    with pytest.raises(SettingError) as caught:
        understood(table(x=x(), outcome=words("a", "b")), **wishes)
    assert caught.value.where == option
    assert caught.value.mend == "Did you mean 'outcome'?"


def test_a_misspelt_kind_gets_the_nearest_name():
    with pytest.raises(SettingError, match="'categry' is not a kind. Did you mean 'category'"):
        understood(table(x=x(), y=words("a", "b")), kinds={"x": "categry"})


def test_contradictions_are_refused():
    given = table(x=x(), g=words(*"abc"), y=words("a", "b"))
    for wishes in (
        {"target": "y", "drop": ["y"]},
        {"target": "y", "group": "y"},
        {"target": "y", "time": "y"},
        {"target": "y", "group": "g", "time": "x"},
    ):
        with pytest.raises(SettingError):
            understood(given, **wishes)


def test_one_class_is_refused():
    with pytest.raises(DataError, match=r"a\.csv, column 'y': the target has one class only.*'a'"):
        understood(table(x=x(), y=words("a")))
    with pytest.raises(DataError, match="one value only"):
        understood(table(x=x(), y=[3.5] * ROWS))
    with pytest.raises(DataError, match="one class only"):
        understood(table(x=x(), y=words("a", "b")), without=["b"])


def test_a_star_keeps_all_columns():
    given = table(x=x(), flat=words("c"), y=words("a", "b"))
    assert [c.name for c in understood(given).inputs] == ["x"]
    assert [c.name for c in understood(given, keep=["*"]).inputs] == ["x", "flat"]
    assert [c.name for c in understood(given, keep=["fl*"]).inputs] == ["x", "flat"]


def test_a_class_with_one_example_is_named_and_can_be_left_out():
    given = table(x=x(), y=[*words("a", "b", rows=ROWS - 1), "once"])
    with pytest.raises(DataError, match="class 'once' has one example.*--without 'once'"):
        understood(given)
    assert understood(given, without=["once"]).task == "two classes"
    assert understood(given, tested=False).task == "many classes"
    with pytest.raises(SettingError, match="no class 'onze'. Did you mean 'once'"):
        understood(given, without=["onze"])


def test_as_many_classes_as_rows_are_refused():
    with pytest.raises(DataError, match="almost as many classes as rows.*--kind y=number"):
        understood(table(x=x(), y=[f"name {n}" for n in range(ROWS)]))


def test_a_target_of_missing_values_is_refused():
    for values in ([None] * ROWS, [float("nan")] * ROWS, pa.chunked_array([pa.nulls(ROWS, pa.string())])):
        with pytest.raises(DataError, match="every value of the target is missing"):
            understood(table(x=x(), y=values))


def test_an_infinite_target_is_refused_with_its_row():
    values = x()
    values[41] = np.inf
    with pytest.raises(DataError, match=r"a\.csv, row 42, column 'y': an infinite value"):
        understood(table(x=x(), y=values))


def test_an_infinite_input_is_refused_with_its_row():
    values = x()
    values[7] = -np.inf
    with pytest.raises(DataError, match=r"a\.csv, row 8, column 'x': an infinite value"):
        understood(table(x=values, y=words("a", "b")))


def test_words_forced_to_be_numbers_are_refused_with_their_row():
    with pytest.raises(DataError, match=r"row 1, column 'w': not a number.*'a'"):
        understood(table(w=words("a", "b", "c"), y=words("a", "b")), kinds={"w": "number"})


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(DataError, match="nothing to learn"):
        understood(table(photo=[f"{n}.jpg" for n in range(ROWS)]))
    with pytest.raises(DataError, match="nothing to learn"):
        understood(table(y=words("a", "b")))
    with pytest.raises(DataError, match="no column is left.*'flat': constant.*--keep"):
        understood(table(flat=[1.0] * ROWS, y=words("a", "b")))


def test_targets_of_no_kind_are_refused():
    with pytest.raises(DataError, match="several dimensions"):
        understood(table(x=x(), v=np.zeros((ROWS, 4))), target="v")
    with pytest.raises(DataError, match="several dimensions"):
        understood(table(x=x(), v=np.zeros((ROWS, 4))), target=["x", "v"])
    for values in ([[1], [2]] * (ROWS // 2), [{"a": 1}, {"a": 2}] * (ROWS // 2), [b"a", b"b"] * (ROWS // 2)):
        with pytest.raises(DataError, match="cannot be the target"):
            understood(table(x=x(), y=values))
        with pytest.raises(SettingError, match="--target y: several targets must each be a yes or no"):
            understood(table(x=x(), z=words(0, 1), y=values), target=["z", "y"])
    with pytest.raises(SettingError, match="3 different values, such as 'a', 'b', 'c'"):
        understood(table(x=x(), z=words(0, 1), y=words("a", "b", "c")), target=["z", "y"])


def test_an_array_can_only_be_pictures():
    given = table(pixels=np.zeros((ROWS, 4, 4)), x=x(), y=words("a", "b"))
    for kind in ("number", "category", "labels"):
        with pytest.raises(SettingError, match="--kind pixels"):
            understood(given, kinds={"pixels": kind})


def test_without_labels_running_text_is_an_input_and_a_last_column_of_texts_is_no_target():
    unlabelled = Wishes(unlabelled=True)
    (plan,) = recognise(table(text=["one long text"]), unlabelled).columns
    assert (plan.kind, plan.role) == ("text", "input")
    texts = [f"the cat sat on mat number {n}" for n in range(ROWS)]
    found = {c.name: c.role for c in recognise(table(a=x(), note=texts), unlabelled).columns}
    assert found == {"a": "input", "note": "input"}
    named = {c.name: c.role for c in recognise(table(a=x(), label=texts), unlabelled).columns}
    assert named["label"] == "left out", "by its name it is the target"
    last = {
        c.name: c.role for c in recognise(table(note=texts, mood=words("up", "down")), unlabelled).columns
    }
    assert last == {"note": "input", "mood": "left out"}
