"""What the processes do that test_processes.py starts: they import it from here by its name."""

import atexit
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute.precision import Precision
from deepen.compute.processes import World, alone, joined, speaks
from deepen.compute.signals import StopFlag, listening
from deepen.data.batches import Batch, ShuffledBatches
from deepen.learning.averages import Average
from deepen.learning.budget import Budget
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.optimisers import make
from deepen.nets.cnn import CNN
from deepen.records import History
from deepen.shapes import Grid

CPU = torch.device("cpu")


def mean_loss(net: nn.Module, batch: Batch) -> Tensor:
    error: Tensor = net(batch.inputs["x"]) - batch.target
    return error.square().mean()


class Spoilt:
    """A step whose loss is spoilt from one call on, a few times, in one process only."""

    def __init__(
        self, world: World, rank: int, at: int, times: int, spoil: Callable[[Tensor], Tensor]
    ) -> None:
        self.here, self.at, self.times, self.spoil, self.calls = world.rank == rank, at, times, spoil, 0

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        self.calls += 1
        loss = mean_loss(net, batch)
        return self.spoil(loss) if self.here and 0 <= self.calls - self.at < self.times else loss


def train(
    world: World, budget: Budget, step: Callable[[nn.Module, Any], Tensor] = mean_loss, **more: Any
) -> tuple[nn.Module, History]:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(320, 6)).astype(np.float32)
    y = np.sin(x[:, :1]) * x[:, 1:2]
    net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
    batches = ShuffledBatches({"x": x}, y, np.arange(320), size=32, seed=0, device=CPU, world=world)
    optimiser = make("adamw", net, rate=1e-2, decay=0.01)

    def evaluate(of: nn.Module) -> dict[str, float]:
        with torch.no_grad():
            return {"loss": mean_loss(of, Batch({"x": torch.from_numpy(x)}, torch.from_numpy(y))).item()}

    average = Average(net, window=0.1)
    history = fit(
        net, batches, step, budget, world=world, optimiser=optimiser, average=average, looks=Looks(evaluate),
        clip=1.0, **more,
    )  # fmt: skip
    return net, history


def train_cnn(world: World, precision: Precision | None = None) -> dict[str, Tensor]:
    """Some steps of a net with batch norms, and all that they leave in it: weights and running statistics."""
    torch.manual_seed(0)
    x = torch.rand(80, 3, 8, 8)
    y = (x[:, 0].mean((1, 2)) > x[:, 1].mean((1, 2))).long()
    net = CNN(Grid(3, 8, 8), 2, size="tiny")
    (precision or Precision()).apply(net)

    def step(of: nn.Module, batch: Batch) -> Tensor:
        return nn.functional.cross_entropy(of(batch.inputs["x"]), batch.target)

    batches = ShuffledBatches(
        {"x": x.numpy()}, y.numpy(), np.arange(80), size=16, seed=0, device=CPU, world=world
    )
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    looks = Looks(lambda of: {"loss": step(of, Batch({"x": x}, y)).item()}, by=None)  # in evaluation mode
    fit(
        net,
        batches,
        step,
        Budget(steps=12),
        world=world,
        optimiser=optimiser,
        precision=precision,
        looks=looks,
    )
    assert {type(m) for m in net.modules() if "Norm" in type(m).__name__} == {nn.BatchNorm2d}
    assert not any("forward" in vars(m) for m in net.modules()), "plain modules again"
    return net.state_dict()


def masks(world: World, *, steps: int, folder: Path | None = None, stop_at: int | None = None) -> list[str]:
    """Dropout's masks in each step."""
    torch.manual_seed(3)
    net, drawn, stop = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5)), [], StopFlag()

    def step(of: nn.Module, batch: Batch) -> Tensor:
        y: Tensor = of(batch.inputs["x"])
        drawn.append("".join(str(int(kept)) for kept in y != 0))
        if len(drawn) == stop_at:
            stop.set("a test")
        return y.mean()

    x = np.ones((64, 1), np.float32)
    batches = ShuffledBatches({"x": x}, x, np.arange(64), size=32, seed=0, device=CPU, world=world)
    checkpoints = None if folder is None else Checkpoints(folder)
    fit(net, batches, step, Budget(steps=steps), world=world, stop=stop, checkpoints=checkpoints)
    world.tell(None)  # the others wait here until the first has saved
    return drawn


