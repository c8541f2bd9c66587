"""Classes and labels: answers in the user's own types and order."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import roc_auc_score

from deepen import DeepClassifier
from deepen.errors import SettingError

X, Y = load_iris(return_X_y=True)


def test_probabilities_stand_in_the_order_of_the_classes() -> None:
    names = np.array(["z", "10", "9"])[Y]  # the model's own order is another
    fitted = DeepClassifier(steps=80).fit(X, names)
    assert fitted.classes_.tolist() == ["10", "9", "z"]
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (150, 3) and np.allclose(probabilities.sum(axis=1), 1)
    assert (fitted.classes_[probabilities.argmax(axis=1)] == fitted.predict(X)).all()
    assert (fitted.predict(X) == names).mean() > 0.85
    assert roc_auc_score(names, probabilities, multi_class="ovr") > 0.95


@pytest.mark.parametrize("kind", [bool, np.int8, np.float32, str, object])
def test_answers_are_of_the_type_of_the_targets(kind) -> None:
    y = (Y > 0).astype(str if kind is object else bool).astype(kind)
    fitted = DeepClassifier(steps=2).fit(X, y)
    assert fitted.classes_.dtype == y.dtype and fitted.predict(X).dtype == y.dtype
    assert set(fitted.predict(X)) <= set(y)


def test_rows_without_a_class_teach_too() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 4)), rng.integers(0, 2, 300)
    x[:, 0] += 8 * y
    alone, more = (DeepClassifier(steps=9, size="tiny") for _ in range(2))
    alone.fit(x[:20], y[:20])
    more.fit(x[:20], y[:20], unlabelled=x[20:])
    assert any(note.startswith("280 rows without a value") for note in more.model_.notes)
    assert not np.allclose(more.predict_proba(x), alone.predict_proba(x))
    with pytest.raises(ValueError, match="features"):
        more.fit(x[:20], y[:20], unlabelled=x[20:, :3])
    with pytest.raises(SettingError, match="--unlabelled: belongs to classes"):
        more.fit(x[:20], np.c_[y, 1 - y][:20], unlabelled=x[20:])


def test_several_labels() -> None:
    # The third label is never given, the fourth always: they still have their columns.
    y = np.c_[X[:, 0] > 5.8, X[:, 2] > 3, np.zeros(150), np.ones(150)].astype(int)
    fitted = DeepClassifier(steps=120).fit(X, y)
    answers, probabilities = fitted.predict(X), fitted.predict_proba(X)
    assert answers.shape == probabilities.shape == y.shape
    assert (answers[:, :2] == y[:, :2]).mean() > 0.9
    assert (answers[:, 2] == 0).all() and (answers[:, 3] == 1).all()
    assert fitted.classes_.tolist() == [0, 1, 2, 3]


def test_classes_count_as_they_are_weighed() -> None:
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 1, (180, 1)), rng.normal(1, 1, (20, 1))]
    y = np.repeat(["often", "seldom"], [180, 20])

    def seldom(weight: object) -> float:
        return float((DeepClassifier(steps=60, class_weight=weight).fit(x, y).predict(x) == "seldom").mean())

    assert seldom(None) < 0.1
    assert seldom("balanced") > 0.2
    assert seldom({"seldom": 9}) > 0.2
    assert seldom({"seldom": 1000, "often": 1e-4}) > 0.9
    assert seldom({"seldom": 1, "often": 1}) == seldom(None)


def test_weights_of_classes_that_are_not_there() -> None:
    given = DeepClassifier(steps=1, class_weight={0: 1, 1: 2, 2: 1, 3: 5})
    given.fit(X, Y)  # a fold may lack a class
    with pytest.raises(SettingError, match=r"no such class; came: 'wel'. Did you mean 'well'\?"):
        DeepClassifier(steps=1, class_weight={"wel": 2}).fit(X, np.where(Y > 0, "ill", "well"))
    with pytest.raises(SettingError, match="'balanced', or a number"):
        DeepClassifier(steps=1, class_weight="balance").fit(X, Y)


def test_a_class_with_one_example_is_learned() -> None:
    y = ["a"] * 20 + ["b"] * 20 + ["c"]
    x = np.r_[np.zeros(20), np.ones(20), 4][:, None]
    assert DeepClassifier(steps=100).fit(x, y).predict([[4.0]]) == ["c"]


def test_pictures_of_four_dimensions() -> None:
    images, y = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8, 1) * 15).astype(np.uint8)
    fitted = DeepClassifier(epochs=6, size="tiny").fit(pixels[:400], y[:400])
    assert [c.kind for c in fitted.model_.schema.inputs] == ["image"]
    assert fitted.score(pixels[400:700], y[400:700]) > 0.6
    # Floats of another shape are pictures too, and answers are those of the same net.
    assert fitted.predict(pixels[:5, :, :, 0]).shape == (5,)


def test_texts() -> None:
    rng = np.random.default_rng(0)
    good, bad, other = (
        ["fine", "lovely"],
        ["dull", "awful"],
        ["the", "film", "is", "a", "very", "story", "and", "so"],
    )
    y = np.arange(120) % 2
    texts = [
        " ".join([*rng.choice(other, 7), rng.choice(good if k else bad), *rng.choice(other, 3)]) for k in y
    ]
    fitted = DeepClassifier(epochs=12, size="tiny", kinds={"x1": "text"}).fit(texts[:100], y[:100])
    assert [c.kind for c in fitted.model_.schema.inputs] == ["text"]
    assert fitted.score(texts[100:], y[100:]) > 0.85
