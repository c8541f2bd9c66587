"""What the estimators share: all rows train, the seed decides, and a pickle holds no module."""

from __future__ import annotations

import copy
import pickle
import pickletools

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import deepen
from deepen import DeepClassifier, DeepFeatures, DeepRegressor
from deepen.errors import DataError, SettingError
from deepen.training.options import Options

X, Y = load_iris(return_X_y=True)
ALL = (DeepClassifier, DeepRegressor, DeepFeatures)


def part(model: deepen.Model) -> tuple[int, int]:
    """How many rows trained, and how many validated, as the model's notes say."""
    (note,) = [n for n in model.notes if n.startswith("split")]
    words = note.replace(",", "").split()
    return int(words[words.index("train") - 3]), int(words[words.index("validate") - 2])


def test_every_row_trains_unless_a_validation_part_is_worth_it(monkeypatch) -> None:
    assert part(DeepClassifier(steps=1).fit(X, Y).model_) == (150, 0)
    assert part(DeepClassifier(steps=1, valid_share=0.2).fit(X, Y).model_) == (120, 30)
    monkeypatch.setattr("deepen.estimators.base._LEAST_TO_VALIDATE", 150)
    assert part(DeepClassifier(steps=1).fit(X, Y).model_) == (135, 15)
    assert part(DeepClassifier(steps=1, valid_share=0).fit(X, Y).model_) == (150, 0)


def test_a_clock_has_a_validation_part() -> None:
    model = DeepClassifier(minutes=0.03).fit(X, Y).model_
    assert part(model) == (135, 15)
    assert model.about["seconds"] < 10


def test_there_is_no_score_that_was_not_measured() -> None:
    model = DeepClassifier(steps=1).fit(X, Y).model_
    assert dict(model.scores) == {}
    with pytest.raises(SettingError, match="no test part was held out"):
        model.score  # noqa: B018


def test_by_default_as_many_passes_are_made_as_the_recipe_wants() -> None:
    def steps(rows: int) -> int:
        some = np.random.default_rng(0).permutation(150)[:rows]
        return DeepClassifier(size="tiny").fit(X[some], Y[some]).model_.history.moments[-1].step

    assert [steps(20), steps(150)] == [80, 400]


@pytest.mark.parametrize("kind", ALL)
def test_settings_are_those_of_a_training(kind) -> None:
    own = {"level", "task", "class_weight", "random_state", "from_"}
    assert set(kind().get_params()) - own <= set(vars(Options()))
    changed = kind(size="tiny", steps=3, batch=8, rate=0.01, kinds={"x1": "category"})
    assert clone(changed).get_params() == changed.get_params()
    model = changed.fit(X, Y).model_
    assert [settings.size for settings in model.net_settings] == ["tiny"]
    assert model.about["training"] == "3 steps of 8"
    assert {c.name: c.kind for c in model.schema.inputs}["x1"] == "category"


def test_the_seed_decides() -> None:
    def answers(state: object) -> np.ndarray:
        return DeepClassifier(steps=5, random_state=state).fit(X, Y).predict_proba(X)

    assert np.array_equal(answers(3), answers(3))
    assert not np.allclose(answers(3), answers(4))
    generator = np.random.RandomState(0)
    assert not np.allclose(answers(generator), answers(generator)), "a generator gives another seed each time"
    assert np.array_equal(answers(np.random.RandomState(0)), answers(np.random.RandomState(0)))


@pytest.mark.parametrize("kind", ALL)
def test_a_pickle_is_a_folder_of_files(kind) -> None:
    fitted = kind(steps=3, size="tiny").fit(X, Y)
    written = pickle.dumps(fitted)
    words = [str(given) for op, given, _ in pickletools.genops(written) if "UNICODE" in op.name]
    assert "model.json" in words and "weights.safetensors" in words
    assert not [w for w in words if w.startswith(("torch", "deepen.nets", "deepen.model", "deepen.data"))]
    method = "transform" if kind is DeepFeatures else "predict"
    expected = getattr(fitted, method)(X)
    for other in (pickle.loads(written), copy.deepcopy(fitted)):
        assert np.array_equal(getattr(other, method)(X), expected)
        assert other.get_params() == fitted.get_params()
    unfitted = pickle.loads(pickle.dumps(kind(steps=3)))
    with pytest.raises(NotFittedError):
        getattr(unfitted, method)(X)


