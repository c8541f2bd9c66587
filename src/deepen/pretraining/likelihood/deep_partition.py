"""Log Z of a deep Boltzmann machine, exactly and by annealing, every other layer summed over in closed form.

Legend: M runs, S states, L hidden layers, N_l units of layer l. A state x is a list of L + 1 tensors (M, N_l).
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor

from deepen.config import whole
from deepen.errors import SettingError
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Joined
from deepen.pretraining.likelihood.annealing import LogZ, anneal, path, summed

__all__ = ["annealed_deep_log_z", "exact_deep_log_z", "units_to_sum"]

_MOST = 22  # binary units, some seconds' worth (assumed to be bearable)
_BLOCK = 2**14  # states at once


def units_to_sum(net: DeepBoltzmannMachine) -> float:
    """How many binary units the side has, the odd or the even layers, whose states are fewer.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> units_to_sum(DeepBoltzmannMachine(Units("gaussian", 2), [5, 4]))
    5
    """
    return min(_binary_units(net, side) for side in (net.odd, net.even))


def _binary_units(net: DeepBoltzmannMachine, side: tuple[int, ...]) -> float:
    """Of some layers; infinity where units of numbers are among them."""
    units = [net.units[at] for at in side]
    return sum(u.n for u in units) if all(u.kind == "binary" for u in units) else math.inf


def exact_deep_log_z(net: DeepBoltzmannMachine) -> float:
    """Sum ``exp(-E(x))`` over all joint states, in double precision.

    The odd or the even layers' states are enumerated, whichever are fewer.

    Raises
    ------
    SettingError
        If both have too many states.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> net = DeepBoltzmannMachine(Units("binary", 5), [3, 2])
    >>> with torch.no_grad():
    ...     zeros = [p.zero_() for p in net.parameters()]
    >>> round(exact_deep_log_z(net), 4)  # 2^10 states of energy zero
    6.9315
    """
    if units_to_sum(net) > _MOST:
        raise SettingError(
            "too large to sum over its states", where="log_z",
            allowed=f"at most {_MOST} binary units in the odd or in the even layers",
            came=", ".join(str(u.n) for u in net.units),
            mend="Estimate it by annealed importance sampling: log_z(exact=False).",
        )  # fmt: skip
    side = min(net.odd, net.even, key=lambda layers: _binary_units(net, layers))
    units = Joined(tuple(net.units[at] for at in side))
    double = copy.deepcopy(net).double()

    def log_sum(states: Tensor) -> Tensor:
        parts = dict(zip(side, units.split(states.to(double.b[0])), strict=True))
        x = [parts.get(at, states) for at in range(len(double.units))]  # only those of the side are read
        return -double.free_energy(x, side)

    with torch.no_grad():
        blocks = [log_sum(block) for block in torch.split(units.states(), _BLOCK)]
        return torch.cat(blocks).logsumexp(dim=0).item()


@torch.no_grad()
def annealed_deep_log_z(net: DeepBoltzmannMachine, *, runs: int = 100, steps: int = 10_000) -> LogZ:
    """Estimate log Z by annealed importance sampling over the odd layers' states (Salakhutdinov and Hinton 2009, 4).

    The path begins at a machine without weights and hidden biases, whose visible biases are its ``base``; random
    numbers are drawn from the device's global generator.

    Parameters
    ----------
    runs, steps
        M, and how many temperatures.

    Raises
    ------
    SettingError
        If there is no run, or there are fewer than three steps.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> _ = torch.manual_seed(0)
    >>> net = DeepBoltzmannMachine(Units("binary", 6), [4, 3])
    >>> found = annealed_deep_log_z(net, runs=20, steps=50)
    >>> abs(found.value - exact_deep_log_z(net)) < 0.01
    True
    """
    whole("runs", runs, 1, math.inf)
    along = _Path(net)
    start, log_z0 = along.start(runs)
    return summed(anneal(start, path(steps), along.log_f, along.move), log_z0)


class _Path:
    """The machines between: at beta, energies times beta but for ``(1 - beta) base`` of the visible units.

    A run's state is that of the odd layers side by side.
    """

    def __init__(self, net: DeepBoltzmannMachine) -> None:
        self._net = net
        self._odd = Joined(tuple(net.units[at] for at in net.odd))
        self._biases = torch.cat([net.b[at] for at in net.odd])
        self._known: tuple[Tensor, Tensor, dict[int, Tensor]] | None = None

    def start(self, runs: int) -> tuple[Tensor, float]:
        """Draws from the first distribution, and its log Z."""
        odd = self._odd.sample(torch.zeros_like(self._biases).expand(runs, -1))
        log_z = self._odd.log_partition(torch.zeros_like(self._biases))
        for at in self._net.even:
            first = torch.zeros_like(self._net.b[at]) if at else self._net.base
            log_z = log_z + self._net.units[at].log_partition(first)
        return odd, log_z.item()

    def log_f(self, beta: float, odd: Tensor) -> Tensor:
        """The logarithm of the unnormalised probability, the even layers summed over: (M,)."""
        own, inputs = self._of(odd)
        total = beta * own
        for at, x in inputs.items():
            total = total + self._net.units[at].log_partition(self._at(beta, at, x))
        return total

    def move(self, beta: float, odd: Tensor) -> Tensor:
        """Draw the even layers given the odd ones, and these given those."""
        _, inputs = self._of(odd)
        net = self._net
        x = [odd for _ in net.units]  # of which only the even ones' are read
        for at, told in inputs.items():
            x[at] = net.units[at].sample(self._at(beta, at, told))
        drawn = [net.units[at].sample(beta * net.layer_input(x, at)) for at in net.odd]
        return torch.cat(drawn, dim=1)

    def _at(self, beta: float, at: int, x: Tensor) -> Tensor:
        """The input of an even layer at beta."""
        return beta * x if at else (1 - beta) * self._net.base + beta * x

    def _of(self, odd: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        """``sum b x`` of the odd layers and the even ones' inputs, once for both temperatures that weigh a state."""
        if self._known is None or self._known[0] is not odd:
            x = [odd for _ in self._net.units]
            for at, part in zip(self._net.odd, self._odd.split(odd), strict=True):
                x[at] = part
            inputs = {at: self._net.layer_input(x, at) for at in self._net.even}
            self._known = odd, odd @ self._biases, inputs
        return self._known[1:]
