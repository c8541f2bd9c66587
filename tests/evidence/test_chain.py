"""The chain's answers are those of the sum over all rows of tags; it is left out where it does not pay."""

import itertools
import json

import numpy as np
import pytest

from deepen.evidence.chain import Chain

RNG = np.random.default_rng(0)


def drawn(rows, length=12, stay=0.9):
    return [(np.cumsum(RNG.random(length) > stay) + RNG.integers(2)) % 2 for _ in range(rows)]


@pytest.mark.parametrize("weight", [0.25, 1.0])
def test_marginals_are_those_of_all_rows_of_tags(weight):
    codes = [RNG.integers(0, 3, 9) for _ in range(20)]
    chain = Chain.count(codes, 3, weight=weight)
    p = RNG.dirichlet(np.ones(3), 4)
    wanted = np.zeros((4, 3))
    for tags in itertools.product(range(3), repeat=4):
        mass = chain.start[tags[0]] ** weight * np.prod([p[t, k] for t, k in enumerate(tags)])
        mass *= np.prod([chain.move[i, j] for i, j in itertools.pairwise(tags)]) ** weight
        for t, k in enumerate(tags):
            wanted[t, k] += mass
    assert chain.join(p) == pytest.approx(wanted / wanted.sum(1, keepdims=True))


def test_ratios_are_counted():
    chain = Chain.count([np.array([0, 1, 1]), np.array([0])], 2, weight=1.0)
    share = np.array([3, 3]) / 6
    assert chain.start == pytest.approx(np.array([3, 1]) / 4 / share)
    assert chain.move == pytest.approx(np.array([[1 / 3, 2 / 3], [1 / 3, 2 / 3]]) / share)


def test_the_likelier_exponent_is_chosen_and_none_where_tags_are_independent():
    def seen(codes):
        """What a net says that sees each element through noise, and nothing else."""
        x = [2.0 * c - 1 + RNG.normal(0, 1.5, len(c)) for c in codes]
        return [np.stack([1 / (1 + np.exp(2 * v / 2.25)), 1 / (1 + np.exp(-2 * v / 2.25))], 1) for v in x]

    train, valid = drawn(300), drawn(200)
    p = seen(valid)
    chain = Chain.fit(train, 2, p, valid)
    assert chain.weight == 1.0  # a net that knows no neighbours leaves all to the chain
    joined = [chain.join(row) for row in p]
    before, after = (
        np.mean([(a.argmax(1) == t).mean() for a, t in zip(q, valid, strict=True)]) for q in (p, joined)
    )
    assert after > before + 0.03
    free = drawn(300, stay=0.5)
    assert Chain.fit(free, 2, seen(free), free).weight == 0


def test_without_weight_all_stays_as_it_is_and_certainty_is_no_trap():
    p = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    codes = [np.zeros(50, np.int64)] * 9
    assert Chain.count(codes, 2, weight=0.0).join(p) is p
    joined = Chain.count(codes, 2, weight=1.0).join(p)
    assert joined == pytest.approx(p)
    assert Chain.count(codes, 2, weight=1.0).join(np.zeros((0, 2))).shape == (0, 2)
    assert np.isfinite(Chain.count(codes, 2, weight=1.0).join(np.full((5000, 2), 0.5))).all()


def test_unknown_tags_of_the_validation_part_are_passed_over():
    train = drawn(50)
    p = [np.full((3, 2), 0.5)]
    assert Chain.fit(train, 2, p, [np.array([-1, -1, -1])]).weight == 0


def test_it_is_kept_as_plain_data():
    chain = Chain.count(drawn(5), 2, weight=0.5)
    again = Chain.from_dict(json.loads(json.dumps(chain.to_dict())))
    p = RNG.dirichlet(np.ones(2), 6)
    assert np.array_equal(chain.join(p), again.join(p))
