"""Rows are read as they stand, and what is wrong with one is told by its place."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.sources import read
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.tagging.rows import check_lengths, elements_of, tags_of


def table(**columns):
    return Table({name: pa.chunked_array([pa.array(values)]) for name, values in columns.items()}, "a.jsonl")


def test_tokens_keep_case_accents_and_emoji():
    found = elements_of(table(x=[["Élan", "👍🏽", ""], [], None]), "x", "text")
    assert found.rows == [["Élan", "👍🏽", ""], [], []]
    assert found.missing.tolist() == [False, False, True]
    assert found.lengths.tolist() == [3, 0, 0]


def test_whole_numbers_are_tags_as_people_write_them():
    assert tags_of(table(y=[[0, 1], [2]]), "y").rows == [["0", "1"], ["2"]]
    assert tags_of(table(y=[[0.0, 1.0]]), "y").rows == [["0", "1"]]
    assert tags_of(table(y=['["a", 1]', None]), "y").rows == [["a", "1"], []]


def test_steps_of_one_channel_and_of_several_keep_what_is_missing_at_their_end():
    found = elements_of(table(x=[[1.0, None], [2.5], [], None]), "x", "series")
    assert [row.tolist() for row in found.rows[1:]] == [[[2.5]], [], []]
    assert np.isnan(found.rows[0][1, 0])
    assert found.lengths.tolist() == [2, 1, 0, 0]
    several = elements_of(table(x=[[[1.0, 2.0], [3.0, 4.0]]]), "x", "series")
    assert several.rows[0].shape == (2, 2)


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        ([["a"], ["b", None]], "text", r"row 2, column 'x', place 2: a missing token"),
        (['["a"]', '["b", ["c"]]'], "text", r"row 2, column 'x', place 2: a token that is itself a list"),
        (['["a"]', '[{"b": 1}]'], "text", r"row 2, column 'x', place 1: a token that is itself"),
        (['["a"]', "no list"], "text", r"row 2, column 'x': not a list of tokens; came: 'no list'"),
        (["[1]", '[1, "x"]'], "series", r"row 2, column 'x': cannot be read: not a number at step 2"),
        (["[1]", "[[1, 2], [3]]"], "series", r"row 2, column 'x': cannot be read: step 1 has 2 channels"),
        ([[1.0], [float("inf")]], "series", r"row 2, column 'x': cannot be read: a value that is infinite"),
        ([[1.0], [None, None]], "series", r"row 2, column 'x': cannot be read: every value is missing"),
    ],
)
def test_garbage_is_told_by_its_place(rows, kind, message):
    with pytest.raises(DataError, match=message):
        elements_of(table(x=rows), "x", kind)


@pytest.mark.parametrize("bad", [["O", None], ["O", ""]])
def test_a_missing_tag_is_told(bad):
    with pytest.raises(DataError, match=r"row 1, column 'y', place 2: a missing tag"):
        tags_of(table(y=[bad]), "y")


def test_rows_of_other_lengths_are_named_by_their_line(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text('{"x": ["a"], "y": ["O"]}\n\n{"x": ["a", "b"], "y": ["O"]}\n{"x": ["a"], "y": []}\n')
    given = read(path)
    with pytest.raises(DataError, match=r"s.jsonl, line 3: 'x' and 'y' differ in length \(and in 1 more rows\).*"
                                        "came: 2 elements and 1 tags"):  # fmt: skip
        check_lengths(given, "x", "y", elements_of(given, "x", "text"), tags_of(given, "y"))


def test_a_plain_text_is_cut_at_blanks_where_that_is_wanted():
    assert elements_of(table(x=["EU  rejects ."]), "x", "text", plain=True).rows == [["EU", "rejects", "."]]
