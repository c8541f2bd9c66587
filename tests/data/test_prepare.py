"""Preparation: fitted on the training part alone, and from rows to what the net reads."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image as Pillow

from deepen.data.cache import Cache
from deepen.data.kinds import Category, Image, Number, stored
from deepen.data.prepare import Preparation, fit
from deepen.data.recognise import Wishes, recognise
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.shapes import Codes, Grid, Vector

ROWS = 40
TRAIN = np.arange(0, ROWS, 2)
REST = np.arange(1, ROWS, 2)


def table(folder=None, **columns):
    made = {
        n: v if isinstance(v, pa.ChunkedArray | np.ndarray) else pa.chunked_array([pa.array(v)])
        for n, v in columns.items()
    }
    return Table(made, "a.csv", folder=folder)


def schema(task="two classes", targets=("ill",), **kinds):
    plans = [ColumnPlan(name, kind, "input") for name, kind in kinds.items()]
    return Schema((*plans, *(ColumnPlan(t, "category", "target") for t in targets)), task, targets)


def patients(folder=None, rows=ROWS, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 10, rows).tolist()
    age[4] = None
    return table(
        folder,
        age=age,
        weight=[f"{w:.1f}" for w in rng.normal(80, 10, rows)],
        sex=rng.choice(["f", "m"], rows).tolist(),
        town=rng.choice(["Bonn", "Ulm", "Kiel"], rows).tolist(),
        scan=rng.integers(0, 200, (rows, 10, 12), dtype=np.uint8),
        ill=["no", "yes"] * (rows // 2) if rows % 2 == 0 else ["no"] * rows,
    )


KINDS = {"age": "number", "weight": "number", "sex": "category", "town": "category", "scan": "image"}


def poisoned(clean):
    """Give a table whose rows outside of the training part hold what would spoil every fit."""
    columns = {}
    bad = {"age": 1e12, "weight": "-1e12", "sex": "poison", "town": "poison", "ill": "poison"}
    for name in clean.names:
        if name == "scan":
            column = clean[name].copy()
            column[REST] = 255
        else:
            values = clean[name].to_pylist()
            for row in REST:
                values[row] = bad[name]
            column = pa.chunked_array([values])
        columns[name] = column
    return table(**columns)


# -- fitting


def test_fitting_sees_the_training_rows_alone():
    clean, plan = patients(), schema(**KINDS)
    assert fit(clean, plan, TRAIN) == fit(poisoned(clean), plan, TRAIN)
    assert fit(clean, plan, TRAIN) != fit(poisoned(clean), plan, np.arange(ROWS))


def test_training_rows_are_encoded_alike_whatever_the_others_hold():
    clean, plan = patients(), schema(**KINDS)
    preparation = fit(clean, plan, TRAIN)
    plain = preparation.encode(clean, workers=1).arrays
    spoilt = preparation.encode(poisoned(clean), workers=1).arrays
    for name in plain:
        np.testing.assert_array_equal(plain[name][TRAIN], spoilt[name][TRAIN])
    assert np.isfinite(spoilt["numbers"]).all()
    assert (spoilt["codes"][REST] == 0).all()


@pytest.mark.parametrize("task", ["number", "several labels", "two classes"])
def test_targets_are_fitted_on_the_training_rows_alone(task):
    values = {
        "number": [1.0, 1e9] * 20,
        "several labels": ["a|b", "c|d"] * 20,
        "two classes": ["a", "b"] * 20,
    }[task]
    preparation = fit(table(x=list(range(ROWS)), y=values), schema(task, ("y",), x="number"), TRAIN)
    assert preparation.labels == {"number": (), "several labels": ("a", "b"), "two classes": ("a",)}[task]
    assert preparation.outputs == {"number": 1, "several labels": 2, "two classes": 1}[task]
    if isinstance(preparation.target, Number):
        assert preparation.target.mean == 1.0


def test_kinds_that_are_given_stay_as_they_are_and_stand_first():
    clean = patients()
    plan = schema(age="number", sex="category")
    whole, half = (fit(clean, plan, rows) for rows in (np.arange(ROWS), np.arange(ROWS // 2)))
    given = fit(clean, plan, np.arange(ROWS // 2), given={"sex": whole.inputs["sex"]})
    assert list(given.inputs) == ["sex", "age"]
    assert given.inputs["sex"] is whole.inputs["sex"]
    assert given.inputs["age"] == half.inputs["age"]


def test_several_labels_are_no_input_yet():
    with pytest.raises(DataError, match=r"a\.csv, column 'tags'"):
        fit(table(tags=["a|b"] * ROWS, ill=["a", "b"] * 20), schema(tags="labels"), TRAIN)


# -- shapes and encoding


def test_shapes_tell_what_the_net_gets():
    preparation = fit(patients(), schema(**KINDS), TRAIN)
    assert preparation.shapes == {"numbers": Vector(3), "codes": Codes((3, 4)), "image scan": Grid(1, 10, 12)}
    assert list(preparation.images) == ["image scan"]
    only = fit(patients(), schema(sex="category"), TRAIN)
    assert only.shapes == {"codes": Codes((3,))}


@pytest.mark.parametrize("rows", [ROWS, 6000])
def test_encoded_rows_have_the_shapes_promised(rows):
    rng = np.random.default_rng(0)
    given = table(
        x=rng.normal(size=rows),
        few=rng.integers(0, 9, rows),
        sex=rng.choice(["f", "m"], rows).tolist(),
        ill=["a", "b"] * (rows // 2),
    )
    preparation = fit(given, schema(x="number", few="number", sex="category"), np.arange(rows))
    arrays = preparation.encode_small(given)
    numbers, codes = preparation.shapes["numbers"], preparation.shapes["codes"]
    assert isinstance(numbers, Vector) and isinstance(codes, Codes)
    assert arrays["numbers"].shape == (rows, numbers.n)
    assert arrays["codes"].shape == (rows, len(codes.sizes))
    assert arrays["numbers"].dtype == np.float32 and arrays["codes"].dtype == np.int32
    assert (arrays["codes"] >= 0).all() and (arrays["codes"] < codes.sizes).all()


def test_a_row_is_encoded_the_same_alone_and_among_others():
    whole = patients()
    preparation = fit(whole, schema(**KINDS), TRAIN)
    together = preparation.encode(whole, workers=2).arrays
    for row in (0, 4, 17):
        alone = preparation.encode(whole.take(np.array([row])), workers=1).arrays
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0], together[name][row])


def test_the_order_of_columns_in_a_later_table_does_not_matter():
    whole = patients()
    preparation = fit(whole, schema(**KINDS), TRAIN)
    turned = table(**{name: whole[name] for name in reversed(whole.names)}, extra=[1] * ROWS)
    for name, values in preparation.encode(turned, workers=1).arrays.items():
        np.testing.assert_array_equal(values, preparation.encode(whole, workers=1).arrays[name])


def test_to_net_scales_pictures_and_widens_codes():
    whole = patients()
    preparation = fit(whole, schema(**KINDS), TRAIN)
    arrays = preparation.encode(whole, workers=1).arrays
    scan = preparation.images["image scan"].with_statistics(arrays["image scan"], np.arange(ROWS))
    preparation = preparation.with_kind("scan", scan)
    ready = preparation.to_net({name: torch.from_numpy(np.array(a)) for name, a in arrays.items()})
    assert ready["codes"].dtype == torch.int64
    assert ready["numbers"].dtype == torch.float32
    assert ready["image scan"].shape == (ROWS, 1, 10, 12)
    assert abs(ready["image scan"].mean()) < 1e-3
    assert abs(ready["image scan"].std() - 1) < 1e-3


def test_a_bad_value_is_refused_with_its_row():
    whole = patients()
    preparation = fit(whole, schema(**KINDS), TRAIN)
    for column, bad, word in (("weight", "heavy", "not a number"), ("age", float("inf"), "infinite")):
        values = whole[column].to_pylist()
        values[30] = bad
        given = table(**{**whole.columns, column: values})
        with pytest.raises(DataError, match=rf"a\.csv, row 31, column '{column}': .*{word}"):
            preparation.encode(given, workers=1)


def test_a_missing_column_gets_the_nearest_name():
    preparation = fit(patients(), schema(**KINDS), TRAIN)
    preparation.check(patients())
    columns = dict(patients().columns)
    columns["wieght"] = columns.pop("weight")
    with pytest.raises(DataError, match="no column 'weight'.*number.*Did you mean 'wieght'"):
        preparation.check(table(**columns))


# -- as plain data


@pytest.mark.parametrize("task", ["two classes", "number", "several labels"])
def test_written_as_json_and_read_back_it_encodes_the_same(task):
    whole = patients()
    values = {
        "two classes": whole["ill"],
        "number": list(range(ROWS)),
        "several labels": ["a|b", "a", "b", "c|a"] * 10,
    }
    whole = table(**{**whole.columns, "ill": values[task]})
    preparation = fit(whole, schema(task, **KINDS), TRAIN)
    again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())))
    assert again == preparation
    assert again.shapes == preparation.shapes
    for name, array in preparation.encode(whole, workers=1).arrays.items():
        np.testing.assert_array_equal(again.encode(whole, workers=1).arrays[name], array)


# -- pictures and the cache


def photos(folder, count=12):
    for at in range(count):
        pixels = np.random.default_rng(at).integers(0, 255, (9, 7, 3), dtype=np.uint8)
        Pillow.fromarray(pixels).save(folder / f"{at}.png")
    return table(folder, photo=[f"{n}.png" for n in range(count)], ill=["a", "b"] * (count // 2))


def test_the_cache_gives_what_memory_gives_and_decodes_once(tmp_path, monkeypatch):
    given, cache = photos(tmp_path), Cache(tmp_path / "cache")
    (tmp_path / "3.png").write_bytes(b"no picture")
    preparation = fit(given, schema(photo="image"), np.arange(12))
    memory = preparation.encode(given, workers=2)
    first = preparation.encode(given, workers=2, cache=cache, content=b"1")
    monkeypatch.setattr("deepen.data.kinds.image.decode", lambda *_: pytest.fail("it was decoded again"))
    again = preparation.encode(given, workers=2, cache=cache, content=b"1")
    assert isinstance(again.arrays["image photo"], np.memmap)
    for found in (first, again):
        np.testing.assert_array_equal(found.arrays["image photo"], memory.arrays["image photo"])
        assert found.bad == memory.bad == {3: "not a picture in any known format"}


def test_other_content_another_size_and_another_column_are_other_entries(tmp_path):
    given, cache = photos(tmp_path), Cache(tmp_path / "cache")
    for side, content in ((None, b"1"), (None, b"2"), (4, b"1"), (None, b"1")):
        preparation = fit(given, schema(photo="image"), np.arange(12), side=side)
        preparation.encode(given, workers=1, cache=cache, content=content)
    assert len([p for p in (tmp_path / "cache").iterdir() if p.is_dir()]) == 3


def test_another_range_of_an_array_is_another_entry(tmp_path):
    pixels = np.random.default_rng(0).normal(size=(ROWS, 6, 6))
    pixels[1] = 100
    given, cache = table(scan=pixels, ill=["a", "b"] * 20), Cache(tmp_path)
    found = []
    for rows in (TRAIN, REST):
        preparation = fit(given, schema(scan="image"), rows)
        found.append(preparation.encode(given, workers=1, cache=cache, content=b"1").arrays["image scan"])
    assert (np.asarray(found[0]) != np.asarray(found[1])).any()


def test_bytes_in_memory_are_not_copied_into_the_cache(tmp_path):
    given = patients()
    preparation = fit(given, schema(scan="image"), TRAIN)
    encoded = preparation.encode(given, workers=1, cache=Cache(tmp_path / "cache"))
    assert np.shares_memory(encoded.arrays["image scan"], given["scan"])
    assert not (tmp_path / "cache").exists()


def test_what_is_stopped_leaves_nothing_in_the_cache(tmp_path):
    given, cache = photos(tmp_path), Cache(tmp_path / "cache")
    preparation = fit(given, schema(photo="image"), np.arange(12))
    preparation.encode(given, workers=1, cache=cache, content=b"1", stop=lambda: True)
    assert cache.size() == 0
    assert (
        preparation.encode(given, workers=1, cache=cache, content=b"1").arrays["image photo"].any((1, 2, 3))
    ).all()


def test_bad_pictures_of_two_columns_are_both_listed(tmp_path):
    photos(tmp_path)
    names = [f"{n}.png" for n in range(12)]
    given = table(tmp_path, a=["none.png", *names[1:]], b=["0.png", "no.png", *names[2:]], ill=["a", "b"] * 6)
    preparation = fit(given, schema(a="image", b="image"), np.arange(12))
    assert sorted(preparation.encode(given, workers=1).bad) == [0, 1]


# -- plain features


def test_plain_features_are_numbers_one_hot_codes_and_small_pictures():
    rng = np.random.default_rng(0)
    preparation = Preparation(
        {"x": Number.fit(np.arange(5.0)), "sex": Category(("f", "m")), "a": Image(33, 32, 3)},
        Category(("no", "yes")), ("ill",), "two classes",
    )  # fmt: skip
    arrays = {
        "numbers": rng.normal(size=(5, 1)).astype(np.float32),
        "codes": np.array([[0], [1], [2], [0], [1]], dtype=np.int32),
        "image a": rng.integers(0, 256, (5, 33, 32, 3), dtype=np.uint8),
    }
    found = preparation.plain(arrays, np.array([1, 4]))
    assert found.shape == (2, 1 + 3 + 11 * 16 * 3)
    np.testing.assert_array_equal(found[:, 1:4], [[0, 1, 0], [0, 1, 0]])
    corner = arrays["image a"][1, :3, :2].mean(axis=(0, 1)) / 255
    np.testing.assert_allclose(found[0, 4:7], corner, rtol=1e-5)


# -- lengths


class Untouchable:
    """Pixels larger than memory: whoever reads them as a whole has lost."""

    def __getitem__(self, _at):
        raise AssertionError("the pixels were read")


def test_the_lengths_of_pictures_are_known_without_reading_them():
    preparation = fit(patients(), schema(**KINDS), TRAIN)
    assert preparation.lengths({"image scan": Untouchable()}, np.arange(10**6)) is None


def test_lengths_are_those_of_the_input_of_most_steps(monkeypatch):
    monkeypatch.setattr(stored, "_BLOCK", 3)  # read in several blocks
    notes = ["a b c", "a", "", "b c", "c c c c", "a b", "b"] * 5
    given = table(note=notes, word=["ab"] * 35, ill=["no", "yes"] * 17 + ["no"])
    preparation = fit(given, schema(note="text", word="text"), np.arange(35))
    arrays = preparation.encode(given, workers=1).arrays
    rows = np.array([4, 0, 1, 34, 2])
    found = preparation.lengths(arrays, rows)
    by_hand = [max(1, len(notes[row])) for row in rows]
    assert preparation.inputs["note"].tokeniser.unit == "characters"
    assert found.tolist() == by_hand


def test_dates_join_the_numbers_and_a_single_later_row_is_read_as_the_training_part_was():
    days = [f"{d:02d}/{m:02d}/2024" for m in (1, 2, 3) for d in range(1, 29)]
    given = Table({"day": pa.chunked_array([days]), "y": pa.chunked_array([list("ab") * 42])}, "t.csv")
    schema = recognise(given, Wishes(target="y"))
    assert {c.name: c.kind for c in schema.inputs} == {"day": "date"}
    prepared = fit(given, schema, np.arange(84))
    whole = prepared.encode_small(given)["numbers"]
    assert whole.shape == (84, prepared.shapes["numbers"].n)
    at = days.index("03/02/2024")
    lone = Table({"day": pa.chunked_array([["03/02/2024"]])}, "new.csv")
    back = Preparation.from_dict(prepared.to_dict())
    np.testing.assert_array_equal(back.encode_small(lone)["numbers"][0], whole[at])
    with pytest.raises(DataError, match="row 1, column 'day'.*not a date"):
        back.encode_small(Table({"day": pa.chunked_array([["tomorrow"]])}, "new.csv"))