def flat(net: nn.Module) -> list[float]:
    return torch.cat([p.detach().flatten() for p in net.parameters()]).tolist()


def everything(folder: str) -> None:
    """All that can be asked of two processes at once, so that they are started only once."""
    with joined(CPU) as world:
        found: dict[str, Any] = {"world": [world.rank, world.size, world.first, speaks()]}
        found["share"] = world.share(torch.arange(5)).tolist()
        found["tell"] = world.tell({"from": world.rank})
        found["numbers"] = world.tell_numbers(float(world.rank), 0.1)
        found["any"] = [world.any(False), world.any(world.rank == 1)]
        with world.first_goes_first():
            found["began"] = time.monotonic()
            time.sleep(0.3 if world.first else 0)
            found["ended"] = time.monotonic()
        with joined(CPU) as again:
            found["joined again"] = [again.rank, again.size]

        net, history = train(world, Budget(epochs=4))
        found["epochs"] = flat(net)
        found["looks"] = [m.valid for m in history.moments]
        torch.save(train_cnn(world), Path(folder, f"cnn {world.rank}.pt"))
        found["masks"] = [masks(world, steps=6) for _ in range(2)]
        parts = [masks(world, steps=6, folder=Path(folder, "c"), stop_at=stop_at) for stop_at in (3, None)]
        found["masks"] += [parts[0] + parts[1]]
        found["masks of a part"] = parts[0]
        net, history = train(world, Budget(minutes=1.5 / 60))
        found["minutes"] = [flat(net), history.moments[-1].step]
        for name, spoil, times in (
            ("not a number", lambda loss: loss * float("nan"), 1),
            ("ran away", lambda loss: loss + 1e6, 8),
        ):
            step = Spoilt(world, rank=1, at=25, times=times, spoil=spoil)
            net, history = train(world, Budget(epochs=4), step)
            found[name] = [flat(net), len(history.events), history.events[0]]
        Path(folder, f"{world.rank}.json").write_text(json.dumps(found))


def die(folder: str) -> None:
    """The second process is killed in the middle of the training."""
    with joined(CPU) as world:

        def step(net: nn.Module, batch: Batch) -> Tensor:
            step.calls += 1  # type: ignore[attr-defined]
            if world.rank == 1 and step.calls == 20:  # type: ignore[attr-defined]
                os.kill(os.getpid(), signal.SIGKILL)
            return mean_loss(net, batch)

        step.calls = 0  # type: ignore[attr-defined]
        train(world, Budget(minutes=5), step, checkpoints=Checkpoints(Path(folder, "c"), seconds=0.0))


def until_told(folder: str) -> None:
    """Train for long, but end when a signal comes."""
    stop = StopFlag()
    with listening(stop), joined(CPU) as world:

        def step(net: nn.Module, batch: Batch) -> Tensor:
            Path(folder, f"ready {world.rank}").touch()
            return mean_loss(net, batch)

        _, history = train(
            world, Budget(minutes=5), step, stop=stop, checkpoints=Checkpoints(Path(folder, "c"))
        )
        Path(folder, f"{world.rank}.json").write_text(json.dumps(history.ended))


def refuse() -> None:
    raise SystemExit(2 if os.environ["RANK"] == "1" else 0)


def aborted_at_exit() -> None:
    """As PyTorch's threads now and then do to a process whose work is done."""
    atexit.register(os.abort)
    print(f"done {os.environ['RANK']}")


def in_one(budget: Budget) -> nn.Module:
    return train(alone(CPU), budget)[0]
