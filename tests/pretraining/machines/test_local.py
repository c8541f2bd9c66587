from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError
from deepen.nets.local import LocalStage
from deepen.pretraining import LocalAutoencoder

SMALL = {
    "maps": (4, 5),
    "field": (5, 3),
    "stride": (1, 1),
    "pool": (2, 2),
    "window": 5,
    "batch": 20,
    "rate": 0.01,
}


def edges(n: int, seed: int = 0) -> np.ndarray:
    """Bright halves, divided by a line of any slope and place: (N, 12, 12) uint8."""
    rng = np.random.default_rng(seed)
    angle, at = rng.uniform(0, 2 * np.pi, n), rng.uniform(-3, 3, n)
    rows, columns = np.mgrid[:12, :12] - 5.5
    side = np.cos(angle)[:, None, None] * rows + np.sin(angle)[:, None, None] * columns > at[:, None, None]
    return (60 + 120 * side + rng.normal(0, 8, (n, 12, 12))).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def made() -> LocalAutoencoder:
    return LocalAutoencoder(epochs=20, **SMALL).fit(edges(100))


def test_it_reconstructs_more_with_fewer_active_pools(made: LocalAutoencoder) -> None:
    untrained = LocalAutoencoder(epochs=1e-9, **SMALL).fit(edges(100))
    assert set(made.histories_) == {"stage 1", "stage 2"}
    for stage in (0, 1):
        x = torch.from_numpy(made._below(edges(50, seed=1)[..., None], stage))
        with torch.no_grad():
            trained, random = (m.net_.stages[stage].cost(x, made.sparsity) for m in (made, untrained))
        assert trained < 0.95 * random


def test_features_have_places(made: LocalAutoencoder) -> None:
    X = edges(7)
    assert made.transform(X).shape == (7, 5 * 4 * 4)
    assert made.maps_of(X).shape == (7, 5, 4, 4)
    assert np.array_equal(made.maps_of(X).reshape(7, -1), made.transform(X))


def test_a_folder_gives_the_same_features(made: LocalAutoencoder, tmp_path: Path) -> None:
    X = edges(5)
    read = LocalAutoencoder.load(made.save(tmp_path / "features"))
    assert np.array_equal(read.transform(X), made.transform(X))
    assert read.histories_ == made.histories_


@pytest.mark.parametrize("steps", [4, 8])  # in the first stage, and in the second
def test_interrupted_and_resumed_equals_uninterrupted(
    steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, stop, cost, calls = edges(60), StopFlag(), LocalStage.cost, []

    def counted(stage: LocalStage, x: torch.Tensor, sparsity: float) -> torch.Tensor:
        calls.append(1)
        if len(calls) == steps:
            stop.set("the test")
        return cost(stage, x, sparsity)

    whole = LocalAutoencoder(epochs=2, **SMALL).fit(X)
    monkeypatch.setattr(LocalStage, "cost", counted)
    part = LocalAutoencoder(epochs=2, **SMALL).fit(X, checkpoints=tmp_path, stop=stop)
    assert len(calls) == steps
    assert not np.allclose(part.transform(X), whole.transform(X))
    again = LocalAutoencoder(epochs=2, **SMALL).fit(X, checkpoints=tmp_path)
    assert len(calls) == 12  # none is done twice
    assert np.array_equal(again.transform(X), whole.transform(X))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"maps": (4,)}, "field: needs one number for each stage; allowed: 1; came: 2"),
        ({"field": (5, 9)}, "pictures of 12 x 12 leave nothing for stage 2 to pool"),
        ({"sparsity": -1.0}, "sparsity: out of range"),
        ({"window": 4}, "window: must be odd"),
        ({"stride": (0, 1)}, "stride: out of range"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        LocalAutoencoder(**{**SMALL, **settings}).fit(edges(20))  # type: ignore[arg-type]
