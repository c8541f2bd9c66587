from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.estimator_checks import check_estimator

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError
from deepen.learning.watch import Progress, Silent
from deepen.pretraining import DBN, RBM
from deepen.pretraining.likelihood.partition import exact_log_z
from deepen.pretraining.steps.fitting import Run


def stripes(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two patterns of eight pixels, with a tenth of the pixels flipped, and which it is."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = np.where(y[:, None] == 1, [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1])
    return np.abs(X - (rng.random(X.shape) < 0.1)).astype(np.float32), np.array(["left", "right"])[y]


@pytest.fixture(scope="module")
def fitted() -> DBN:
    X, y = stripes()
    return DBN([6, 5, 4], labels=True, epochs=30, batch=20, rate=0.1, fine_tune="up-down").fit(X, y)


def test_it_is_an_estimator_like_others():
    check_estimator(DBN((4, 3), epochs=1), on_skip=None)


def test_it_tells_classes_and_dreams_of_the_one_that_is_asked_for(fitted):
    X, y = stripes(seed=1)
    assert (fitted.predict(X) == y).mean() > 0.95
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, atol=1e-5)
    for label, place in (("right", slice(0, 4)), ("left", slice(4, 8))):
        found = fitted.sample(50, label=label, steps=50)
        assert found.shape == (50, 8)
        assert found[:, place].mean() > 0.7
    free = fitted.sample(200, steps=50)
    assert 0.2 < free[:, 0].mean() < 0.8
    np.testing.assert_array_equal(free, fitted.sample(200, steps=50))


def test_the_bound_tells_its_own_data_from_noise(fitted):
    X, _ = stripes(seed=1)
    noise = np.random.default_rng(0).integers(0, 2, X.shape).astype(np.float32)
    found = fitted.log_likelihood_bound(X)
    assert found.shape == (200,)
    assert found.mean() > -4.6  # eight coins are at -5.5; the patterns' own entropy is 3.3
    assert found.mean() > fitted.log_likelihood_bound(noise).mean() + 2
    estimated = fitted.log_z(exact=False, runs=200, steps=300)
    assert estimated.value == pytest.approx(exact_log_z(fitted.net_.top), abs=0.1)


def test_of_one_layer_it_is_the_machine():
    X, _ = stripes()
    rbm, dbn = RBM(3, epochs=1).fit(X), DBN([3], epochs=1).fit(X)
    dbn.net_.top.load_state_dict(rbm.net_.state_dict())
    np.testing.assert_allclose(dbn.log_likelihood_bound(X), rbm.log_likelihood(X), atol=1e-4)
    np.testing.assert_allclose(dbn.transform(X), rbm.transform(X))
    np.testing.assert_allclose(dbn.sample(5, steps=3), rbm.sample(5, steps=3))


class Stops(StopFlag, Silent):
    """A flag that is raised seven steps after a stage has begun, of which it is told as a watch."""

    def __init__(self, stage: str) -> None:
        super().__init__()
        self._wanted, self._left = stage, 7
        self._here = False

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        self._here = name == self._wanted

    def __call__(self) -> bool:
        self._left -= self._here
        if self._left < 0:
            self.set("the test")
        return super().__call__()


@pytest.mark.parametrize("stage", ["layer 1", "layer 2", "up-down"])
def test_resumed_equals_uninterrupted(tmp_path: Path, stage: str):
    X, y = stripes()

    def make() -> DBN:
        return DBN([6, 5, 4], labels=True, epochs=3, batch=20, chains="persistent", fine_tune="up-down")

    whole = make().fit(X, y)
    stops = Stops(stage)
    half = make().fit(X, y, checkpoints=tmp_path, watch=stops, stop=stops)
    assert half.histories_[stage].ended.startswith("stopped")
    again = make().fit(X, y, checkpoints=tmp_path)
    assert {"layer-1", "layer-2", "layer-3", "up-down"} <= {
        p.name for p in (tmp_path / "checkpoints").iterdir()
    }
    for name, value in whole.net_.state_dict().items():
        assert torch.equal(value, again.net_.state_dict()[name]), name
    changed = [not torch.equal(v, half.net_.state_dict()[k]) for k, v in whole.net_.state_dict().items()]
    assert any(changed)


def test_its_folder_gives_it_back(tmp_path: Path, fitted):
    X, _ = stripes(seed=2)
    again = DBN.load(fitted.save(tmp_path / "dbn"))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))
    assert {p.suffix for p in (tmp_path / "dbn").iterdir()} <= {".json", ".safetensors"}
    assert again.histories_["up-down"].ended == "complete"


