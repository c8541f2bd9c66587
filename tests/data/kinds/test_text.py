"""Texts: what is taken for one, the vocabulary of the training part, and tokens that a net reads."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from deepen.data.kinds import Text, from_dict, to_dict
from deepen.data.kinds.text import Texts
from deepen.data.table import Table
from deepen.shapes import Tokens

SENTENCES = [f"the {colour} cat sat on mat number {n}" for n in range(12) for colour in ("red", "blue")]


def texts(values, kind=None) -> Texts:
    return Texts(pa.chunked_array([pa.array(values, kind)]), lambda row: f"a.csv, row {row + 1}")


def encoded(kind: Text, values) -> np.ndarray:
    out = np.zeros((len(values), *kind.stored[1]), dtype=kind.stored[0])
    done: list[int] = []
    bad = kind.encode_into(
        texts(values), out, workers=1, stop=lambda: False, progress=lambda n, _all: done.append(n)
    )
    assert bad == {} and done[-1] == len(values)
    return out


def column(values) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


@pytest.mark.parametrize(
    ("values", "claimed"),
    [
        (SENTENCES, True),
        (["one same sentence of some words"] * 30, False),
        (["red", "blue"] * 15, False),
        ([f"name{n}" for n in range(30)], False),
        (SENTENCES[:10], False),
        (list(range(30)), False),
    ],
)
def test_sentences_that_seldom_recur_are_claimed(values, claimed: bool) -> None:
    assert bool(Text.claims(column(values))) is claimed


def test_the_vocabulary_and_the_length_are_those_of_the_training_part() -> None:
    train = np.arange(0, 24, 2)
    clean = Text.fit(texts(SENTENCES), train)
    spoilt = [*SENTENCES]
    for row in range(1, 24, 2):
        spoilt[row] = "poison " * 500
    assert Text.fit(texts(spoilt), train) == clean
    assert Text.fit(texts(spoilt), np.arange(24)) != clean


def test_tokens_stand_in_order_and_zeros_behind_them() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    assert kind.shape == Tokens(kind.tokeniser.size, 8)
    found = encoded(kind, ["the cat", "the red cat sat on mat number 3 and on and on", "zebra cat"])
    assert (found[0] > 0).tolist() == [True, True, *[False] * 6]
    assert (found[1] > 0).all(), "what is longer keeps its beginning"
    assert found[0, 0] == found[1, 0] and found[0, 1] == found[1, 2] == found[2, 1]
    assert found[2, 0] == kind.tokeniser.unknown


def test_empty_and_missing_texts_are_one_unknown_token() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    found = encoded(kind, ["", None, "   "])
    assert (found[:, 0] == 1).all() and (found[:, 1:] == 0).all()
    assert Text.fit(texts([None, "", None]), np.arange(3)).longest >= 1


def test_lists_of_words_are_texts_too() -> None:
    given = Texts(column([["the", "red", "cat"], ["a"], None]), lambda row: f"row {row}")
    assert given.some(np.array([0, 2, 1])) == ["the red cat", "", "a"]


def test_short_texts_are_read_by_their_characters() -> None:
    names = ["Müller", "Öztürk", "王", "😀 fun"] * 5
    kind = Text.fit(texts(names), np.arange(20))
    assert kind.tokeniser.unit == "characters"
    found = encoded(kind, names)
    assert [kind.tokeniser.decode(row[row > 0]) for row in found[:4]] == names[:4]


def test_a_batch_is_cut_where_its_longest_text_ends() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    batch = torch.from_numpy(encoded(kind, ["the cat", "on mat number"]))
    ready = kind.to_net(batch)
    assert ready.shape == (2, 3) and ready.dtype == torch.long
    assert (ready[0] > 0).sum() == 2


def test_plain_features_count_tokens_and_pairs_whatever_stands_behind_the_end() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    a, b, c = kind.plain(encoded(kind, ["the cat sat", "cat the sat", "the cat sat"]))
    assert np.linalg.norm(a) == pytest.approx(1)
    np.testing.assert_array_equal(a, c)
    assert 0.3 < a @ b < 0.9, "the words are the same, the pairs are not"
    longer = np.pad(encoded(kind, ["the cat sat"]), ((0, 0), (0, 5)))
    np.testing.assert_array_equal(kind.plain(longer)[0], a)


def test_it_is_plain_data() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    assert from_dict(json.loads(json.dumps(to_dict(kind)))) == kind
    assert kind.columns("note") == ("note",)
    table = Table({"note": column(SENTENCES)}, "a.csv")
    assert kind.open(table, "note").name(3) == "a.csv, row 4"


def test_how_long_a_text_is_read_is_chosen_once_and_from_the_training_rows() -> None:
    kind = Text.fit(texts(SENTENCES), np.arange(24))
    short, rows = [*SENTENCES[:2], "poison " * 500], np.arange(2)
    assert Text(kind.tokeniser, 0).as_long_as(texts(short), rows).longest == 8
    assert Text(kind.tokeniser, 0).as_long_as(texts(short), np.arange(3)).longest == 400, (
        "no more than the most"
    )
    assert Text(kind.tokeniser, 5).as_long_as(texts(short), rows).longest == 5, "as it was chosen"
    assert Text(kind.tokeniser, 0).as_long_as(texts(["", None]), rows).longest == 1
