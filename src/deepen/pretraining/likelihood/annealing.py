"""Log Z of a machine too large to sum over: annealed importance sampling, with what its runs are worth.

Legend: M runs, V visible units, H hidden units, K steps of the path.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.config import whole
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.pretraining.likelihood.partition import exact_log_z, states_to_sum

__all__ = ["LogZ", "anneal", "annealed_log_z", "log_z_of", "path", "summed"]

_SUMMED = 2**16  # states that are summed unasked: a fraction of a second


@dataclass(frozen=True)
class LogZ:
    """An estimate of the logarithm of a partition function.

    Parameters
    ----------
    value, low, high
        In nats, with a 95 % interval: the logarithms of the weights' mean less and plus 1.96 of its standard errors.
    effective
        The effective sample size, ``(sum w)^2 / sum w^2``: how many equally weighted runs these are worth.
    runs
        M; 0 where the value was summed exactly.
    """

    value: float
    low: float
    high: float
    effective: float = 0.0
    runs: int = 0

    def __str__(self) -> str:
        if not self.runs:
            return f"log Z {self.value:.4f}, exactly"
        return (
            f"log Z {self.value:.2f} [{self.low:.2f}, {self.high:.2f}], "
            f"{self.effective:.1f} of {self.runs} runs effective"
        )


def path(steps: int) -> Tensor:
    """Inverse temperatures from 0 to 1, (K + 1,) double: denser towards 1, where a machine freezes.

    A thirtieth of them lead to 0.5, a quarter to 0.9 and the rest on to 1, as of the 14,500 of Salakhutdinov and Murray
    (2008, section 4).

    Examples
    --------
    >>> path(1000)[[0, 34, 310, 1000]].tolist()
    [0.0, 0.5, 0.9, 1.0]
    """
    whole("steps", steps, 3, math.inf)
    first, second = max(1, round(steps * 500 / 14500)), max(1, round(steps * 4000 / 14500))
    legs = (
        torch.linspace(0, 0.5, first + 1, dtype=torch.float64)[:-1],
        torch.linspace(0.5, 0.9, second + 1, dtype=torch.float64)[:-1],
        torch.linspace(0.9, 1.0, steps - first - second + 1, dtype=torch.float64),
    )
    return torch.cat(legs)


def anneal(
    state: Tensor,
    betas: Tensor,
    log_f: Callable[[float, Tensor], Tensor],
    move: Callable[[float, Tensor], Tensor],
) -> Tensor:
    """Go along a path of distributions, and weigh each run by what it met on the way (Neal 2001): (M,) double.

    The mean of the weights' exponentials estimates ``Z(1) / Z(0)``.

    Parameters
    ----------
    state
        M draws from the first distribution.
    betas
        (K + 1,) from 0 to 1.
    log_f
        ``log_f(beta, state)`` is the logarithm of the unnormalised probability: (M,).
    move
        ``move(beta, state)`` draws a next state, leaving the distribution at beta as it is.
    """
    weights = torch.zeros(len(state), dtype=torch.float64, device=state.device)
    places = betas.tolist()
    for before, beta in itertools.pairwise(places):
        weights += (log_f(beta, state) - log_f(before, state)).double()
        state = move(beta, state)
    return weights


def summed(weights: Tensor, log_z0: float) -> LogZ:
    """Make the estimate of the runs' log weights (M,) and the first distribution's own log Z.

    Examples
    --------
    >>> found = summed(torch.tensor([0.0, 0.0]).double(), 2.0)
    >>> found.value, found.effective
    (2.0, 2.0)
    """
    runs = len(weights)
    largest = weights.max()
    w = (weights - largest).exp()
    mean = w.mean()
    spread = (w.std(correction=1) / (mean * math.sqrt(runs))).item() if runs > 1 else math.inf
    value = log_z0 + (largest + mean.log()).item()
    effective = (w.sum().square() / w.square().sum()).item()
    low = value + (math.log1p(-1.96 * spread) if 1.96 * spread < 1 else -math.inf)
    return LogZ(value, low, value + math.log1p(1.96 * spread), effective, runs)


@torch.no_grad()
def annealed_log_z(machine: RestrictedBoltzmannMachine, *, runs: int = 100, steps: int = 10_000) -> LogZ:
    """Estimate log Z of a restricted Boltzmann machine (Salakhutdinov and Murray 2008).

    The path begins at a machine without weights and hidden biases, whose visible biases are its ``base``; random
    numbers are drawn from the device's global generator.

    Parameters
    ----------
    runs, steps
        M and K.

    Raises
    ------
    SettingError
        If there is no run, there are fewer than three steps, or the hidden units have no free energy.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> from deepen.pretraining.likelihood.partition import exact_log_z
    >>> _ = torch.manual_seed(0)
    >>> machine = RestrictedBoltzmannMachine(Units("binary", 6), Units("binary", 4))
    >>> found = annealed_log_z(machine, runs=20, steps=50)
    >>> abs(found.value - exact_log_z(machine)) < 0.01
    True
    """
    whole("runs", runs, 1, math.inf)
    visible, hidden, base = machine.visible, machine.hidden, machine.base
    # What stands in every log f alike, the base measure, falls out of the differences.
    free = hidden.log_partition(torch.zeros_like(machine.c))
    cached: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []

    def parts(v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``v base``, ``v b`` and the hidden input, once for the two temperatures at which a state is weighed."""
        if not cached or cached[0][0] is not v:
            cached[:] = [(v, v @ base, v @ machine.b, machine.hidden_input(v))]
        return cached[0][1:]

    def log_f(beta: float, v: Tensor) -> Tensor:
        first, own, x = parts(v)
        return (1 - beta) * first + beta * own + hidden.log_partition(beta * x)

    def move(beta: float, v: Tensor) -> Tensor:
        h = hidden.sample(beta * parts(v)[2])
        return visible.sample((1 - beta) * base + beta * machine.visible_input(h))

    start = visible.sample(base.expand(runs, -1))
    weights = anneal(start, path(steps), log_f, move)
    return summed(weights, (visible.log_partition(base) + free).item())


def log_z_of(
    machine: RestrictedBoltzmannMachine, *, exact: bool | None = None, runs: int = 100, steps: int = 10_000
) -> LogZ:
    """Give log Z of a machine: summed exactly where one layer is small, else estimated, always by the same draws.

    Parameters
    ----------
    exact
        Whether to sum; by default where a layer has at most 2^16 states.
    runs, steps
        Of annealed importance sampling.

    Raises
    ------
    SettingError
        If it shall be summed and is too large, or the hidden units have no free energy.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> machine = RestrictedBoltzmannMachine(Units("binary", 5), Units("binary", 3))
    >>> log_z_of(machine).runs, log_z_of(machine, exact=False, runs=10, steps=10).runs
    (0, 10)
    """
    if states_to_sum(machine) <= _SUMMED if exact is None else exact:
        value = exact_log_z(machine)
        return LogZ(value, value, value)
    seeds.begin(seeds.derive(0, "annealing"), machine.W.device)
    return annealed_log_z(machine, runs=runs, steps=steps)
