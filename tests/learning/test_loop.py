import importlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from deepen.compute.signals import StopFlag, listening
from deepen.errors import TrainingError
from deepen.learning.averages import Average
from deepen.learning.budget import Budget, Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.schedules import constant
from deepen.learning.stepping import Stepping
from deepen.learning.watch import Progress, Silent

TRUE = torch.tensor([[2.0], [-1.0], [0.5], [0.0]])


class Rows:
    """Batches of a linear problem with a known solution."""

    def __init__(self, size: int = 32, steps: int = 10) -> None:
        self.size, self.steps, self.at = size, steps, 0

    def next(self) -> tuple[Tensor, Tensor]:
        x = torch.randn(self.size, 4, generator=torch.Generator().manual_seed(self.at))
        self.at += 1
        return x, x @ TRUE + 3

    def halve(self) -> bool:
        if self.size < 2:
            return False
        self.size //= 2
        self.steps *= 2
        return True

    def state_dict(self) -> dict[str, Any]:
        return {"at": self.at, "size": self.size}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at, self.size = state["at"], state["size"]


class Counted:
    """The step of a regression, which does something else at some of its calls."""

    def __init__(self, act: Callable[[int, nn.Module, Tensor], Tensor | None] | None = None) -> None:
        self.calls, self.act = 0, act

    def __call__(self, net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        self.calls += 1
        x, y = batch
        loss = (net(x) - y).square().mean()
        found = self.act(self.calls, net, loss) if self.act else None
        return loss if found is None else found


def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(4, 1)


def adam(net: nn.Module, rate: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.Adam(net.parameters(), lr=rate)


def error_of(net: nn.Linear) -> float:
    with torch.no_grad():
        return max((net.weight.T - TRUE).abs().max().item(), (net.bias - 3).abs().item())


def weight_of(net: nn.Module) -> Tensor:
    assert isinstance(net, nn.Linear)
    return net.weight.detach().clone()


def figure(net: nn.Module) -> dict[str, float]:
    assert isinstance(net, nn.Linear)
    return {"loss": error_of(net)}


@pytest.fixture
def resumable(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("resumable")


# -- learning


def test_it_learns_the_known_solution() -> None:
    net = linear()
    history = fit(net, Rows(), Counted(), Budget(steps=500), optimiser=adam(net))
    assert error_of(net) < 1e-3
    assert history.ended == "complete"
    assert history.events == ()
    assert not net.training


def test_one_step_is_the_optimisers_own() -> None:
    net, by_hand = linear(), linear()
    fit(
        net, Rows(), Counted(), Budget(steps=1), optimiser=torch.optim.SGD(net.parameters(), lr=0.1),
        schedule=constant(),
    )  # fmt: skip
    x, y = Rows().next()
    (by_hand(x) - y).square().mean().backward()
    assert by_hand.weight.grad is not None
    torch.testing.assert_close(net.weight, by_hand.weight - 0.1 * by_hand.weight.grad)


def test_the_gradient_is_clipped() -> None:
    net, before = linear(), linear()
    sgd = torch.optim.SGD(net.parameters(), lr=1.0)
    fit(net, Rows(), Counted(), Budget(steps=1), optimiser=sgd, schedule=constant(), clip=0.01)
    moved = [(a - b).flatten() for a, b in zip(net.parameters(), before.parameters(), strict=True)]
    assert torch.cat(moved).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_the_rate_follows_the_schedule() -> None:
    net, rates = linear(), []
    optimiser = adam(net)

    def note(_calls: int, _net: nn.Module, _loss: Tensor) -> None:
        rates.append(optimiser.param_groups[0]["lr"])

    fit(net, Rows(), Counted(note), Budget(steps=10), optimiser=optimiser, schedule=lambda p: 1 - p)
    assert rates == pytest.approx([0.1 * (1 - n / 10) for n in range(10)])


# -- budgets


@pytest.mark.parametrize(
    ("budget", "steps"),
    [(Budget(steps=7), 7), (Budget(epochs=2), 20), (Budget(epochs=0.25), 3), (Budget(epochs=0.01), 1)],
)
def test_steps_and_epochs_are_kept_to_the_step(budget: Budget, steps: int) -> None:
    step, net = Counted(), linear()
    assert fit(net, Rows(), step, budget).ended == "complete"
    assert step.calls == steps


def test_minutes_are_kept_within_a_step_and_a_look() -> None:
    def slow(_calls: int, _net: nn.Module, _loss: Tensor) -> None:
        time.sleep(0.02)

    def look(net: nn.Module) -> dict[str, float]:
        time.sleep(0.3)
        return figure(net)

    net, began, step = linear(), time.monotonic(), Counted(slow)
    history = fit(net, Rows(), step, Budget(minutes=1.5 / 60), optimiser=adam(net), looks=Looks(look))
    took = time.monotonic() - began
    assert history.ended == "complete"
    assert 1.2 < took < 1.5 + 0.15, "the last look is within the minutes, not after them"
    # Looks may take 8 per cent of the time, besides the first and the last.
    assert len(history.moments) == 2


def test_a_reserve_is_left_on_a_clock_that_runs_already() -> None:
    net = linear()
    clock = Clock(2.0, spent=1.0)
    horizon = Horizon(math.inf, clock, reserve=0.6, began=clock.elapsed)
    fit(net, Rows(), Counted(), horizon, optimiser=adam(net))
    assert 0.4 < clock.left < 0.65


def test_a_clock_that_has_run_out_ends_before_the_first_step() -> None:
    net, before, step = linear(), linear(), Counted()
    history = fit(net, Rows(), step, Horizon(math.inf, Clock(1.0, spent=2.0)), looks=Looks(figure))
    assert (step.calls, history.ended, history.moments) == (0, "complete", ())
    assert torch.equal(net.weight, before.weight)


# -- looks


def test_the_best_weights_are_kept_and_not_the_last() -> None:
    net, seen = linear(), []
    figures = iter([5.0, 4.0, 1.0, 2.0, math.nan, 3.0])

    def look(of: nn.Module) -> dict[str, float]:
        assert not of.training
        seen.append(weight_of(of))
        return {"other": 0.0, "cost": next(figures)}

    history = fit(net, Rows(), Counted(), Budget(epochs=6), optimiser=adam(net), looks=Looks(look, by="cost"))
    assert [m.step for m in history.moments] == [10, 20, 30, 40, 50, 60]
    assert torch.equal(net.weight, seen[2])
    assert not torch.equal(net.weight, seen[5])


def test_the_average_is_what_is_looked_at_and_kept() -> None:
    net, seen = linear(), []
    average = Average(net, window=0.5, every=1)

    def look(of: nn.Module) -> dict[str, float]:
        seen.append(weight_of(of))
        assert torch.equal(seen[-1], kept[-1])
        return {"loss": -len(seen)}

    kept: list[Tensor] = []

    def note(calls: int, of: nn.Module, _loss: Tensor) -> None:
        assert of.training
        if calls > 1:
            assert not any(torch.equal(weight_of(of), s) for s in seen)

    update = average.update

    def noted(step: int, progress: float) -> None:
        update(step, progress)
        kept.append(average.state_dict()["weight"].clone())

    average.update = noted  # type: ignore[method-assign]
    fit(net, Rows(), Counted(note), Budget(epochs=3), optimiser=adam(net), average=average, looks=Looks(look))
    assert torch.equal(net.weight, seen[-1])
    without = linear()
    fit(
        without, Rows(), Counted(), Budget(epochs=3), optimiser=adam(without),
        average=Average(without, window=0.5, every=1),
    )  # fmt: skip
    assert torch.equal(without.weight, net.weight), "looking changes nothing"


@pytest.mark.parametrize("patience", [1, 2])
def test_patience_ends_after_so_many_looks_without_a_better_figure(patience: int) -> None:
    net, looks = linear(), iter([3.0, 2.0, 2.5, 1.0, 1.5, 1.5, 1.5, 1.5])

    def look(_net: nn.Module) -> dict[str, float]:
        return {"loss": next(looks)}

    history = fit(
        net, Rows(), Counted(), Budget(epochs=8), optimiser=adam(net), looks=Looks(look, patience=patience)
    )
    assert history.ended == "no longer improving"
    assert len(history.moments) == {1: 3, 2: 6}[patience]


def test_looks_that_do_not_choose_keep_the_last_weights() -> None:
    net, plain = linear(), linear()
    history = fit(
        net, Rows(), Counted(), Budget(epochs=3), optimiser=adam(net),
        looks=Looks(lambda of: {"loss": float(len(list(of.parameters())))}, by=None),
    )  # fmt: skip
    fit(plain, Rows(), Counted(), Budget(epochs=3), optimiser=adam(plain))
    assert torch.equal(net.weight, plain.weight)
    assert len(history.moments) == 3


def test_the_number_of_looks_is_bounded() -> None:
    net = linear()
    history = fit(net, Rows(), Counted(), Budget(epochs=50), optimiser=adam(net), looks=Looks(figure, most=5))
    assert [m.step for m in history.moments] == [100, 200, 300, 400, 500]
    assert [m.epoch for m in history.moments] == pytest.approx([10, 20, 30, 40, 50])


# -- stopping


def test_the_flag_ends_at_the_next_step() -> None:
    stop, net = StopFlag(), linear()

    def act(calls: int, _net: nn.Module, _loss: Tensor) -> None:
        if calls == 5:
            stop.set("the user")

    step = Counted(act)
    history = fit(net, Rows(), step, Budget(minutes=10), optimiser=adam(net), looks=Looks(figure), stop=stop)
    assert history.ended == "stopped by the user"
    assert step.calls == 5
    assert history.moments[-1].step == 5


def test_a_flag_set_before_the_first_step() -> None:
    stop, net, step = StopFlag(), linear(), Counted()
    stop.set("the user")
    history = fit(net, Rows(), step, Budget(steps=10), stop=stop, looks=Looks(figure))
    assert (history.ended, step.calls) == ("stopped by the user", 0)


@pytest.mark.parametrize(("number", "why"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_ends_at_the_next_step_and_saves(number: int, why: str, tmp_path: Path) -> None:
    def act(calls: int, _net: nn.Module, _loss: Tensor) -> None:
        if calls == 5:
            os.kill(os.getpid(), number)

    net, step = linear(), Counted(act)
    with listening(StopFlag()) as stop:
        history = fit(net, Rows(), step, Budget(steps=100), stop=stop, checkpoints=Checkpoints(tmp_path))
    assert (history.ended, step.calls) == (f"stopped by {why}", 5)
    state, _ = Checkpoints(tmp_path).load()
    assert state is not None
    assert state["place"]["done"] == 5


def test_a_second_ctrl_c_interrupts() -> None:
    def act(calls: int, _net: nn.Module, _loss: Tensor) -> None:
        if calls >= 5:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    step = Counted(act)
    with pytest.raises(KeyboardInterrupt), listening(StopFlag()) as stop:
        fit(linear(), Rows(), step, Budget(steps=100), stop=stop)
    assert step.calls == 5


# -- going on


@pytest.fixture
def whole(resumable: Any) -> Any:
    return resumable.run(None)


def assert_same(found: Any, whole: Any) -> None:
    assert found.weights.keys() == whole.weights.keys()
    for name, value in whole.weights.items():
        assert torch.equal(found.weights[name], value), name
    assert found.looks == whole.looks
    assert found.history.ended == "complete"


def test_repeated_equals_repeated(resumable: Any, whole: Any) -> None:
    assert whole.steps == 45
    assert_same(resumable.run(None), whole)


@pytest.mark.parametrize("stop_at", [1, 9, 13, 18, 44, 45])
def test_resumed_equals_uninterrupted_to_the_last_bit(
    stop_at: int, resumable: Any, whole: Any, tmp_path: Path
) -> None:
    first = resumable.run(tmp_path, stop_at=stop_at)
    if stop_at < 45:
        assert first.history.ended == "stopped by a test"
    torch.manual_seed(99)
    second = resumable.run(tmp_path)
    assert first.steps + second.steps == 45
    assert_same(second, whole)


def test_interrupted_again_and_again(resumable: Any, whole: Any, tmp_path: Path) -> None:
    steps = 0
    for _ in range(20):
        found = resumable.run(tmp_path, stop_at=3)
        steps += found.steps
        if found.history.ended == "complete":
            break
    assert steps == 45
    assert_same(found, whole)


def test_the_best_weights_from_before_an_interruption_are_kept(tmp_path: Path) -> None:
    seen: list[Tensor] = []

    def look(of: nn.Module) -> dict[str, float]:
        seen.append(weight_of(of))
        return {"loss": float(len(seen))}

    stop = StopFlag()
    for steps in (20, 40):

        def act(calls: int, _net: nn.Module, _loss: Tensor, steps: int = steps) -> None:
            if (calls, steps) == (15, 20):
                stop.set("a test")

        net = linear()
        fit(
            net, Rows(), Counted(act), Budget(steps=steps), optimiser=adam(net), looks=Looks(look),
            stop=stop if steps == 20 else None, checkpoints=Checkpoints(tmp_path),
        )  # fmt: skip
    assert len(seen) == 5
    assert torch.equal(weight_of(net), seen[0])


def test_a_damaged_checkpoint_gives_way_to_the_one_before(resumable: Any, whole: Any, tmp_path: Path) -> None:
    resumable.run(tmp_path, stop_at=20, every=0.0)
    newest = tmp_path / "000000020" / "state.safetensors"
    newest.write_bytes(b"\0" + newest.read_bytes()[1:])
    found = resumable.run(tmp_path)
    assert found.steps == 26
    assert len(found.history.events) == 1
    assert "state.safetensors: is damaged" in found.history.events[0]
    assert_same(found, whole)


def test_a_finished_training_is_not_done_again(resumable: Any, whole: Any, tmp_path: Path) -> None:
    resumable.run(tmp_path)
    again = resumable.run(tmp_path)
    assert again.steps == 0
    assert_same(again, whole)


def test_nor_is_one_that_has_lost_patience(resumable: Any, tmp_path: Path) -> None:
    first = resumable.run(tmp_path, epochs=60, patience=2)
    assert first.history.ended == "no longer improving"
    again = resumable.run(tmp_path, epochs=60, patience=2)
    assert (again.steps, again.history.ended) == (0, "no longer improving")
    assert again.looks == first.looks


def test_killed_and_resumed_equals_uninterrupted(resumable: Any, whole: Any, tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, resumable.__file__, str(tmp_path)])
    while not any(tmp_path.glob("0000000[12]?")):
        assert program.poll() is None
        time.sleep(0.005)
    program.send_signal(signal.SIGKILL)
    assert program.wait() == -signal.SIGKILL
    found = resumable.run(tmp_path)
    assert 20 < found.steps < 40
    assert_same(found, whole)


def test_a_resumed_clock_counts_what_was_used(tmp_path: Path) -> None:
    net, stop = linear(), StopFlag()

    def act(calls: int, _net: nn.Module, _loss: Tensor) -> None:
        time.sleep(0.01)
        if calls == 30:
            stop.set("a test")

    budget = Budget(minutes=1 / 60)
    fit(net, Rows(), Counted(act), budget, stop=stop, checkpoints=Checkpoints(tmp_path))
    began = time.monotonic()
    history = fit(linear(), Rows(), Counted(), budget, checkpoints=Checkpoints(tmp_path))
    assert history.ended == "complete"
    assert 0.3 < time.monotonic() - began < 0.8


# -- mending


def test_a_batch_without_a_finite_loss_is_skipped() -> None:
    net, weights = linear(), []

    def act(calls: int, of: nn.Module, loss: Tensor) -> Tensor | None:
        if calls in (7, 8):
            weights.append(weight_of(of))
        return loss * math.nan if calls == 7 else None

    history = fit(net, Rows(), Counted(act), Budget(steps=400), optimiser=adam(net))
    assert history.events == ("step 6: the loss was nan; the batch was skipped",)
    assert torch.equal(*weights)
    assert error_of(net) < 1e-3


def test_a_gradient_that_is_not_finite_spoils_neither_the_net_nor_the_average() -> None:
    def act(calls: int, of: nn.Module, loss: Tensor) -> Tensor | None:
        return loss + (0 * next(of.parameters())).sum().sqrt() if calls == 24 else None

    net = linear()
    history = fit(
        net, Rows(), Counted(act), Budget(steps=600), optimiser=adam(net), average=Average(net, every=8),
        looks=Looks(figure),
    )  # fmt: skip
    assert "stayed nan; went back to good weights with 0.5 of the rate" in history.events[-1]
    assert len(history.events) == 4
    assert error_of(net) < 1e-2


@pytest.mark.parametrize("at", [7, 195, 200])
def test_where_losses_are_asked_for_late_a_spoilt_net_goes_back(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU, which runs ahead: by then the gradient of the bad batch has been used."""
    begin = Stepping.__post_init__

    def late(stepping: Stepping) -> None:
        begin(stepping)
        stepping.check_every = 16

    monkeypatch.setattr(Stepping, "__post_init__", late)
    net = linear()
    history = fit(
        net, Rows(), Counted(lambda calls, _net, loss: loss * math.nan if calls == at else None),
        Budget(steps=800), optimiser=adam(net), average=Average(net, every=8), looks=Looks(figure),
    )  # fmt: skip
    assert len(history.events) == 1
    assert "went back to good weights with 0.5 of the rate" in history.events[0]
    assert error_of(net) < 1e-2


def test_a_loss_that_is_never_finite_ends_with_the_cause() -> None:
    step = Counted(lambda _calls, _net, loss: loss * math.nan)
    with pytest.raises(TrainingError, match=r"the loss stayed nan at step .*extreme values in the inputs"):
        fit(linear(), Rows(), step, Budget(steps=1000))
    assert step.calls < 30


@pytest.mark.parametrize("rate", [1.5, 3.0])
def test_a_rate_too_high_is_lowered_until_it_learns(rate: float) -> None:
    net = linear()
    history = fit(
        net, Rows(), Counted(), Budget(steps=800), schedule=constant(),
        optimiser=torch.optim.SGD(net.parameters(), lr=rate),
    )  # fmt: skip
    assert any("went back to good weights" in e for e in history.events)
    assert error_of(net) < 1e-3


def test_a_rate_beyond_help_ends_with_the_cause() -> None:
    net = linear()
    with pytest.raises(TrainingError, match="4 times a lower rate did not help"):
        fit(
            net, Rows(), Counted(), Budget(steps=5000), schedule=constant(),
            optimiser=torch.optim.SGD(net.parameters(), lr=1e4),
        )  # fmt: skip


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError])
def test_out_of_memory_halves_the_batch(error: type[Exception]) -> None:
    net, rows = linear(), Rows(size=32)

    def step(of: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        if len(batch[0]) > 8:
            raise error("out of memory")
        wrong: Tensor = of(batch[0]) - batch[1]
        return wrong.square().mean()

    history = fit(net, rows, step, Budget(steps=500), optimiser=adam(net), looks=Looks(figure))
    assert rows.size == 8
    assert history.events == ("step 0: memory ran out; going on with batches of half the size",) * 2
    assert history.moments[0].step > 0
    assert error_of(net) < 1e-3


def test_memory_that_does_not_suffice_for_one() -> None:
    def step(_net: nn.Module, _batch: Any) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")

    with pytest.raises(TrainingError, match=r"step 0: memory ran out; came: CUDA out of.*smaller net"):
        fit(linear(), Rows(), step, Budget(steps=5))


def test_other_errors_are_not_swallowed() -> None:
    def step(net: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return net(batch[0][:, :3]).mean()  # type: ignore[no-any-return]

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit(linear(), Rows(), step, Budget(steps=5))


# -- telling


def test_the_watch_is_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(Silent):
        def __init__(self) -> None:
            self.all: list[Progress] = []

        def progress(self, now: Progress) -> None:
            self.all.append(now)

    def act(_calls: int, _net: nn.Module, _loss: Tensor) -> None:
        time.sleep(0.005)

    net, told = linear(), Told()
    fit(net, Rows(), Counted(act), Budget(steps=100), optimiser=adam(net), looks=Looks(figure), watch=told)
    shares = [p.share for p in told.all]
    assert shares == sorted(shares)
    assert 3 <= len(shares) <= 20
    last = told.all[-1]
    assert (last.share, last.step, last.left) == (1.0, 100, 0.0)
    assert last.epoch == pytest.approx(10)
    assert last.valid["loss"] == pytest.approx(error_of(net))
    assert told.all[0].step == 1 and told.all[0].left > 0
