"""Written answers: the figures by hand, and edits by the textbook's table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepen.errors import DataError
from deepen.evidence.text_measures import edits, text_score


def by_table(a, b):
    """The distance by the table of Wagner and Fischer 1974."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, row = row, [i]
        for j, y in enumerate(b, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


@given(st.text(alphabet="abcé😀", max_size=80), st.text(alphabet="abcé😀", max_size=80))
def test_edits_are_those_of_the_table(a, b):
    assert edits(a, b) == by_table(a, b)


SOURCES = [["U", "r", "late"], ["l", "o", "l"], ["fine"]]
TRUTH = [["you", "are", "late"], ["lol", "", ""], ["fine"]]


def test_f1_counts_what_was_changed_and_what_had_to_be():
    answers = [["you", "r", "later"], ["lol", "", "l"], ["FINE"]]
    score = text_score(SOURCES, TRUTH, answers, aligned=True)
    # Changed: you, later, lol ("" is nothing, FINE another case). To be changed: you, are, lol. Right: you, lol.
    assert score["token_precision"].value == pytest.approx(2 / 3)
    assert score["token_recall"].value == pytest.approx(2 / 3)
    assert score.headline.name == "token_f1"
    assert score.headline.value == pytest.approx(2 / 3)
    assert score["exact_match"].value == 0
    wrong = edits("you r later", "you are late") + edits("lol l", "lol") + edits("FINE", "fine")
    assert score["character_error_rate"].value == pytest.approx(wrong / (12 + 3 + 4))
    assert score["character_error_rate"].better == "lower"


def test_perfect_and_untouched_answers():
    perfect = text_score(SOURCES, TRUTH, TRUTH, aligned=True)
    assert [m.value for m in perfect.measures.values()] == [1, 1, 1, 1, 0]
    untouched = text_score(SOURCES, TRUTH, SOURCES, aligned=True)
    assert untouched["token_f1"].value == untouched["token_f1"].high == 0
    assert untouched["exact_match"].value == pytest.approx(1 / 3)


def test_whole_texts_have_no_tokens():
    score = text_score([["a b"]], [["b a"]], [["b c"]], aligned=False)
    assert list(score.measures) == ["exact_match", "character_error_rate"]
    assert score["character_error_rate"].value == pytest.approx(1 / 3)


def test_the_interval_covers_the_true_share():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(100):
        right = rng.random((60, 5)) < 0.7
        answers = [["b" if r else "c" for r in row] for row in right]
        found = text_score([["a"] * 5] * 60, [["b"] * 5] * 60, answers, aligned=True).headline
        hits += found.low <= 0.7 <= found.high
    assert 90 <= hits <= 99


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(DataError, match="nothing to score"):
        text_score([], [], [], aligned=True)
    with pytest.raises(DataError, match="not as many answers"):
        text_score([["a"]], [["a"]], [], aligned=True)
    with pytest.raises(DataError, match="rows of different length"):
        text_score([["a"]], [["a"]], [["a", "b"]], aligned=True)
