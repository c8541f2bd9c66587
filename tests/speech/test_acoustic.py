"""The acoustic model tells words apart, lays states over sounds, needs few labels, and comes back from its folder."""

import numpy as np
import pytest
from sklearn.base import clone

from deepen.errors import DataError, FolderError, SettingError
from deepen.speech import AcousticModel

SMALL = {
    "hidden": (24,),
    "states": 3,
    "context": 2,
    "epochs": 6,
    "rate": 1e-2,
    "pretrain_epochs": 2,
    "alignments": 2,
}


@pytest.fixture(scope="module")
def model(spoken):
    recordings, words = spoken
    return AcousticModel(**SMALL).fit(recordings[::3] + recordings[1::3], words[::3] + words[1::3])


def test_words_never_heard_before_are_recognised(model, spoken):
    recordings, words = spoken
    assert model.classes_.tolist() == ["down", "hum", "up"]
    assert model.score(recordings[2::3], words[2::3]) == 1.0


def test_words_of_the_same_tones_in_another_order_are_told_apart_by_the_states(model, spoken):
    """``up`` and ``down`` hold the same sounds: in the alignment the order of the tones is that of the states."""
    recordings, words = spoken
    for path in model.align(recordings[2::3], words[2::3]):
        assert path[0] == 0
        assert path[-1] == 2
        assert set(np.diff(path)) <= {0, 1}
    path = model.align([recordings[0]], ["up"])[0]
    edges = np.flatnonzero(np.diff(path)) / len(path)
    assert edges == pytest.approx([1 / 3, 2 / 3], abs=0.1)  # three tones of one length


@pytest.mark.parametrize("pretrain", [False, True])
def test_recordings_without_a_word_serve_pretraining_alone(spoken, pretrain):
    recordings, words = spoken
    some = [word if i % 5 == 0 else None for i, word in enumerate(words)]
    learner = AcousticModel(**{**SMALL, "pretrain": pretrain, "epochs": 30})
    assert learner.fit(recordings, some).score(recordings, words) > 0.7  # at chance 1 in 3


def test_one_seed_gives_one_model(spoken):
    recordings, words = spoken
    scores = []
    for seed in (3, 3, 4):
        made = AcousticModel(**{**SMALL, "epochs": 1, "random_state": seed}).fit(recordings, words)
        scores.append(made.hmm_.log_stay.tolist() + made.net_.layers[0].weight.flatten().tolist())
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]


def test_a_saved_model_answers_the_same(model, spoken, tmp_path):
    recordings, words = spoken
    again = AcousticModel.load(model.save(tmp_path / "kept"))
    assert again.predict(recordings).tolist() == model.predict(recordings).tolist()
    for mine, its in zip(model.align(recordings, words), again.align(recordings, words), strict=True):
        assert np.array_equal(mine, its)
    assert again.get_params() == model.get_params()


def test_a_damaged_or_foreign_folder_is_refused(model, tmp_path):
    place = model.save(tmp_path / "kept")
    (place / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(FolderError, match="weights.safetensors: is damaged"):
        AcousticModel.load(place)
    with pytest.raises(FolderError, match="no such folder"):
        AcousticModel.load(tmp_path / "none")


def test_it_is_an_estimator():
    learner = AcousticModel(states=7)
    assert clone(learner).get_params()["states"] == 7


@pytest.mark.parametrize(
    ("words", "what"),
    [(["up"] * 44, "44 for 45"), ([None] * 45, "came: 0"), (["up"] + [None] * 44, "came: 1")],
)
def test_labels_that_do_not_do_are_refused(spoken, words, what):
    with pytest.raises(DataError, match=what):
        AcousticModel(**SMALL).fit(spoken[0], words)


def test_a_word_that_was_never_learned_cannot_be_aligned(model, spoken):
    with pytest.raises(DataError, match="'upp'.*Did you mean 'up'"):
        model.align(spoken[0][:1], ["upp"])


@pytest.mark.parametrize("setting", [{"states": 0}, {"context": -1}, {"alignments": 0}, {"hidden": ()}])
def test_settings_out_of_range_are_refused(spoken, setting):
    with pytest.raises(SettingError, match=next(iter(setting))):
        AcousticModel(**{**SMALL, **setting}).fit(*spoken)
