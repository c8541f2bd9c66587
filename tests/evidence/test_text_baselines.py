"""A dictionary of what was seen, and the sources as they are."""

import json

from deepen.evidence.text_baselines import Dictionary, copy

PAIRS = [("u", "you"), ("u", "you"), ("u", "u"), ("cat", "cat"), ("2", "to"), ("2", "too")]


def test_the_commonest_answer_the_first_of_equals_and_else_the_item_itself():
    known = Dictionary.fit(PAIRS)
    assert known.everywhere([["u", "cat"], ["2", "new"], []]) == [["you", "cat"], ["to", "new"], []]
    assert known.answers("u") == ("you", "u")


def test_shares_sum_to_one_and_the_unseen_stays_as_it_is():
    known = Dictionary.fit(PAIRS)
    for item in ("u", "cat", "2", "new"):
        assert sum(known.share(item, answer) for answer in known.answers(item)) == 1
    assert known.share("new", "new") == 1
    assert known.seen("new") == 0


def test_plain_data_and_back_keeps_the_order_of_answers():
    known = Dictionary.fit(PAIRS)
    again = Dictionary.from_dict(json.loads(json.dumps(known.to_dict())))
    assert {item: list(found.items()) for item, found in again.counts.items()} == {
        item: list(found.items()) for item, found in known.counts.items()
    }
    assert known.to_dict()["once"] == ["cat"]


def test_copying():
    rows = [["a", "b"], []]
    assert copy(rows) == rows
    assert copy(rows)[0] is not rows[0]
