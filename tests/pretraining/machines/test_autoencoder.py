"""The estimator: codes and back, its kinds, budgets, folders, and that a resumed run ends where a whole one does."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import check_estimator

from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError
from deepen.learning.watch import Silent
from deepen.pretraining import DeepAutoencoder

KINDS = [
    {}, {"kind": "denoising"}, {"kind": "sparse"}, {"kind": "variational"}, {"pretrain": "rbm"},
    {"kind": "convolutional", "layers": [4, 2]}, {"visible": "gaussian"}, {"loss": "cross-entropy"},
    {"visible": "gaussian", "bypass": False},
]  # fmt: skip


def bent(n: int = 400) -> np.ndarray:
    """Rows of sixteen numbers from 0 to 1 that lie on a bent line: one code tells them apart, linearly it cannot."""
    place = np.random.default_rng(0).random((n, 1))
    return np.exp(-((np.arange(16) / 15 - place) ** 2) / 0.02).astype(np.float32)


def quick(**more: object) -> DeepAutoencoder:
    return DeepAutoencoder(**{"layers": [16, 2], "epochs": 2, "batch": 20, "half": False, **more})  # type: ignore[arg-type]


def test_one_code_restores_what_no_principal_component_does():
    x = bent()
    learner = DeepAutoencoder([64, 32, 1], visible="binary", epochs=60, batch=20, rate=5e-3)
    codes = learner.fit_transform(x[:300])
    assert codes.shape == (300, 1)
    np.testing.assert_allclose(learner.transform(x[:300]), codes)
    line = PCA(1).fit(x[:300])
    theirs = np.square(line.inverse_transform(line.transform(x[300:])) - x[300:]).sum(axis=1).mean()
    assert -learner.score(x[300:]) < 0.25 * theirs


@pytest.mark.parametrize("how", KINDS, ids=lambda how: next(iter(how.values()), "plain") if how else "plain")
def test_each_kind_learns_and_comes_back_from_its_folder(how: dict[str, object], tmp_path: Path):
    x = bent(100)
    learner = quick(**how).fit(x)
    again = DeepAutoencoder.load(learner.save(tmp_path / "learner"))
    codes = learner.transform(x)
    assert codes.shape == (100, 2)
    assert codes.dtype == np.float32
    np.testing.assert_array_equal(again.transform(x), codes)
    np.testing.assert_array_equal(again.reconstruct(x), learner.inverse_transform(codes))
    error = np.square(learner.reconstruct(x) - x).sum(axis=1).mean()
    assert learner.score(x) == pytest.approx(-error, rel=1e-4)
    torch.manual_seed(0)
    head = learner.to_mlp(3)
    np.testing.assert_allclose(head.features(torch.from_numpy(x)).detach(), codes, atol=1e-5)
    if how.get("kind") == "sparse":
        assert ((codes > 0) & (codes < 1)).all()
    assert hasattr(learner, "sample") == (how.get("kind") == "variational")


def test_pictures_come_back_as_pictures():
    x = bent(60).reshape(60, 4, 4)
    learner = quick(kind="convolutional", layers=[4, 2]).fit(x)
    assert learner.reconstruct(x).shape == learner.inverse_transform(learner.transform(x)).shape == (60, 4, 4)
    assert learner.to_mlp(3)(torch.from_numpy(x)[:, None]).shape == (60, 3)
    with pytest.raises(DataError, match="not square"):
        quick(kind="convolutional", layers=[4, 2]).fit(bent(60)[:, :15])


def test_data_of_any_scale_come_back_in_their_own_units():
    x = 1000 + 50 * bent()
    learner = quick(epochs=30).fit(x)
    assert learner.visible_ == "gaussian"
    assert abs(learner.reconstruct(x).mean() - x.mean()) < 5
    assert -learner.score(x) < x.var(axis=0).sum()


def slopes(n: int) -> np.ndarray:
    """Rows of twelve numbers near a plane that is a little bent, in columns of very different scale."""
    rng = np.random.default_rng(0)
    place = rng.normal(size=(n, 2))
    flat = place @ rng.normal(size=(2, 12)) + 0.3 * np.square(place) @ rng.normal(size=(2, 12))
    return ((flat + 0.05 * rng.normal(size=flat.shape)) * np.logspace(-1, 1, 12)).astype(np.float32)


def test_numbers_begin_as_principal_components_and_get_better_on_rows_not_seen():
    x = slopes(600)
    scale = x[:300].std(axis=0)
    pca = PCA(2).fit(x[:300] / scale)
    theirs = pca.inverse_transform(pca.transform(x / scale)) * scale
    first = quick(epochs=1e-6, rate=1e-12).fit(x[:300])  # one step that changes nothing
    assert first.bypass_
    np.testing.assert_allclose(first.reconstruct(x), theirs, rtol=1e-3, atol=1e-3)
    learned = quick(epochs=30).fit(x[:300])
    assert -learned.score(x[300:]) < 0.8 * np.square(theirs - x)[300:].sum(axis=1).mean()


def test_layers_beside_a_map_decay_unless_told_otherwise():
    x = slopes(100)
    sizes = []
    for decay in (None, 2.0, 0.0):
        net = quick(decay=decay, rate=1e-2, epochs=20).fit(x).net_
        sizes.append(float(net.encoder.dense.layers[0].weight.detach().square().sum()))
    assert sizes[0] == sizes[1] < sizes[2]
    assert quick(visible="binary").fit(bent(40))._decay == 0


def test_the_layers_handed_on_compute_the_codes_with_the_map_or_without():
    x = slopes(100)
    for bypass in (True, False):
        learner = quick(bypass=bypass).fit(x)
        assert learner.bypass_ == bypass
        handed = learner.stack()(torch.from_numpy(x)).detach()
        np.testing.assert_allclose(handed, learner.transform(x), rtol=1e-3, atol=1e-4)
    with pytest.raises(SettingError, match="saturate"):
        quick(activation="tanh").fit(x).stack()


def test_a_folder_from_before_there_were_maps_is_read(tmp_path: Path):
    learner = quick(bypass=False).fit(slopes(50))
    file = learner.save(tmp_path / "old") / "features.json"
    written = json.loads(file.read_text())
    del written["settings"]["bypass"], written["fitted"]["bypass_"]
    again = DeepAutoencoder(layers=[16, 2])
    for name, value in written["settings"].items():
        setattr(again, name, value)
    again._read(file.parent, written)
    assert [*again.net_.state_dict()] == [*learner.net_.state_dict()]


def test_samples_follow_from_the_seed():
    learner = quick(kind="variational").fit(bent(60))
    first = learner.sample(5, random_state=1)
    assert first.shape == (5, 16)
    np.testing.assert_array_equal(first, learner.sample(5, random_state=1))
    assert (first != learner.sample(5, random_state=2)).any()


class _StopsIn(Silent, StopFlag):
    """Watches for a stage, and ends it when the loop has asked seven times whether to."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.wanted, self.now, self.asked = stage, "", 0

    def stage(self, name: str) -> None:
        self.now = name

    def __call__(self) -> bool:
        self.asked += self.now == self.wanted
        if self.asked == 7:
            self.set("a test")
        return super().__call__()


