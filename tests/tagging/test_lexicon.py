"""Words have places, unseen ones their n-grams, and both are read back for every token of a batch."""

import json

import numpy as np
import torch

from deepen.tagging.lexicon import Lexicon, grams

ROWS = [["The", "cat", "sat", "the", "the", "the"], ["cat", "👍🏽"]]


def test_n_grams_are_those_of_the_marked_word():
    assert sorted(grams("ab")) == sorted(["<", "a", "b", ">", "<a", "ab", "b>", "<ab", "ab>", "<ab>"])
    assert len(grams("x" * 5000)) == len(grams("x" * 24))
    assert grams("") == ["<", ">", "<>"]


def test_places_go_by_how_common_a_word_is_and_case_is_kept():
    known = Lexicon.fit(ROWS)
    assert known.words[:2] == ("the", "cat")
    assert known.once == 3
    assert [known.place(w) for w in ("the", "cat", "dog")] == [2, 3, 1]
    assert known.place("The") != known.place("the")
    assert known.place("THE") == known.place("the")  # the commonest of those that differ in case
    assert min(known.place(w) for w in ("The", "sat", "👍🏽")) == known.rare


def test_a_batch_is_read_as_its_tokens_words_and_n_grams():
    known = Lexicon.fit(ROWS)
    places, spelled = known.spell([["the", "dog"], ["dog", "the", "cats"]])
    assert [p.tolist() for p in places] == [[1, 2], [2, 1, 3]]
    batch = torch.tensor([[2, 3, 0], [1, 2, 3]])
    words, which, found, starts = spelled.read(batch)
    assert words.tolist() == [[1, 1, 0], [2, 1, 1]]
    ends = [*starts.tolist()[1:], len(found)]
    own = {
        int(batch.flatten()[at]): found[starts[which.flatten()[at]] : ends[int(which.flatten()[at])]].tolist()
        for at in range(6)
    }
    assert own[0] == []
    for word, place in (("the", 1), ("dog", 2), ("cats", 3)):
        assert len(own[place]) == len(grams(word))
    assert set(own[3]) & set(own[1])  # "t" stands in both
    assert all(0 <= g < known.buckets for g in found.tolist())


def test_buckets_follow_from_the_characters_alone():
    one, two = (Lexicon((word,), 0, 1 << 15).spell([["cats"]])[1].grams for word in ("x", "y"))
    assert torch.equal(one, two)
    assert one[:3].tolist() == [4874, 24431, 15939]  # crc32 of "<", "c" and "a" in UTF-8


def test_there_are_more_buckets_than_n_grams_as_long_as_these_are_few():
    few, many = Lexicon.fit([["a", "b"]]), Lexicon.fit([[f"{n:x}" for n in range(20_000)]])
    assert few.buckets == 256
    assert many.buckets == 1 << 15
    some = [f"{n:x}" for n in range(300)]
    assert 1 <= Lexicon.fit([some]).buckets / len({gram for word in some for gram in grams(word)}) <= 2


def test_lone_surrogates_and_empty_tokens_are_words_like_others():
    places, spelled = Lexicon.fit([["\ud800", ""]]).spell([["\ud800", "", "\udfff"]])
    assert spelled.words.tolist() == [0, 2, 3, 1]
    assert places[0].dtype == np.int32


def test_it_is_kept_as_plain_data():
    known = Lexicon.fit(ROWS)
    assert Lexicon.from_dict(json.loads(json.dumps(known.to_dict()))) == known
