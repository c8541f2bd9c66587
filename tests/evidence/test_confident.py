import numpy as np

from deepen.evidence.confident import doubts


def test_an_example_worked_out_by_hand() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    p = np.array(
        [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]
    )
    found = doubts(labels, p)  # the bars: 0.5, 0.5, 0.7
    assert found.rows.tolist() == [2, 4]
    assert found.likely.tolist() == [1, 0]
    assert np.allclose(found.margins, [0.7, 0.3])
    assert np.allclose(found.joint, np.array([[2, 1, 0], [1, 1, 0], [0, 0, 1]]) / 6)
    assert np.isclose(found.share, 2 / 6)


def test_the_joint_of_noise_is_about_the_true_one_and_the_flipped_come_first() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 6000)
    p = np.full((6000, 3), 0.02)
    p[np.arange(6000), truth] = 0.96
    p = (p + rng.uniform(0, 0.02, p.shape)) / (p + 0.01).sum(axis=1, keepdims=True)
    labels = truth.copy()
    flipped = rng.choice(6000, 300, replace=False)
    labels[flipped] = (labels[flipped] + 1) % 3
    found = doubts(labels, p)
    assert set(found.rows.tolist()) == set(flipped.tolist())
    assert abs(found.share - 0.05) < 0.005
    assert np.isclose(found.joint.sum(), 1)
    assert np.array_equal(found.likely, truth[found.rows])


def test_a_class_that_no_row_has_is_never_likely() -> None:
    p = np.array([[0.2, 0.1, 0.7], [0.3, 0.1, 0.6], [0.1, 0.2, 0.7]])
    found = doubts(np.array([0, 0, 1]), p)
    assert 2 not in found.likely
    assert np.isfinite(found.joint).all()


def test_sure_and_right_labels_are_not_in_doubt() -> None:
    labels = np.array([0, 1, 0, 1])
    assert len(doubts(labels, np.eye(2)[labels]).rows) == 0


def test_as_many_as_the_joint_says_are_named_though_they_pass_no_bar() -> None:
    # Of ten labelled 0 five count as 0, two as 1 and three as nothing: 2 / 7 of ten, so three are named.
    p1 = np.array([0.1] * 5 + [0.5, 0.5, 0.88, 0.95, 0.95] + [0.9] * 10)
    labels = np.repeat([0, 1], 10)
    found = doubts(labels, np.stack([1 - p1, p1], axis=1))
    assert found.rows.tolist() == [8, 9, 7]
    assert found.likely.tolist() == [1, 1, 1]
    assert np.isclose(found.share, 10 * 2 / 7 / 20)
