"""Log Z of a small restricted Boltzmann machine, exactly: the sum over every state of its smaller layer.

Legend: S states, V visible units, H hidden units.
"""

from __future__ import annotations

import torch

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Joined, Units

__all__ = ["exact_log_z", "states_to_sum"]

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
    visible = _count(machine.visible) < _count(machine.hidden)
    if states_to_sum(machine) > _MOST:
        raise SettingError(
            "too large to sum over its states", where="log_z",
            allowed=f"a layer of at most {_MOST.bit_length() - 1} binary units",
            came=f"{machine.visible.n} visible and {machine.hidden.n} hidden units",
            mend="Estimate it by annealed importance sampling: log_z(exact=False).",
        )  # fmt: skip
    double = _doubled(machine)
    of_states = double.free_energy if visible else double.free_energy_of_hidden
    states = (machine.visible if visible else machine.hidden).states()
    with torch.no_grad():
        blocks = [-of_states(block.to(double.W)) for block in torch.split(states, _BLOCK)]
        return torch.cat(blocks).logsumexp(dim=0).item()


def states_to_sum(machine: RestrictedBoltzmannMachine) -> float:
    """How many states the layer has that has fewer of them.

    Examples
    --------
    >>> states_to_sum(RestrictedBoltzmannMachine(Units("binary", 5), Units("binary", 3)))
    8.0
    """
    return min(_count(machine.visible), _count(machine.hidden))


def _count(units: Units | Joined) -> float:
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