def test_up_down_learning_unties_what_greedy_learning_leaves_tied(fitted):
    layer = fitted.net_.layers[0]
    assert not torch.equal(layer.R, layer.G)
    X, y = stripes()
    layer = DBN([4, 3], labels=True, epochs=1).fit(X, y).net_.layers[0]
    assert torch.equal(layer.R, layer.G)


@pytest.mark.parametrize("visible", ["binary", "gaussian"])
def test_the_perceptron_reads_what_fit_was_given(visible):
    X, _ = stripes()
    X = X if visible == "binary" else 100 + 7 * X
    dbn = DBN([5, 4], epochs=1, visible=visible).fit(X)
    net = dbn.to_mlp(2)
    np.testing.assert_allclose(net.features(torch.from_numpy(X)).detach(), dbn.transform(X), atol=1e-5)


def test_the_perceptron_is_trained_by_deepen_on_the_same_numbers():
    X, y = stripes(300)
    X = np.concatenate([X, np.ones((300, 1), np.float32)], axis=1)  # what teaches nothing is kept too
    net = DBN([6, 4], epochs=5).fit(X).to_mlp(2)
    seen = []
    net.register_forward_pre_hook(lambda _net, given: seen.append(given[0]) if not given[0].is_meta else None)
    model = deepen.train(X, y, net=net, epochs=30, rate=0.05, shallow_share=0)
    assert {tuple(x.shape[1:]) for x in seen} == {(9,)}
    assert {0.0, 1.0} == set(torch.cat(seen).unique().tolist())
    assert model.score.headline.value > 0.9


def test_up_down_learning_has_a_rate_passes_and_chains_of_its_own(monkeypatch):
    told = {}
    learn = Run.learn

    def watched(self, net, step, batches, pace, name, **more):
        told[name] = pace.rate, more.get("epochs"), getattr(step, "_how").k  # noqa: B009 - of either step
        return learn(self, net, step, batches, pace, name, **more)

    monkeypatch.setattr(Run, "learn", watched)
    DBN([3, 2], epochs=1, k=2, rate=0.5, fine_tune="up-down", fine_tune_epochs=2, fine_tune_rate=0.25,
        fine_tune_k=4).fit(stripes()[0])  # fmt: skip
    assert told == {"layer 1": (0.5, None, 2), "layer 2": (0.5, None, 2), "up-down": (0.25, 2, 4)}


def test_what_contradicts_itself_is_refused():
    X, y = stripes()
    with pytest.raises(SettingError, match="layers: too few of them; allowed: 1 or more"):
        DBN([]).fit(X)
    with pytest.raises(SettingError, match="layers: not a list of whole numbers; came: 3"):
        DBN(3).fit(X)
    with pytest.raises(SettingError, match="fine_tune: 'updown' is not known.*Did you mean 'up-down'"):
        DBN([3], fine_tune="updown").fit(X)
    with pytest.raises(SettingError, match="label units need labels"):
        DBN([3], labels=True).fit(X)
    with pytest.raises(DataError, match="X, row 0, column 0: .* binary units cannot have"):
        DBN([3], visible="binary").fit(X + 2)
    plain = DBN([3], epochs=1).fit(X, y)
    assert not hasattr(plain, "predict")
    with pytest.raises(SettingError, match="has no label units"):
        plain.sample(label="left")


def test_a_clock_is_shared_among_the_layers_by_their_work():
    X, _ = stripes()
    told: list[float] = []
    dbn = DBN([40, 10], minutes=0.02, half=False, fine_tune="up-down").fit(X, watch=Told(told))
    assert [h.ended for h in dbn.histories_.values()] == ["complete"] * 3
    ends = [b - a for a, b in itertools.pairwise([0.0, *told])]
    assert sum(ends) == pytest.approx(1.2, abs=0.2)
    # 320 and 400 weights, and both again
    np.testing.assert_allclose(ends, [1.2 * 320 / 1440, 1.2 * 400 / 1440, 0.6], atol=0.15)


class Told(Silent):
    """Keeps the seconds at which each stage had ended."""

    def __init__(self, ends: list[float]) -> None:
        self._ends = ends

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        self._ends.append(0.0)

    def progress(self, now: Progress) -> None:
        self._ends[-1] = now.elapsed