@pytest.mark.parametrize("how", [{"kind": "denoising"}, {"pretrain": "rbm"}, {"kind": "variational"}])
def test_a_resumed_run_ends_where_a_whole_one_does(how: dict[str, object], tmp_path: Path):
    x = bent(100)
    whole = quick(epochs=4, **how).fit(x)
    stop = _StopsIn("autoencoder")
    part = quick(epochs=4, **how).fit(x, checkpoints=tmp_path, watch=stop, stop=stop)
    assert part.histories_["autoencoder"].ended.startswith("stopped")
    resumed = quick(epochs=4, **how).fit(x, checkpoints=tmp_path)
    assert resumed.histories_["autoencoder"].ended == "complete"
    for name, value in whole.net_.state_dict().items():
        torch.testing.assert_close(resumed.net_.state_dict()[name], value, rtol=0, atol=0)


@pytest.mark.parametrize("pretrain", ["none", "rbm"])
def test_minutes_hold_for_machines_and_all_layers_together(pretrain: str):
    began = time.monotonic()
    quick(epochs=None, minutes=1.5 / 60, pretrain=pretrain).fit(bent(100))
    assert time.monotonic() - began < 4  # half the time again, and what a busy machine adds


def test_settings_that_contradict_one_another_are_refused():
    x = bent(40)
    for wrong, names in [
        ({"kind": "dense"}, "kind"), ({"pretrain": "rbm", "kind": "sparse"}, "pretrain"),
        ({"pretrain": "rbm", "activation": "relu"}, "activation"), ({"layers": []}, "layers"),
        ({"layers": 3}, "layers: not a list"),
        ({"layers": [0]}, "layers"), ({"kind": "convolutional", "layers": [3]}, "layers"),
        ({"noise": -1.0, "kind": "denoising"}, "noise"), ({"minutes": 1.0}, "minutes and epochs"),
        ({"bypass": True, "visible": "binary"}, "bypass"), ({"bypass": True, "kind": "sparse"}, "bypass"),
        ({"bypass": True, "pretrain": "rbm"}, "bypass"), ({"activation": "selu"}, "activation"),
        ({"optimiser": "lamb"}, "optimiser"),
    ]:  # fmt: skip
        with pytest.raises(SettingError, match=names):
            quick(**wrong).fit(x)
    with pytest.raises(DataError, match="another number of codes"):
        quick().fit(x).inverse_transform(np.zeros((2, 3)))


