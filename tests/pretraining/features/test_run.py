from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError
from deepen.learning.watch import Silent
from deepen.pretraining.features.model import Features

DIGITS = load_digits()
PIXELS = (DIGITS.images * 15.9).astype(np.uint8)


@pytest.fixture(scope="module")
def features() -> Features:
    return deepen.pretrain(
        PIXELS, DIGITS.target, layers=[32], epochs=40, settings={"labels": True, "rate": 0.1}
    )


def test_it_makes_more_of_unseen_rows_than_the_mean_does_and_says_how_principal_components_do(features):
    score = features.score.headline
    assert score.name == "squared_error"
    assert score.better == "lower"
    assert score.high < 0.7 * features.scores["the mean"].headline.value
    assert "32 principal components" in features.scores


def test_pictures_come_as_pixels_and_go_as_pictures(features):
    rows = features.matrix(PIXELS[:5])
    np.testing.assert_allclose(rows, PIXELS[:5].reshape(5, -1) / 255, atol=1e-5)
    assert features.encode(PIXELS[:5]).shape == (5, 32)
    sevens = features.sample(40, label="7", steps=50)
    assert sevens.shape == (40, 8, 8, 1)
    assert sevens.dtype == np.uint8


def test_its_dreams_of_a_class_are_taken_for_that_class_by_another_learner(features):
    from sklearn.svm import SVC

    judge = SVC().fit(PIXELS.reshape(-1, 64), DIGITS.target)
    found = judge.predict(features.sample(60, label="0", steps=100).reshape(60, 64))
    assert (found == 0).mean() > 0.5


def test_a_folder_gives_it_back_and_its_page_can_be_written(features, tmp_path):
    place = features.save(tmp_path / "features")
    back = deepen.load(place)
    assert isinstance(back, Features)
    np.testing.assert_array_equal(back.encode(PIXELS[:9]), features.encode(PIXELS[:9]))
    assert back.scores == features.scores
    assert "without labels" in (place / "README.md").read_text()
    deepen.see(back, to=tmp_path / "features-seen", units=4, examples=2)
    page = deepen.report(place, tmp_path / "page.html", seen=tmp_path / "features-seen").read_text()
    assert "features that needed no labels" in page
    assert "4 with the longest weights" in page
    assert page.count("data:image") >= 2


def test_what_is_seen_of_it_is_drawn(features, tmp_path):
    seen = deepen.see(features, PIXELS, to=tmp_path / "seen", units=6, examples=3)
    assert seen.filters.shape == (6, 64)
    assert sorted(seen.chains) == [1, 10, 100, 1000]
    assert set(seen.dreams) == {"", *map(str, range(10))}
    assert set(seen.pictures) == {"filters.png", "chains.png", "dreams.png", "reconstructions.png"}
    assert all((tmp_path / "seen" / name).stat().st_size > 1000 for name in seen.pictures)
    # The same chain is shown at every step: a longer one begins as the shorter one does.
    np.testing.assert_array_equal(seen.chains[10], features.estimator.sample(3, steps=10))


def test_tables_learn_too_and_their_units_are_told_in_words(tmp_path):
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, 300)
    table = {"height": side + rng.normal(0, 0.2, 300), "weight": side + rng.normal(0, 0.2, 300),
             "noise": rng.normal(size=300), "sex": np.where(side == 1, "m", "f")}  # fmt: skip
    found = deepen.pretrain(table, layers=[4], epochs=10, settings={"rate": 1.0})
    assert found.estimator.visible_ == "gaussian"
    assert found.encode({**table}).shape == (300, 4)
    assert "height" in " ".join(found.columns)
    deepen.see(found, to=tmp_path / "seen")
    assert "columns that weigh most" in (tmp_path / "seen" / "README.md").read_text()


def test_a_target_is_not_looked_at():
    with_y = deepen.pretrain(PIXELS[:200], DIGITS.target[:200], layers=[5], epochs=1)
    without = deepen.pretrain(PIXELS[:200], layers=[5], epochs=1)
    np.testing.assert_array_equal(with_y.encode(PIXELS[:20]), without.encode(PIXELS[:20]))


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"method": "rmb"}, SettingError, "Did you mean 'rbm'"),
        ({"settings": {"kk": 3}}, SettingError, "Did you mean 'k'"),
        ({"layers": [3, 3]}, SettingError, "one hidden layer"),
        ({"steps": 5}, SettingError, "minutes or epochs"),
        ({"settings": {"labels": True}}, SettingError, "label units need one column of classes"),
    ],
)
def test_wrong_options_are_refused(more, error, words):
    with pytest.raises(error, match=words):
        deepen.pretrain(PIXELS[:100], **({"epochs": 1} if "steps" not in more else {}), **more)


