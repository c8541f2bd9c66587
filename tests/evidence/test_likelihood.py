"""Bits for each character, with intervals that keep what they promise for texts that hang together."""

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.evidence.likelihood import likelihood

ONES = np.ones(5000)


def test_the_figures_by_hand():
    bits = np.tile([1.0, 3.0], 2500)
    score = likelihood(bits, 2 * ONES, 4 * ONES)
    assert score["bits_per_character"].value == 1.0
    assert score["bits_per_byte"].value == 0.5
    assert score["perplexity"].value == 4.0
    assert score.headline.name == "bits_per_character"
    assert all(m.better == "lower" for m in score.measures.values())


def test_pieces_and_their_characters_compare():
    """The same text, once by characters and once by pairs of them with the same probability in all."""
    bits = np.random.default_rng(0).random(5000)
    one = likelihood(bits, ONES, ONES)
    pairs = likelihood(bits.reshape(-1, 2).sum(1), 2 * ONES[:2500], 2 * ONES[:2500])
    assert one["bits_per_byte"].value == pytest.approx(pairs["bits_per_byte"].value)
    assert one["perplexity"].value < pairs["perplexity"].value


def test_the_interval_covers_the_mean_of_a_text_whose_pages_differ():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        pages = np.repeat(rng.normal(2, 0.3, 50), 100)
        score = likelihood(pages + rng.normal(0, 1, 5000), ONES, ONES).headline
        hits += score.low <= 2 <= score.high
    assert 0.90 <= hits / 200 <= 0.99
    # Were tokens taken to be independent, the interval would be three times too narrow.
    assert score.high - score.low > 0.1


def test_one_token_and_none():
    score = likelihood([2.0], [1], [1])
    assert score.headline.low == score.headline.value == 2.0
    with pytest.raises(DataError, match="nothing to score"):
        likelihood([], [], [])