def test_scikit_learns_checks_pass():
    learner = DeepAutoencoder([8, 3], epochs=1, batch=20)
    found = Counter(each["status"] for each in check_estimator(learner, on_fail=None, on_skip=None))
    assert set(found) <= {"passed", "skipped"}, found
    assert found["passed"] > 40


@pytest.mark.parametrize("how", [{}, {"visible": "gaussian"}, {"kind": "sparse"}])
def test_filters_are_what_each_unit_of_the_first_layer_reads(how: dict[str, object]):
    """With as many units as columns too, where the shape does not tell which way they lie."""
    learner = quick(layers=[16, 2], **how).fit(bent(60))
    (first, *_) = (m for m in learner.net_.encoder.modules() if isinstance(m, torch.nn.Linear))
    np.testing.assert_array_equal(learner.filters(), first.weight.detach())


@pytest.mark.parametrize("side", [2, 3, 4, 5])
def test_filters_of_convolutions_are_those_of_the_units_in_the_middle(side: int):
    x = np.random.default_rng(0).random((40, side, side)).astype(np.float32)
    learner = quick(kind="convolutional", layers=[3, 2]).fit(x)
    layer = learner.net_.encoder.layers[0]
    whole = (layer(torch.from_numpy(x)[:, None]) - layer.bias[:, None, None]).detach()
    middle = whole.shape[2] // 2
    ours = x.reshape(40, -1) @ learner.filters().T
    np.testing.assert_allclose(ours, whole[:, :, middle, middle], atol=1e-5)


def test_tensors_that_have_a_gradient_are_read_as_pictures():
    x = torch.rand(40, 4, 4, requires_grad=True)
    assert quick(kind="convolutional", layers=[4, 2]).fit(x).shape_ == [4, 4]


def test_a_picture_of_one_pixel_has_nothing_to_convolve():
    with pytest.raises(SettingError, match=r"up to 0 before the codes of a picture of 1 x 1"):
        quick(kind="convolutional", layers=[4, 2]).fit(np.random.default_rng(0).random((40, 1)))


@pytest.mark.filterwarnings("error")
def test_rows_that_are_all_alike_are_learned_without_a_warning():
    learner = quick(visible="gaussian").fit(np.full((40, 16), 7.0))
    np.testing.assert_allclose(learner.reconstruct(np.full((1, 16), 7.0)), 7.0, atol=1e-3)
