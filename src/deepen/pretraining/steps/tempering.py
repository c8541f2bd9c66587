"""Chains at several temperatures that change places, so that the cold ones get from one mode to another.

Legend: R temperatures, M chains at each, V visible units, H hidden units.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from deepen.nets.boltzmann import RestrictedBoltzmannMachine

__all__ = ["Tempered"]


class Tempered:
    """Parallel tempering of a restricted Boltzmann machine (Desjardins et al. 2010; Cho, Raiko and Ilin 2010).

    At the inverse temperature beta the machine's energy, but for its units' base measure, is multiplied by beta: at 0
    the units are independent, at 1 it is the machine.

    Parameters
    ----------
    chains
        M.
    temperatures
        R, evenly from 0 to 1.
    """

    def __init__(self, chains: int, temperatures: int) -> None:
        self._chains, self._count = chains, temperatures
        self._v = torch.empty(0)  # (R, M, V), the coldest last
        self._odd = False

    def advance(self, machine: RestrictedBoltzmannMachine, v0: Tensor, steps: int) -> Tensor:
        """Go so many steps, with a change of places after each, and give the coldest chains' states: (M, V).

        Parameters
        ----------
        v0
            (B, V) rows from which the chains begin, the first time.
        """
        if len(self._v) == 0:
            rows = v0.repeat(-(-self._chains // len(v0)), 1)[: self._chains]
            self._v = rows.repeat(self._count, 1, 1)
        self._v = self._v.to(v0.device)  # a checkpoint is read on the CPU
        betas = torch.linspace(0, 1, self._count, device=v0.device)[:, None, None]
        for _ in range(steps):
            h = machine.hidden.sample(betas * self._hidden_input(machine))
            v = machine.visible.sample(betas * machine.visible_input(h.flatten(0, 1)).view_as(self._v))
            self._v = self._swapped(machine, v, h, betas[:, 0, 0])
        return self._v[-1].clone()

    def _hidden_input(self, machine: RestrictedBoltzmannMachine) -> Tensor:
        return machine.hidden_input(self._v.flatten(0, 1)).view(*self._v.shape[:2], -1)

    def _swapped(self, machine: RestrictedBoltzmannMachine, v: Tensor, h: Tensor, betas: Tensor) -> Tensor:
        """Let neighbouring temperatures change states, by Metropolis' rule; even and odd pairs in turn."""
        energy = -(v @ machine.b + h @ machine.c + ((v @ machine.W) * h).sum(dim=-1)).float()  # (R, M)
        first = torch.arange(int(self._odd), self._count - 1, 2, device=v.device)
        self._odd = not self._odd
        gain = (betas[first + 1] - betas[first])[:, None] * (energy[first + 1] - energy[first])  # (pairs, M)
        change = torch.rand_like(gain).log() < gain
        found = v.clone()
        found[first] = torch.where(change[..., None], v[first + 1], v[first])
        found[first + 1] = torch.where(change[..., None], v[first], v[first + 1])
        return found

    def state_dict(self) -> dict[str, Tensor]:
        """The chains' states, and which pairs are next."""
        return {"tempered": self._v, "odd": torch.tensor(self._odd)}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        self._v, self._odd = state["tempered"], bool(state["odd"])
