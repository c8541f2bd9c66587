"""Pairs: words in their places where there are any, and a spelling that can be read back."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.table import Table
from deepen.errors import DataError
from deepen.language.pairs import EXTRA, Item, Spelling, items_of, pairs_of, rows_of

ALL = np.arange(2)


def table(source, target):
    return Table({"a": pa.chunked_array([source]), "b": pa.chunked_array([target])}, "t.jsonl")


def test_lists_of_equal_length_are_aligned_and_others_are_whole_texts():
    words = pairs_of(table([["U", "r"], ["hi"]], [["you", "are"], ["hi"]]), "a", "b", ALL)
    assert words.aligned
    assert words.sources == [["u", "r"], ["hi"]]
    unequal = pairs_of(table([["u", "r"], ["hi"]], [["you are"], ["hi"]]), "a", "b", ALL)
    assert not unequal.aligned
    assert unequal.sources == [["u r"], ["hi"]]
    texts = pairs_of(table(["u r", None], ["You are", "hi"]), "a", "b", ALL)
    assert (texts.aligned, texts.lower) == (False, False)
    assert texts.sources == [["u r"], [""]]


def test_small_letters_are_judged_on_the_training_part_alone():
    given = table(["A", "B"], ["a", "B"])
    assert pairs_of(given, "a", "b", np.array([0])).lower
    assert not pairs_of(given, "a", "b", ALL).lower


@pytest.mark.parametrize(("capitals", "lower"), [(1, True), (3, False)])
def test_one_capital_among_a_thousand_targets_decides_nothing(capitals, lower):
    given = table(["A"] * 1000, ["B"] * capitals + ["b"] * (1000 - capitals))
    assert pairs_of(given, "a", "b", np.arange(1000)).lower is lower


def test_sources_alone_are_cut_at_blanks_where_words_are_wanted():
    given = table(["Bf u", "r late"], ["x", "y"])
    assert rows_of(given, "a", aligned=True, lower=True) == [["bf", "u"], ["r", "late"]]
    assert rows_of(given, "a", aligned=False, lower=False) == [["Bf u"], ["r late"]]
    with pytest.raises(DataError, match="neither texts nor lists"):
        rows_of(Table({"a": np.zeros((2, 3, 3))}, "t"), "a", aligned=True, lower=False)


def test_an_item_is_shown_with_what_stands_beside_it():
    assert items_of(["abcdefghijklmnop", "b", "c", "d"])[1] == Item("ghijklmnop", "b", "c")
    assert items_of(["one"]) == [Item("", "one", "")]
    assert items_of([]) == []


def spelled(texts, answers, **more):
    items = [Item("", text, "") for text in texts]
    return items, Spelling.fit(items, answers, aligned=True, **more)


def test_what_is_spelled_can_be_read_back_even_what_training_never_showed():
    items, spelling = spelled(["héllo wörld", "abc"], ["hello", "xyz"])
    for text in ("hello", "abc xyz", "", "héé"):
        item = Item("", text, "")
        assert spelling.read(spelling.targets([item], [text])[0], item) == text[: spelling.longest_target]
    new = Item("x", "a😀b🦖😀", "y")
    source, target = spelling.sources([new])[0], spelling.targets([new], ["😀a🦖"])[0]
    assert spelling.read(target, new) == "😀a🦖"
    assert set(source[source >= spelling.v]) == {spelling.v, spelling.v + 1}
    assert source.max() < spelling.v + spelling.extra


def test_an_item_with_too_many_strange_characters_does_not_crash():
    _, spelling = spelled(["ab"], ["ab"])
    many = Item("", "".join(chr(0x4E00 + i) for i in range(2 * EXTRA)), "")
    ids = spelling.sources([many])
    assert ids.max() < spelling.v + EXTRA
    assert "\ufffd" in spelling.read([3], many)


def test_the_marks_stand_around_the_item_and_nowhere_in_a_target():
    items, spelling = spelled(["ab", "cd"], ["ef", "gh"])
    source = spelling.sources([Item("ab", "cd", "ef")])[0].tolist()
    assert source.count(4) == source.count(5) == 1
    assert source.index(5) - source.index(4) == 3
    targets = spelling.targets(items, ["ef", ""])
    assert targets.shape == (2, 2)
    assert targets[1].tolist() == [0, 0]
    assert targets[0].min() > 5


def test_long_ones_are_cut_and_said_to_be_long():
    items, spelling = spelled(["word"] * 99 + ["w" * 300], ["word"] * 100)
    assert not spelling.fits(items[-1])
    assert spelling.fits(items[0])
    assert spelling.sources(items).shape[1] <= spelling.longest


def test_long_texts_are_spelled_in_pieces_which_need_no_unknown_one():
    texts = [f"this is a long text about number {i} " * 12 for i in range(30)]
    items, spelling = spelled(texts, texts)
    assert spelling.tokeniser.unit == "pieces"
    assert spelling.extra == 0
    strange = Item("", "😀 this is a long text", "")
    assert spelling.read(spelling.targets([strange], [strange.text])[0], strange) == strange.text


def test_plain_data_and_back():
    items, spelling = spelled(["ab"], ["cd"])
    again = Spelling.from_dict(json.loads(json.dumps(spelling.to_dict())))
    assert again == spelling
    with pytest.raises(DataError, match="no text"):
        spelled([""], [""])
