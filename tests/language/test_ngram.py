"""Counts: probabilities that sum to one, and that come near the truth where there is one."""

import numpy as np
import pytest

from deepen.errors import FolderError
from deepen.language.ngram import NGram


def chain(n, seed=0):
    """A Markov chain of order one on the ids 1 to 4, and its entropy for each step in bits."""
    T = np.array(
        [[0.7, 0.1, 0.1, 0.1], [0.05, 0.05, 0.85, 0.05], [0.3, 0.3, 0.2, 0.2], [0.01, 0.01, 0.01, 0.97]]
    )
    rng = np.random.default_rng(seed)
    states, draws = [0], rng.random(n)
    rows = T.cumsum(1)
    for u in draws:
        states.append(min(3, int(np.searchsorted(rows[states[-1]], u))))
    values, vectors = np.linalg.eig(T.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    return np.array(states) + 1, float(-(stationary[:, None] * T * np.log2(T)).sum())


@pytest.fixture(scope="module")
def text():
    return np.random.default_rng(1).integers(1, 6, 3000) * np.random.default_rng(2).integers(1, 3, 3000)


@pytest.mark.parametrize("context", [[], [3], [3, 4], [9, 9, 9], [1, 2, 3, 4, 5, 6, 7], [400, 1]])
def test_the_probabilities_of_all_ids_sum_to_one_behind_any_context(text, context):
    p, _ = NGram.fit(text, v=12, order=4).ahead(context)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert (p > 0).all()


def test_going_along_a_text_gives_what_each_context_alone_gives(text):
    model = NGram.fit(text[:2000], v=12, order=5)
    p, seen = model.follow(text, 1990)
    assert len(p) == 1010
    for at in (1990, 2000, 2500, 2999):
        alone, length = model.ahead(text[:at])
        assert p[at - 1990] == pytest.approx(alone[text[at]], rel=1e-5)
        assert seen[at - 1990] == length
    from_the_start, _ = model.follow(text[:50])
    assert from_the_start[0] == pytest.approx(model.ahead([])[0][text[0]])


def test_the_bits_of_a_markov_chain_come_near_its_entropy():
    stream, entropy = chain(60_000)
    model = NGram.fit(stream[:50_000], v=5, order=3)
    p, _ = model.follow(stream, 50_000)
    assert -np.log2(p).mean() == pytest.approx(entropy, abs=0.02)
    alone = NGram.fit(stream[:50_000], v=5, order=1).follow(stream, 50_000)[0]
    assert -np.log2(alone).mean() > entropy + 0.3


def test_one_token_more_is_worth_its_count_by_the_equation():
    # Contexts of one token; the discounts of so few counts are the bounds: D1 = 0.95 at the most.
    stream = np.array([1, 2, 1, 2, 1, 3])
    model = NGram.fit(stream, v=4, order=2)
    top, low = model.orders[1], model.orders[0]
    # Behind 1: 2 twice, 3 once. n1 = 1 (1 3), n2 = 2 (1 2, 2 1), so Y = 1/5, D1 = 1 - 2 Y n2/n1 = 0.2, D2 = 2.
    d1, d2 = 0.2, 1.9  # D2 = 2 - 3 Y n3 / n2 = 2, held below 1.9
    at = int(np.flatnonzero(np.diff(top.first) == 2)[0])
    assert top.left[at] == pytest.approx((d1 + d2) / 3)
    assert top.shares[top.first[at]] == pytest.approx((2 - d2) / 3)
    assert top.shares[top.first[at] + 1] == pytest.approx((1 - d1) / 3)
    # Below it every token counts once for each different token that it followed: 1, 2 and 3 once each.
    assert np.allclose(low.shares, low.shares[0])


def test_what_followed_one_token_only_is_no_good_guess_elsewhere():
    # "3" is as common as "4", but always stands behind "2".
    rng = np.random.default_rng(0)
    stream = []
    for _ in range(2000):
        stream += [2, 3] if rng.random() < 0.5 else [int(rng.integers(5, 20)), 4]
    p, seen = NGram.fit(np.array(stream), v=30, order=2).ahead([29])
    assert seen == 0
    assert p[4] > 5 * p[3]


def test_arrays_and_back(text):
    model = NGram.fit(text, v=12, order=4)
    again = NGram.from_arrays(model.to_arrays(), 12)
    assert again.grams == model.grams
    assert np.array_equal(again.follow(text)[0], model.follow(text)[0])
    arrays = model.to_arrays()
    del arrays["2.left"]
    with pytest.raises(FolderError, match="2.left"):
        NGram.from_arrays(arrays, 12)


def test_a_text_shorter_than_the_order():
    model = NGram.fit(np.array([1, 2]), v=4, order=7)
    assert len(model.orders) == 2
    assert model.ahead([1, 2, 1])[0].sum() == pytest.approx(1)
