"""Log Z of a small restricted Boltzmann machine, exactly: the sum over every state of its smaller layer.

Legend: S states, V visible units, H hidden units.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units

__all__ = ["count", "enumerated", "exact_log_z"]

_MOST = 2**22  # states, some seconds' worth (assumed to be bearable)
_BLOCK = 2**14


def exact_log_z(machine: RestrictedBoltzmannMachine) -> float:
    """Sum ``exp(-E(v, h))`` over all joint states, in double precision.

    Only one layer's states are enumerated, since given one the other's units are independent and sum in closed form.

    Raises
    ------
    SettingError
        If both layers have too many states.

    Examples
    --------
    >>> machine = RestrictedBoltzmannMachine(Units("binary", 5), Units("binary", 3))
    >>> with torch.no_grad():
    ...     zeros = [p.zero_() for p in machine.parameters()]
    >>> round(exact_log_z(machine), 4)  # 2^8 states of energy zero
    5.5452
    """
    double = _doubled(machine)
    if count(machine.visible) <= count(machine.hidden):
        return enumerated(machine.visible, lambda v: -double.free_energy(v.to(double.W)))
    return enumerated(machine.hidden, lambda h: -double.free_energy_of_hidden(h.to(double.W)))


def enumerated(units: Units | Joined, log_sum: Callable[[Tensor], Tensor]) -> float:
    """Sum over every state of some units, where all others sum in closed form: the logarithm.

    Parameters
    ----------
    log_sum
        Of some states (S, N) the logarithm of the sum over all other units: (S,).

    Raises
    ------
    SettingError
        If there are too many states.
    """
    if count(units) > _MOST:
        raise SettingError(
            "too large to sum over its states", where="log_z",
            allowed=f"a layer of at most {_MOST.bit_length() - 1} binary units", came=f"{units.n} units",
            mend="Estimate it by annealed importance sampling: log_z(exact=False).",
        )  # fmt: skip
    with torch.no_grad():
        blocks = [log_sum(block) for block in torch.split(units.states(), _BLOCK)]
        return torch.cat(blocks).logsumexp(dim=0).item()


def count(units: Units | Joined) -> float:
    """How many states a layer has; infinity for numbers."""
    found = 1.0
    for part in units.parts:
        found *= {"binary": 2.0 ** min(part.n, 1000), "softmax": float(part.n)}.get(part.kind, float("inf"))
    return found


def _doubled(machine: RestrictedBoltzmannMachine) -> RestrictedBoltzmannMachine:
    """Copy the machine in double precision."""
    with torch.device("meta"):
        copy = RestrictedBoltzmannMachine(machine.visible, machine.hidden)
    copy.load_state_dict({k: v.double() for k, v in machine.state_dict().items()}, assign=True)
    return copy
