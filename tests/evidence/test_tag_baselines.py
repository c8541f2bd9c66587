"""Simple answers are those counted by hand."""

import json

import numpy as np
import pytest

from deepen.evidence.tag_baselines import Habits, of_neighbours


def fitted():
    tokens = [["a", "b", "a", "c"], ["a", "b", "d"]]
    return Habits.fit(tokens, [np.array([2, 1, 2, 0]), np.array([0, 0, 2])], 3)


def test_each_token_has_its_commonest_tag_and_ties_go_to_the_commoner_one():
    known = fitted()
    assert known.answers(["a", "b", "c", "d", "new"]).tolist() == [2, 0, 0, 2, 2]
    assert known.shares(["a", "b", "new"]).tolist() == [[1 / 3, 0, 2 / 3], [0.5, 0.5, 0], [0, 0, 0]]


def test_steps_tell_how_often_and_whether_always_alike():
    known = Habits.fit(
        [["a"] * 3 + ["b"] * 40 + ["c", "c"]], [np.array([0] * 3 + [1] * 39 + [0] + [0, 1])], 2
    )
    unseen, thrice, often, mixed = known.steps(["new", "a", "b", "c"]).tolist()
    assert len({unseen, thrice, often, mixed}) == 4
    assert (unseen, thrice % 2, often % 2) == (0, 1, 0)
    assert max(unseen, thrice, often, mixed) < known.buckets


def test_they_are_kept_as_plain_data():
    known = fitted()
    again = Habits.from_dict(json.loads(json.dumps(known.to_dict())))
    assert again.counts == known.counts
    assert again.answers(["a", "new"]).tolist() == known.answers(["a", "new"]).tolist()


def test_a_linear_model_sees_three_neighbours_and_no_more():
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(80, 1)).astype(np.float32) for _ in range(60)]

    def shifted(by):
        return [(np.roll(row[:, 0], by) > 0).astype(np.int64) for row in x]

    near, far = (
        np.mean(
            [
                (a == t)[5:-5].mean()
                for a, t in zip(of_neighbours(x, shifted(by), x, 2), shifted(by), strict=True)
            ]
        )
        for by in (3, 4)
    )
    assert near > 0.9
    assert far == pytest.approx(0.5, abs=0.05)
