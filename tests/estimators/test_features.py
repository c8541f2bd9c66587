"""What stands on a level of a trained net, as a transformer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from deepen import DeepFeatures
from deepen.errors import SettingError

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize(
    ("level", "name"), [(-1, "level 2"), ("level 2", "level 2"), (1, "level 2"), (0, "level 1")]
)
def test_levels_go_by_name_or_place(level, name) -> None:
    fitted = DeepFeatures(level, steps=2, size="tiny").fit(X, Y)
    found = fitted.transform(X)
    assert fitted.level_ == name
    assert found.dtype == np.float32 and len(found) == 150
    assert np.array_equal(found, fitted.model_.activations(X, name))
    assert len(fitted.get_feature_names_out()) == found.shape[1]
    assert found.shape[1] == 16 * 64
    assert np.array_equal(found, fitted.model_.activations(X, 0)) == (name == "level 1")


def test_the_head_of_the_net_answers_from_its_features() -> None:
    fitted = DeepFeatures(steps=30, size="tiny").fit(X, Y)
    heads = fitted.model_.net.readers[0].head
    h = fitted.transform(X).reshape(150, 16, 64)  # (N, M, F)
    logits = np.einsum("nmf,mfk->nmk", h, heads.weight.detach().numpy()) + heads.bias.detach().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    assert np.allclose(shares.mean(axis=1), fitted.model_.raw(X), atol=1e-5)


def test_an_svm_learns_from_them() -> None:
    digits, y = load_digits(return_X_y=True)
    learner = make_pipeline(DeepFeatures(steps=60), SVC())
    assert cross_val_score(learner, digits[:300], y[:300], cv=2).mean() > 0.75


@pytest.mark.parametrize(
    ("y", "task", "learned"),
    [
        (Y, None, "many classes"),
        (Y, "number", "number"),
        (X[:, 0], None, "number"),
        (np.c_[Y > 0, Y > 1].astype(int), None, "several labels"),
        (Y.astype(str), "classes", "many classes"),
    ],
)
def test_what_is_learned_is_found_out_unless_it_is_said(y, task, learned) -> None:
    assert DeepFeatures(steps=1, size="tiny", task=task).fit(X, y).model_.schema.task == learned


def test_pictures_give_a_mean_for_each_channel() -> None:
    digits, y = load_digits(return_X_y=True)
    fitted = DeepFeatures("level 1", epochs=1, size="tiny").fit(digits[:100].reshape(-1, 8, 8), y[:100])
    assert fitted.transform(digits[:7].reshape(-1, 8, 8)).shape == (7, 16)


def test_frames_come_out_as_frames() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    fitted = DeepFeatures("level 1", steps=1, size="tiny").set_output(transform="pandas").fit(frame, Y)
    found = fitted.transform(frame.iloc[::-1])
    assert list(found.columns) == [f"deepfeatures{k}" for k in range(16 * 64)]
    assert list(found.index) == list(range(149, -1, -1))


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(SettingError, match="no such level; came: 'levl 1'. Did you mean 'level 1'"):
        DeepFeatures("levl 1", steps=1).fit(X, Y)
    with pytest.raises(SettingError, match="task.*allowed: classes, labels, number"):
        DeepFeatures(task="numbers", steps=1).fit(X, Y)