def test_too_few_rows_to_learn_from_are_refused():
    with pytest.raises(DataError, match="too few rows to learn from"):
        deepen.pretrain(PIXELS[:2], epochs=1)


def test_texts_and_columns_that_are_missing_are_refused(features):
    texts = {
        "words": [f"so many words stand here, {k} of them, none alike" for k in range(60)],
        "n": list(range(60)),
    }
    with pytest.raises(SettingError, match="machines read no texts.*--method language.*deepen train --from"):
        deepen.pretrain(texts, epochs=1, keep=["n"], method="rbm")
    with pytest.raises(DataError, match="there is no column"):
        features.encode({"other": [1.0, 2.0]})


def _table(path, last="sex", rows=60):
    """Write two numbers and a column that train would take for the target, by its name or as the last."""
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{'mf'[k % 2]}" for k, (a, b) in enumerate(rng.normal(size=(rows, 2)))]
    path.write_text("\n".join([f"height,weight,{last}", *lines]))
    return path


@pytest.mark.parametrize("last", ["sex", "label"])
def test_what_train_would_take_for_the_target_is_not_looked_at(tmp_path, last):
    path = _table(tmp_path / "few.csv", last)
    found = deepen.pretrain(path, layers=[3], epochs=1)
    assert found.columns == ("height", "weight")
    (plan,) = [plan for plan in found.schema.columns if plan.role != "input"]
    assert plan.name == last
    assert plan.why.startswith("not looked at, since train takes it for the target")
    assert (
        len(deepen.pretrain(path, layers=[3], epochs=1, keep=[last]).columns) == 2 + 3
    )  # two categories, and one for none


def test_of_columns_that_are_given_without_a_file_only_one_named_so_is_a_target():
    rng = np.random.default_rng(0)
    columns = {"height": rng.normal(size=40), "weight": rng.normal(size=40)}
    assert len(deepen.pretrain(columns, layers=[3], epochs=1).columns) == 2
    with_label = {**columns, "label": np.arange(40) % 2}
    assert len(deepen.pretrain(with_label, layers=[3], epochs=1).columns) == 2


class _Counting(StopFlag):
    """Asks for the end when it was looked at ten times, from when on it counts."""

    counts, looks = False, 0

    def __call__(self) -> bool:
        self.looks += self.counts
        if self.looks > 10:
            self.set("the test")
        return super().__call__()


class _Armed(Silent):
    """Lets it count once the first layer learns."""

    def __init__(self, stop: _Counting) -> None:
        self._stop = stop

    def stage(self, name: str) -> None:
        self._stop.counts |= name == "layer 1"


def test_a_layer_that_never_began_and_a_machine_that_learned_nothing_are_said(tmp_path):
    path = _table(tmp_path / "few.csv")
    asked = {"method": "dbn", "layers": [3, 2], "epochs": 50}
    stop = _Counting()
    found = deepen.pretrain(path, checkpoints=tmp_path / "run", stop=stop, watch=_Armed(stop), **asked)
    assert "it was stopped in layer 1: layer 2 learned nothing, and its weights are random" in found.notes
    assert any("no better than their mean" in note for note in found.notes)
    place = found.save(tmp_path / "features")
    assert "layer 2 learned nothing" in (place / "README.md").read_text()
    with pytest.raises(SettingError, match="was asked something else.*rate"):
        deepen.pretrain(path, checkpoints=tmp_path / "run", settings={"rate": 0.1}, **asked)
    again = deepen.pretrain(path, checkpoints=tmp_path / "run", **asked)
    assert any("going on after step" in note for note in again.notes)
    whole = deepen.pretrain(path, **asked)
    np.testing.assert_array_equal(again.encode(path), whole.encode(path))


def test_a_machine_that_has_learned_is_not_said_to_be_no_better_than_the_mean(features):
    assert not any("no better" in note for note in features.notes)