@pytest.mark.parametrize("kind", ALL)
def test_a_net_begins_with_what_was_learned_before(kind, tmp_path) -> None:
    before = deepen.pretrain(X, layers=[7], epochs=1)
    for given in (before, before.save(tmp_path / "features")):
        held = clone(kind(from_=given, freeze="all", steps=2)).fit(X, Y)
        np.testing.assert_allclose(held.model_.activations(X), before.encode(X), atol=1e-5)
        again = pickle.loads(pickle.dumps(held))
        np.testing.assert_array_equal(again.model_.raw(X), held.model_.raw(X))
        np.testing.assert_array_equal(again.fit(X, Y).model_.raw(X), held.model_.raw(X))
    slow = kind(from_=held.model_, level_rate=1e-6, steps=2).fit(X, Y)
    np.testing.assert_allclose(slow.model_.activations(X), before.encode(X), atol=1e-4)
    free = kind(from_=held.model_, steps=20).fit(X, Y)
    assert np.abs(free.model_.activations(X) - before.encode(X)).max() > 1e-3


def test_no_module_is_pickled_that_a_net_begins_with() -> None:
    learner = DeepClassifier(from_=deepen.pretrain(X, layers=[2], epochs=1))
    words = [str(given) for op, given, _ in pickletools.genops(pickle.dumps(learner)) if "UNICODE" in op.name]
    assert "weights.safetensors" in words
    assert not [w for w in words if w.startswith(("torch", "deepen.nets", "deepen.data"))]


def test_what_belongs_to_a_pretrained_net_is_refused_at_fit() -> None:
    with pytest.raises(SettingError, match="--freeze: belongs to a pretrained net"):
        DeepClassifier(freeze="all").fit(X, Y)
    with pytest.raises(SettingError, match="--size, --from"):
        DeepRegressor(from_=deepen.pretrain(X, layers=[2], epochs=1), size="tiny").fit(X, Y)


def test_it_stands_in_pipelines_and_searches() -> None:
    learner = make_pipeline(StandardScaler(), DeepClassifier(steps=60))
    assert cross_val_score(learner, X, Y, cv=2).mean() > 0.8
    grid = {"deepclassifier__steps": [1, 60], "deepclassifier__size": ["tiny"]}
    search = GridSearchCV(learner, grid, cv=2).fit(X, Y)
    assert search.best_params_["deepclassifier__steps"] == 60
    assert search.predict(X[:3]).tolist() == [0, 0, 0]


def test_no_column_is_left_out_and_what_cannot_be_learned_is_said() -> None:
    constant = np.c_[np.zeros(20), np.arange(20) % 2, np.arange(20)]
    fitted = DeepClassifier(steps=2).fit(constant, np.arange(20) % 2)
    assert len(fitted.model_.schema.inputs) == 3
    assert DeepClassifier(steps=2).fit(np.ones((20, 1)), [0] * 5 + [1] * 15).predict([[1]]) == [1]
    with pytest.raises(DataError, match="one class only"):
        DeepClassifier(steps=2).fit(X[:10], [3] * 10)
    with pytest.raises(DataError, match="one value only"):
        DeepRegressor(steps=2).fit(X[:10], [3.0] * 10)
    with pytest.raises(ValueError, match="1 sample"):
        DeepClassifier(steps=2).fit(pd.DataFrame({"a": [1]}), [1])


def test_settings_are_refused_at_fit() -> None:
    with pytest.raises(SettingError, match="exclude one another"):
        DeepClassifier(minutes=1, epochs=3).fit(X, Y)
    with pytest.raises(SettingError, match="Did you mean 'tiny'"):
        DeepClassifier(size="tny").fit(X, Y)


@pytest.mark.parametrize("kind", ALL)
def test_a_net_of_texts_begins_with_a_language_model(kind) -> None:
    words = [["good", "fine", "glad"], ["bad", "poor", "sad"]]
    texts = [f"it was {words[n % 2][n % 3]} and {words[n % 2][n // 2 % 3]} on day {n}" for n in range(80)]
    before = deepen.pretrain({"note": texts}, epochs=1, settings={"size": "tiny"})
    held = clone(kind(from_=before, freeze="all", steps=3)).fit(texts[:40], np.arange(40) % 2)
    codes = before.encode({"note": texts})
    np.testing.assert_allclose(held.model_.activations({"x1": texts}), codes, atol=1e-5)
    again = pickle.loads(pickle.dumps(held))
    np.testing.assert_array_equal(again.model_.raw({"x1": texts}), held.model_.raw({"x1": texts}))
    np.testing.assert_allclose(again.from_.encode({"note": texts}), codes, atol=1e-6)
