"""Nets beside the first: kept where the validation part is answered better with them, and gone on with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.learning.losses import Loss
from deepen.learning.watch import Progress, Silent
from deepen.nets import Ensemble
from deepen.training import together
from deepen.training.together import loss_together

pytestmark = pytest.mark.usefixtures("few_passes")


def texts(n: int = 240, seed: int = 0) -> tuple[list[str], list[str]]:
    """Sentences whose class is told by one word of several, among words that tell nothing."""
    rng = np.random.default_rng(seed)
    told = {"good": ["fine", "lovely", "grand"], "bad": ["dull", "poor", "sad"]}
    y = rng.choice(["good", "bad"], n).tolist()
    x = [
        " ".join(rng.permutation([*rng.choice(list("abcdefghij"), 5), rng.choice(told[label])]).tolist())
        for label in y
    ]
    return x, y


class Parts:
    """What :func:`loss_together` reads of an evaluation and of examples."""

    def __init__(self, truth: np.ndarray) -> None:
        self.loss, self.target = Loss("two classes"), torch.from_numpy(truth)
        self.rows = dataclasses.make_dataclass("Rows", ["valid"])(np.arange(len(truth)))


def test_the_loss_is_that_of_the_mean_answer() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    parts = Parts(truth)

    def noisy(seed: int) -> torch.Tensor:
        towards = torch.nn.functional.one_hot(parts.target, 2) * 2.0
        noise = torch.randn(400, 2, generator=torch.Generator().manual_seed(seed)) * 2
        return parts.loss.scores(towards + noise)

    parts_of = dataclasses.make_dataclass("Examples", ["target", "rows"])(truth, parts.rows)
    alone = loss_together([noisy(0)], parts_of, parts)  # type: ignore[arg-type]
    both = loss_together([noisy(0), noisy(1)], parts_of, parts)  # type: ignore[arg-type]
    twice = loss_together([noisy(0), noisy(0)], parts_of, parts)  # type: ignore[arg-type]
    assert both < 0.95 * alone
    assert twice == pytest.approx(alone, abs=1e-6)


def test_with_room_on_the_clock_others_are_tried_and_kept_or_left_out_for_a_reason() -> None:
    trained = deepen.train(*texts(), minutes=1, shallow_share=0, size="tiny")
    said = [note for note in trained.notes if "validation loss goes from" in note]
    assert said
    averaged = sum("averaged with the first" in note for note in said)
    assert isinstance(trained.net, Ensemble) == (averaged > 0)
    assert len(trained.net_settings) == 1 + averaged


def test_a_model_of_several_nets_is_kept_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(together, "_loss", lambda examples, nets: 1.0 / len(nets))
    model = deepen.train(*texts(), minutes=1, shallow_share=0, size="tiny")
    assert isinstance(model.net, Ensemble)
    assert len({settings.reader for settings in model.net_settings}) == len(model.net_settings) > 1
    assert "together" in model.about["net"]
    model.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model")
    model.precision = (
        again.precision
    )  # a loaded model computes in float32, this one in what was quickest here
    assert np.allclose(again.raw(texts(20, 1)[0]), model.raw(texts(20, 1)[0]), atol=1e-5)


class StopsInTheSecond(Silent):
    """Stops the run once a net after the first has made some steps."""

    def __init__(self) -> None:
        self.flag, self.second = StopFlag(), False

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        self.second = self.second or name.startswith("another net")

    def progress(self, now: Progress) -> None:
        if self.second and now.step >= 3:
            self.flag.set("a test")


def test_stopped_in_the_second_it_keeps_the_first_and_goes_on_with_the_second(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(together, "_loss", lambda examples, nets: 1.0 / len(nets))
    watch = StopsInTheSecond()
    stopped = deepen.train(
        *texts(),
        minutes=1,
        shallow_share=0,
        size="tiny",
        checkpoints=tmp_path / "run",
        watch=watch,
        stop=watch.flag,
    )
    assert stopped.history.ended.startswith("stopped") and len(stopped.net_settings) > 1
    first = {name: w.clone() for name, w in stopped.net.nets[0].state_dict().items()}  # type: ignore[union-attr]
    went_on = deepen.train(*texts(), minutes=1, shallow_share=0, size="tiny", checkpoints=tmp_path / "run")
    assert went_on.history.ended == "complete"
    assert went_on.net_settings[: len(stopped.net_settings)] == stopped.net_settings
    for name, weights in went_on.net.nets[0].state_dict().items():  # type: ignore[union-attr]
        assert torch.equal(weights, first[name])


def test_a_worse_one_is_left_out(monkeypatch) -> None:
    monkeypatch.setattr(together, "_loss", lambda examples, nets: float(len(nets)))
    model = deepen.train(*texts(), minutes=1, shallow_share=0, size="tiny")
    assert len(model.net_settings) == 1 and not isinstance(model.net, Ensemble)
    assert any("is left out: the validation loss goes from 1.000 to 2.000" in note for note in model.notes)


@pytest.mark.parametrize("budget", [{"steps": 5}, {"minutes": 1, "reader": "bag"}])
def test_without_a_clock_or_with_a_reader_named_there_is_one_net(budget) -> None:
    model = deepen.train(*texts(), size="tiny", shallow_share=0, **budget)
    assert len(model.net_settings) == 1
    assert not any("validation loss goes" in note for note in model.notes)
