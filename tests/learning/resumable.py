"""A training with all that has a state, so that test_loop.py can interrupt it; also run as a program."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.signals import StopFlag
from deepen.data.batches import Batch, ShuffledBatches
from deepen.learning.averages import Average
from deepen.learning.budget import Budget
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.optimisers import make
from deepen.records import History

CPU = torch.device("cpu")
ROWS, SIZE = 200, 16


class NoisyStep:
    """A step that varies its inputs, as the augmentation of pictures does."""

    def __init__(self, seconds: float, told: Callable[[int], None]) -> None:
        self.generator = seeds.generator(0, "noise")
        self.seconds, self.told, self.calls = seconds, told, 0

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        self.calls += 1
        self.told(self.calls)
        time.sleep(self.seconds)
        x = batch.inputs["x"]
        x = x + 0.1 * torch.randn(x.shape, generator=self.generator)
        error: Tensor = net(x) - batch.target
        return error.square().mean()

    def state_dict(self) -> dict[str, Tensor]:
        return {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.generator.set_state(state["generator"])


@dataclass
class Result:
    net: nn.Module
    history: History
    steps: int

    @property
    def weights(self) -> dict[str, Tensor]:
        return self.net.state_dict()

    @property
    def looks(self) -> list[tuple[Any, ...]]:
        return [(m.step, m.epoch, m.rate, m.loss, m.valid) for m in self.history.moments]


def run(
    folder: Path | None,
    *,
    epochs: float = 5,
    stop_at: int | None = None,
    every: float = 1e9,
    seconds: float = 0.0,
    patience: int | None = None,
) -> Result:
    torch.manual_seed(1)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 5)).astype(np.float32)
    y = (x[:, :1] * x[:, 1:2] + 0.3 * rng.normal(size=(ROWS, 1))).astype(np.float32)
    net = nn.Sequential(nn.Linear(5, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 1))
    batches = ShuffledBatches({"x": x}, y, np.arange(150), size=SIZE, seed=0, device=CPU)
    optimiser = make("adamw", net, rate=3e-2, decay=0.01)
    stop = StopFlag()

    def told(calls: int) -> None:
        if calls == stop_at:
            stop.set("a test")

    @torch.no_grad()
    def evaluate(of: nn.Module) -> dict[str, float]:
        assert not of.training
        return {"loss": (of(torch.from_numpy(x[150:])) - torch.from_numpy(y[150:])).square().mean().item()}

    step = NoisyStep(seconds, told)
    history = fit(
        net, batches, step, Budget(epochs=epochs), optimiser=optimiser, average=Average(net, window=0.1, every=2),
        looks=Looks(evaluate, patience=patience), clip=1.0, stop=stop,
        checkpoints=None if folder is None else Checkpoints(folder, seconds=every),
    )  # fmt: skip
    return Result(net, history, step.calls)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(Path(sys.argv[1]), every=0.0, seconds=0.01)
