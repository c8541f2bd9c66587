import math

import pytest
import torch
from torch import nn

from deepen.errors import TrainingError
from deepen.learning.averages import Average
from deepen.learning.guard import Guard, out_of_memory


def guarded() -> tuple[Guard, nn.Linear, torch.optim.Optimizer, Average]:
    torch.manual_seed(0)
    net = nn.Linear(2, 1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.1)
    average = Average(net, every=1)
    return Guard(net, optimiser, average), net, optimiser, average


def step(net: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    net(torch.ones(1, 2)).square().sum().backward()
    optimiser.step()


def first_bad(losses: list[float]) -> int | None:
    guard = guarded()[0]
    return next((at for at, loss in enumerate(losses) if not guard.good(loss)), None)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_bad(loss: float) -> None:
    guard = guarded()[0]
    assert not guard.good(loss)
    assert guard.good(1.0)
    assert guard.smooth == 1.0


@pytest.mark.parametrize("tail", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("falls", [False, True])
def test_noise_is_not_divergence(falls: bool, tail: float) -> None:
    """Losses of batches of a heavy-tailed target: with tail 2 one may be a hundred times another."""
    g = torch.Generator().manual_seed(0)
    for _ in range(50):
        noise = torch.exp(tail * torch.randn(500, 32, generator=g)).mean(1)
        level = torch.exp(-torch.arange(500) / 100) + 0.1 if falls else torch.ones(500)
        assert first_bad((noise * level).tolist()) is None


def test_losses_about_zero_and_below_are_no_divergence() -> None:
    g = torch.Generator().manual_seed(0)
    assert first_bad((0.1 * torch.randn(500, generator=g)).tolist()) is None
    assert first_bad((torch.randn(500, generator=g) - torch.arange(500)).tolist()) is None


@pytest.mark.parametrize("growth", [1.05, 1.2, 2.0])
@pytest.mark.parametrize("calm", [5, 300])
def test_divergence_is_found(calm: int, growth: float) -> None:
    g = torch.Generator().manual_seed(0)
    noise = (torch.rand(calm, generator=g) + 0.5).tolist()
    rising = [1.0 * growth**n for n in range(200)]
    found = first_bad(noise + rising)
    assert found is not None
    assert found >= calm
    assert rising[found - calm] < 1e12


def test_one_outlier_is_borne() -> None:
    assert first_bad([1.0] * 100 + [1e4] + [1.0] * 100) is None


def test_a_bad_batch_is_skipped_and_too_many_in_a_row_go_back() -> None:
    guard, net, optimiser, average = guarded()
    for n in range(3):
        step(net, optimiser)
        average.update(n + 1, 0.1)
    guard.keep()
    good = net.weight.clone()
    mean = average.state_dict()["weight"].clone()
    adam = optimiser.state_dict()["state"][0]["exp_avg"].clone()
    for rollback in (1, 2):
        step(net, optimiser)
        average.update(4, 0.1)
        for n in range(3):
            guard.failed(n, math.nan)
            assert not torch.equal(net.weight, good)
        guard.failed(3, math.nan)
        assert guard.scale == 0.5**rollback
        assert torch.equal(net.weight, good), "also the second time"
        assert torch.equal(average.state_dict()["weight"], mean)
        assert torch.equal(optimiser.state_dict()["state"][0]["exp_avg"], adam)
    assert sum("was skipped" in e for e in guard.events) == 6
    assert guard.events[-1] == "step 3: the loss stayed nan; went back to good weights with 0.25 of the rate"


def test_a_good_step_between_bad_ones_starts_the_count_anew() -> None:
    guard = guarded()[0]
    guard.keep()
    for n in range(20):
        guard.failed(n, math.nan)
        guard.passed()
    assert guard.scale == 1.0


@pytest.mark.parametrize(("loss", "used"), [(1e6, False), (math.nan, True)])
def test_what_skipping_cannot_mend_goes_back_at_once(loss: float, used: bool) -> None:
    guard = guarded()[0]
    guard.keep()
    guard.failed(7, loss, used=used)
    assert guard.scale == 0.5


def test_weights_that_are_spoilt_are_not_kept() -> None:
    guard, net, _, _ = guarded()
    guard.keep()
    good = net.weight.clone()
    with torch.no_grad():
        net.weight[0, 0] = math.nan
    guard.keep()
    guard.failed(1, 1e9)
    assert torch.equal(net.weight, good)


def test_nor_are_those_after_a_bad_batch() -> None:
    guard, net, optimiser, _ = guarded()
    guard.keep()
    good = net.weight.clone()
    step(net, optimiser)
    guard.failed(1, math.nan)
    guard.keep()
    guard.failed(2, 1e9)
    assert torch.equal(net.weight, good)


def test_it_gives_up_with_the_cause() -> None:
    guard = guarded()[0]
    guard.keep()
    for n in range(4):
        guard.failed(n, 1e9)
    with pytest.raises(TrainingError, match="the loss ran away at step 9, and 4 times a lower rate did not"):
        guard.failed(9, 1e9)


def test_state_round_trip() -> None:
    a, b = guarded()[0], guarded()[0]
    losses = [1.0, 2.0, 1.5] * 10
    assert all(a.good(loss) for loss in losses)
    a.keep()
    a.failed(1, math.nan)
    b.load_state_dict(a.state_dict())
    assert b.state_dict() == a.state_dict()
    assert b.events is not a.events
    for n in range(500):
        loss = 1.02**n
        assert a.good(loss) == b.good(loss)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_out_of_memory(error: Exception, expected: bool) -> None:
    assert out_of_memory(error) == expected


def test_out_of_memory_as_torch_says_it_here() -> None:
    with pytest.raises(RuntimeError) as error:
        torch.empty(1 << 60)
    assert out_of_memory(error.value)


def test_a_loss_that_may_grow_is_bad_only_where_it_is_not_finite() -> None:
    net = nn.Linear(1, 1)
    guard = Guard(net, torch.optim.SGD(net.parameters(), lr=0.1), growing=True)
    assert all(guard.good(1.1**n) for n in range(300))
    assert not guard.good(math.inf)
    assert not guard.good(math.nan)
