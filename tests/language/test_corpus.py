"""The parts are contiguous, in order, and nothing crosses their borders."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.table import Table
from deepen.errors import DataError
from deepen.language.corpus import gather, stream_of

LINES = [f"line {i} of the text, with a few words\n" for i in range(1000)]


def table(*texts, parts=None):
    column = pa.chunked_array([pa.array(list(texts), pa.large_string())])
    return Table({"text": column}, "t.txt", parts=None if parts is None else np.array(parts, dtype=object))


def written(corpus, part):
    return corpus.tokeniser.decode(corpus.ids[part.first : part.last])


def test_the_parts_are_the_text_in_its_order_cut_at_line_ends():
    text = "".join(LINES)
    corpus = gather(table(text), "text")
    valid, train, test = (written(corpus, p) for p in (corpus.valid, corpus.train, corpus.test))
    assert valid + train + test == text
    for part in (valid, train):
        assert part.endswith("\n")
    assert len(test) / len(text) == pytest.approx(0.1, abs=0.01)
    assert len(valid) / len(text) == pytest.approx(0.05, abs=0.01)
    assert corpus.test.characters == len(test)


def test_the_vocabulary_is_that_of_the_training_part_alone():
    text = "".join(LINES)
    corpus = gather(table(text), "text")
    poisoned = gather(table(text[:-200] + "@#é" * 66 + "\n\n"), "text")
    assert poisoned.tokeniser == corpus.tokeniser
    last = corpus.train.last
    assert np.array_equal(poisoned.ids[:last], corpus.ids[:last])


def test_many_texts_are_parted_by_a_zero_and_may_be_cut():
    corpus = gather(table(*LINES), "text")
    inner = corpus.ids[corpus.train.first : corpus.train.last]
    assert (inner == 0).sum() > 800
    assert corpus.ids.dtype == np.uint8
    assert corpus.train.characters == len(inner)


def test_parts_that_the_source_names_are_kept():
    text = "".join(LINES)
    corpus = gather(table(text, "the test text\n" * 20, parts=["train", "test"]), "text")
    assert written(corpus, corpus.test) == "the test text\n" * 20
    assert written(corpus, corpus.valid) + written(corpus, corpus.train) == text
    both = gather(table(text, "v" * 200, "w" * 200, parts=["train", "valid", "test"]), "text")
    assert (len(both.valid), len(both.test)) == (200, 200)


def test_shares_can_be_said():
    corpus = gather(table("".join(LINES)), "text", test_share=0.3, valid_share=0.2)
    total = len("".join(LINES))
    assert corpus.test.characters / total == pytest.approx(0.3, abs=0.01)
    assert corpus.valid.characters / total == pytest.approx(0.14, abs=0.01)


@pytest.mark.parametrize("texts", [["short"], [None, None], ["", "a" * 1999]])
def test_too_little_text_is_refused(texts):
    with pytest.raises(
        DataError, match=r"t.txt: too little text to learn from; allowed: 2,000 characters or more"
    ):
        gather(table(*texts), "text")


def test_a_part_without_text_is_refused():
    with pytest.raises(DataError, match="too little text in the training part"):
        gather(table("a" * 50, "b" * 5000, parts=["train", "test"]), "text")


def test_the_smallest_type_that_holds_the_vocabulary():
    corpus = gather(table("".join(chr(0x4E00 + i % 3000) for i in range(9000))), "text")
    assert corpus.ids.dtype == np.uint16
    assert stream_of([], corpus.tokeniser).tolist() == []
