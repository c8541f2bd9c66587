import numpy as np
import pytest

from deepen.evidence.shingles import LENGTH, alike, normal

TEXT = "the a cat dog sat ran on under mat tree house red blue green quickly slowly while because never"
WORDS = TEXT.split(" ")


def sentences(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(6, 14))) for _ in range(count)]


def overlap(a: str, b: str) -> float:
    one, two = ({t[i : i + LENGTH] for i in range(len(t) - LENGTH + 1)} for t in (normal(a), normal(b)))
    return len(one & two) / len(one | two)


def test_what_does_not_count() -> None:
    assert normal("Ünïcode,  CASE_and\tmarks!") == "ünïcode case and marks"


def test_the_overlaps_are_those_of_the_sets_and_none_is_missed() -> None:
    texts = sentences(80)
    texts += [t.replace("cat", "cow") for t in texts[:40]]
    pairs, overlaps = alike(texts, 0.6)
    brute = {(a, b) for a in range(120) for b in range(a + 1, 120) if overlap(texts[a], texts[b]) >= 0.6}
    assert set(map(tuple, pairs.tolist())) == brute
    assert len(brute) > 20
    assert np.allclose(overlaps, [overlap(texts[a], texts[b]) for a, b in pairs.tolist()])
    assert np.all(np.diff(overlaps) <= 0)


@pytest.mark.parametrize("texts", [[], ["one"], ["", "", "!!", "..."], ["abc", "abd"]])
def test_texts_that_are_like_none(texts: list[str]) -> None:
    assert len(alike(texts)[0]) == 0


def test_short_texts_are_alike_where_they_are_the_same() -> None:
    assert alike(["Ok!", "yes", "ok"])[0].tolist() == [[0, 2]]


def test_a_crowd_of_copies_is_one_chain() -> None:
    pairs, _ = alike(["please call our hotline now"] * 300)
    assert len(pairs) == 299
    assert set(pairs.ravel().tolist()) == set(range(300))
