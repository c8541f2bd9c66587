from collections.abc import Callable

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import facets
from deepen.checking.plain import plain_features

Prepare = Callable[..., Checked]


def test_a_table_enters_as_it_is(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    checked = prepare(rows, target="label")
    features, way = plain_features(checked, facets(checked))
    assert way == "boosting"
    assert np.array_equal(features(np.array([5, 2]))[:, 0], rows["a"][[5, 2]])
    assert features(np.array([0])).shape == (1, 3)


def test_words_do_not_depend_on_the_part_they_stand_in(prepare: Prepare) -> None:
    texts = [f"message number {at} of many" for at in range(60)]
    test = {"said": [f"unheard words {at} in here" for at in range(20)], "label": ["a", "b"] * 10}
    checked = prepare(
        {"said": texts, "label": ["a", "b"] * 30}, test=test, target="label", kinds={"said": "text"}
    )
    features, way = plain_features(checked, facets(checked))
    assert way == "words"
    some = features(np.arange(80)).toarray()
    # By the training part's vocabulary all test texts would be unknown words, and alike.
    assert len(np.unique(some[60:].round(6), axis=0)) == 20
    assert np.allclose(np.linalg.norm(some, axis=1), 1)


def test_pictures_stay_in_one_unit(prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]) -> None:
    checked = prepare(*stripes)
    features, way = plain_features(checked, facets(checked))
    assert way == "kernel"
    assert np.allclose(features(np.arange(60)), stripes[0].reshape(60, -1) / 255)


def test_inputs_side_by_side_weigh_alike(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["one", "two", "three", "four", "five"], 6)) + f" {at}" for at in range(80)]
    table = {"said": texts, "size": rng.normal(1000, 500, 80), "label": ["a", "b"] * 40}
    checked = prepare(table, target="label", kinds={"said": "text"})
    features, way = plain_features(checked, facets(checked))
    x = features(np.arange(80))
    assert way == "kernel"
    assert np.isclose(x[:, 0].var(), 1, atol=1e-3)
    assert 0.05 < x[:, 1:].var(axis=0).sum() <= 1.01
