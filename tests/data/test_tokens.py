"""Tokens: what is encoded can be read back, whatever the script, and nothing makes it crash."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepen.data.tokens import UNITS, Tokeniser
from deepen.errors import DataError, FolderError, SettingError

WORLD = [
    "family 👩‍👩‍👧‍👦, thumb 👍🏽, flag 🇳🇱, heart ❤️",
    "مرحبا بالعالم، كيف حالك؟",
    "你好，世界。今天天气很好。",
    "cafe\u0301 and café, Z\u0351\u0343\u0352algo, नमस्ते",
    "tabs\tand\n\n\nlines \r\n and  blanks ",
]


@pytest.mark.parametrize("unit", ["characters", "bytes", "pieces"])
def test_every_script_comes_back_whole(unit):
    tokens = Tokeniser.fit(WORLD, unit=unit)
    for text, ids in zip(WORLD, tokens.encode(WORLD), strict=True):
        assert tokens.decode(ids) == text
        assert ids.dtype == np.int32
        assert ids.min() >= 1 and ids.max() < tokens.size
        assert tokens.unknown_in(text) == 0


@given(st.lists(st.text(), min_size=1, max_size=4))
@pytest.mark.parametrize("unit", ["bytes", "pieces"])
def test_bytes_and_pieces_write_any_text(unit, texts):
    tokens = _FITTED[unit]
    for text, ids in zip(texts, tokens.encode(texts), strict=True):
        assert tokens.decode(ids) == text
        assert 0 not in ids


_FITTED = {unit: Tokeniser.fit(WORLD, unit=unit) for unit in ("bytes", "pieces")}


@pytest.mark.parametrize("unit", UNITS)
def test_plain_data_and_back_encodes_alike(unit):
    tokens = Tokeniser.fit(WORLD * 2, unit=unit)
    again = Tokeniser.from_dict(json.loads(json.dumps(tokens.to_dict())))
    assert again == tokens
    for a, b in zip(tokens.encode(WORLD), again.encode(WORLD), strict=True):
        assert a.tolist() == b.tolist()


def test_characters_stand_in_their_order_and_the_unknown_is_counted():
    tokens = Tokeniser.fit(["cab", "b"], unit="characters")
    assert tokens.size == 5
    assert [ids.tolist() for ids in tokens.encode(["abc", "", "a😀z"])] == [[2, 3, 4], [], [2, 1, 1]]
    assert tokens.unknown == 1
    assert tokens.unknown_in("a😀z") == 2
    assert tokens.decode([2, 0, 1, 4]) == "a\ufffdc"


def test_with_too_many_characters_the_commonest_are_kept():
    tokens = Tokeniser.fit(["aaabbc"], unit="characters", most=4)
    assert tokens.vocabulary == "ab"
    assert tokens.size == 4
    assert tokens.unknown_in("abc") == 1


def test_words_lose_case_and_blanks_and_those_seen_once_are_unknown():
    tokens = Tokeniser.fit(["The cat's hat!!!", "the CAT'S  hat !!! once"], unit="words")
    assert tokens.decode(tokens.encode(["THE cat's hat!!! once ?"])[0]) == "the cat's hat !!! \ufffd \ufffd"
    assert tokens.unknown_in("the once ?") == 2
    assert not tokens.exact


def test_words_of_scripts_without_blanks_and_joined_emoji_are_one_each():
    tokens = Tokeniser.fit(["你好👩‍👩‍👧‍👦👍🏽", "cafe\u0301"], unit="words")
    assert tokens.unknown_in("你好👩‍👩‍👧‍👦👍🏽 café") == 0
    assert len(tokens.encode(["你好👩‍👩‍👧‍👦👍🏽"])[0]) == 4


def test_words_all_seen_once_are_kept():
    tokens = Tokeniser.fit(["every word differs"], unit="words")
    assert tokens.unknown_in("every word differs") == 0


def test_no_text_can_be_mistaken_for_a_special_token():
    for unit in ("words", "pieces"):
        tokens = Tokeniser.fit(["an unknown word", "an unknown word", "[UNK] <pad>"] * 2, unit=unit)
        assert tokens.unknown_in("an unknown word [UNK] <pad>") == 0


def test_the_unit_follows_from_how_much_text_there_is():
    assert Tokeniser.fit(["short"]).unit == "characters"
    long = Tokeniser.fit(["the same words again and again\n" * 70_000])
    assert long.unit == "pieces"
    assert "2,170,000 characters" in long.why
    assert Tokeniser.fit(["short"], unit="bytes").why == "as told"


def test_pieces_join_what_often_meets():
    tokens = Tokeniser.fit(["the end of the world " * 50], unit="pieces", most=300)
    assert len(tokens.encode([" the world"])[0]) == 2
    assert tokens.size <= 300


def test_a_long_text_is_encoded_in_stretches_and_comes_back_whole():
    tokens = Tokeniser.fit(WORLD, unit="pieces")
    text = "".join(WORLD) * 2000 + "x" * 100_000
    assert tokens.decode(tokens.encode([text])[0]) == text


def test_halves_of_surrogate_pairs_do_not_crash():
    for unit in UNITS:
        tokens = Tokeniser.fit(["a b \ud83d c", "a b"], unit=unit)
        assert 0 not in tokens.encode(["a \udc00 b"])[0]


def test_bytes_that_make_no_character_are_shown_as_unknown():
    tokens = Tokeniser.fit(["a"], unit="bytes")
    assert tokens.decode([0xF0 + 1, 0x9F + 1, ord("a") + 1]) == "\ufffda"


@pytest.mark.parametrize("unit", ["characters", "bytes", "pieces"])
def test_the_spelling_of_the_ids_makes_the_text_and_tells_its_length(unit):
    tokens = Tokeniser.fit(WORLD, unit=unit)
    spelled = tokens.spelled()
    assert len(spelled) == tokens.size
    for text, ids in zip(WORLD, tokens.encode(WORLD), strict=True):
        assert b"".join(spelled[i] for i in ids).decode() == text
    assert len(set(spelled)) == tokens.size
    with pytest.raises(DataError, match="cannot be written as they stood"):
        Tokeniser.fit(["a a"], unit="words").spelled()


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match="no text"):
        Tokeniser.fit(["", ""])
    with pytest.raises(SettingError, match="Did you mean 'words'"):
        Tokeniser.fit(["a"], unit="word")
    with pytest.raises(SettingError, match="most: out of range; allowed: 257 or more"):
        Tokeniser.fit(["a"], unit="pieces", most=100)
    plain = Tokeniser.fit(["a a"], unit="words").to_dict()
    with pytest.raises(FolderError, match="unknown unit"):
        Tokeniser.from_dict({**plain, "unit": "signs"})
    with pytest.raises(FolderError, match="damaged"):
        Tokeniser.from_dict({**plain, "vocabulary": "{"})


def test_a_fork_after_encoding_warns_of_nothing_and_the_environment_stays_as_it_was():
    code = (
        "import os\n"
        "from deepen.data.tokens import Tokeniser\n"
        "t = Tokeniser.fit(['a b a b'] * 500, unit='pieces'); t.encode(['a b'] * 500)\n"
        "assert 'TOKENIZERS_PARALLELISM' not in os.environ\n"
        "pid = os.fork()\n"
        "t.encode(['a b'] * 500)\n"
        "os.waitpid(pid, 0) if pid else os._exit(0)\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "TOKENIZERS_PARALLELISM"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_importing_it_does_not_import_the_library():
    code = "import sys, deepen.data.tokens; sys.exit('tokenizers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
