"""Several labels at once, from lists and from joined names."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.kinds import from_dict, to_dict
from deepen.data.kinds.labels import Labels
from deepen.errors import DataError

JOINED = ("sun|sea", "sea", "sun | sand", None, "sand|sea|sun", "sun")
LISTS = (["sun", "sea"], ["sea"], ["sun", "sand"], None, ["sand", "sea", "sun"], ["sun"])
HOT = [[0, 1, 1], [0, 1, 0], [1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 0, 1]]


def column(*values, type=None):
    return pa.chunked_array([pa.array(list(values), type)])


@pytest.mark.parametrize(
    "given",
    [
        column(*JOINED),
        column(*(v and v.replace("|", ";") for v in JOINED)),
        column(*JOINED, type=pa.large_string()),
        column(*LISTS),
        column(*LISTS, type=pa.large_list(pa.string())),
        column(*LISTS, type=pa.list_(pa.large_string())),
    ],
)
def test_lists_and_joined_names_become_zeros_and_ones(given):
    assert Labels.claims(given)
    fitted = Labels.fit_target(given)
    assert fitted.values == ("sand", "sea", "sun")
    encoded = fitted.encode_target(given, "tags")
    assert encoded.tolist() == HOT
    assert encoded.dtype == np.float32


@pytest.mark.parametrize("values", [JOINED, LISTS])
def test_chunks_and_slices_do_not_matter(values):
    whole = column(*values)
    fitted = Labels.fit_target(whole)
    parts = pa.chunked_array([*whole.slice(0, 2).chunks, *whole.slice(2, 1).chunks, *whole.slice(3).chunks])
    assert fitted.encode_target(parts, "tags").tolist() == HOT
    assert fitted.encode_target(whole.slice(1, 3), "tags").tolist() == HOT[1:4]
    assert fitted.encode_target(whole.slice(2, 0), "tags").shape == (0, 3)


def test_no_labels_and_what_stands_behind_a_last_separator_are_none():
    fitted = Labels.fit_target(column("a|", "|b", "a|b", "", "b", "a||b|"))
    assert fitted.values == ("a", "b")
    assert fitted.encode_target(column("a|", "", None, "|b"), "t").tolist() == [
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 1],
    ]
    lists = column(["a", None], [], ["b", ""], type=pa.list_(pa.string()))
    assert fitted.encode_target(lists, "t").tolist() == [[1, 0], [0, 0], [0, 1]]


def test_a_label_named_twice_counts_once():
    assert Labels(("a", "b"), "|").encode_target(column("a|a"), "t").tolist() == [[1, 0]]


@pytest.mark.parametrize("given", [column("sun", "sea|snd"), column(["sun"], ["sea", "snd"])])
def test_an_unknown_label_is_named_with_its_row_and_the_nearest_one(given):
    with pytest.raises(DataError) as caught:
        Labels(("sand", "sea", "sun"), "|").encode_target(given, "tags")
    assert caught.value.where == "row 2, column 'tags'"
    assert caught.value.came == "'snd'"
    assert "'sand'" in caught.value.mend


def test_ordinary_names_are_not_labels():
    people = column(*(f"{last}, {first}" for last, first in zip("ABCDEFGH", "STUVWXYZ", strict=True)))
    places = column(*(f"Town {n}, Land {n % 2}" for n in range(40)))
    for given in (people, places, column("a", "b"), column("a|b"), column(1, 2), column([1], [2])):
        assert Labels.claims(given) is None
    assert Labels.claims(np.zeros((3, 2))) is None


def test_written_as_json_and_read_back_it_is_the_same():
    fitted = Labels.fit_target(column(*JOINED))
    assert from_dict(json.loads(json.dumps(to_dict(fitted)))) == fitted
