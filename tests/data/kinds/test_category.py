"""Names: the vocabulary of the training part, and what stands outside of it."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.kinds import from_dict, to_dict
from deepen.data.kinds.category import Category
from deepen.errors import DataError, FolderError


def column(*values, type=None):
    return pa.chunked_array([pa.array(list(values), type)])


def test_unknown_rare_and_missing_values_have_code_0():
    fitted = Category.fit(column("b", "a", "a", "b", "once", None))
    assert fitted.values == ("a", "b")
    codes = fitted.encode(column("a", "b", "once", "never seen", None, ""))
    assert codes.tolist() == [1, 2, 0, 0, 0, 0]
    assert codes.dtype == np.int32


def test_a_column_of_nothing_but_rare_values_still_encodes():
    fitted = Category.fit(column("a", "b", "c"))
    assert fitted.values == ()
    assert fitted.encode(column("a", None)).tolist() == [0, 0]
    assert Category.fit(column(None, None, type=pa.string())).values == ()


def test_the_order_of_rows_and_of_chunks_does_not_matter():
    plain = Category.fit(column("x", "y", "x", "y", "z", "z"))
    turned = Category.fit(pa.chunked_array([["z", "y"], ["x"], [], ["z", "x", "y"]]))
    assert plain == turned


def test_numbers_as_names_stand_in_their_order_and_whole_ones_lose_their_point():
    assert Category.fit_target(column(10.0, 9.0, None)).values == ("9", "10")
    fitted = Category.fit_target(column(10, 9))
    assert fitted.encode(column(9.0, 10.0, float("nan"))).tolist() == [1, 2, 0]
    assert fitted.encode(column("9", "10")).tolist() == [1, 2]


def test_names_truth_values_and_dictionaries_are_claimed():
    assert Category.claims(column("a"))
    assert Category.claims(column("a", type=pa.large_string()))
    assert Category.claims(column(True, False)) == "yes or no"
    assert Category.claims(column("a", "a").dictionary_encode())
    assert Category.claims(column(1.5)) is None
    assert Category.claims(np.zeros((2, 2))) is None


def test_the_same_names_of_any_type_have_the_same_codes():
    names = column("a", "b", "b", "a")
    fitted = Category.fit(names)
    for same in (names.dictionary_encode(), names.cast(pa.large_string())):
        assert Category.fit(same) == fitted
        assert fitted.encode(same).tolist() == [1, 2, 2, 1]


def test_every_class_of_a_target_counts_and_missing_ones_are_minus_1():
    fitted = Category.fit_target(column("no", "yes", "once"))
    assert fitted.values == ("no", "once", "yes")
    codes = fitted.encode_target(column("yes", None, "no"), "y")
    assert codes.tolist() == [2, -1, 0]
    assert codes.dtype == np.int64


def test_an_unknown_class_is_named_with_its_row_and_the_nearest_one():
    fitted = Category.fit_target(column("setosa", "virginica"))
    with pytest.raises(DataError) as caught:
        fitted.encode_target(
            column("setosa", None, "virginca"), "species", lambda row: f"a.csv, line {row + 2}"
        )
    assert caught.value.where == "a.csv, line 4, column 'species'"
    assert caught.value.came == "'virginca'"
    assert "Did you mean 'virginica'" in caught.value.mend


def test_written_as_json_and_read_back_it_is_the_same():
    fitted = Category.fit_target(column("ü", "", "日本", 'quote"'))
    assert from_dict(json.loads(json.dumps(to_dict(fitted)))) == fitted


def test_a_kind_of_a_newer_version_is_refused():
    with pytest.raises(FolderError, match="unknown kind of column 'video'"):
        from_dict({"kind": "video"})
    with pytest.raises(FolderError, match="unknown kind"):
        from_dict({})
