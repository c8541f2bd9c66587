"""A deep autoencoder's first weights: a stack of Boltzmann machines, unrolled (Hinton and Salakhutdinov 2006).

Legend: N rows, D columns, V visible and H hidden units of one machine.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import nn

from deepen.nets.autoencoder import Autoencoder, Dense
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.units import Units
from deepen.pretraining.steps.divergence import Divergence
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.greedy import learn_machine
from deepen.records import History

__all__ = ["pretrain"]


def pretrain(
    run: Run, net: Autoencoder, rows: np.ndarray, how: Divergence, pace: Pace, *, share: float
) -> dict[str, History]:
    """Train a machine for each layer on the features of the one below, and begin encoder and decoder with its weights.

    Parameters
    ----------
    net
        Of dense layers with logistic units between them; the codes are the last machine's Gaussian hidden units.
    rows
        (N, D).
    share
        The part of the time left that all machines together may take, where a clock runs.

    Returns
    -------
    dict
        The history of each, by name.
    """
    assert isinstance(net.encoder, Dense)
    assert isinstance(net.decoder, Dense)
    layers = zip(net.encoder.layers, [*net.decoder.layers][::-1], strict=True)
    ways = [(cast("nn.Linear", up), cast("nn.Linear", down)) for up, down in layers]
    work = np.array([up.weight.numel() for up, _ in ways], dtype=np.float64)  # each layer's grows so
    histories, taken = {}, 0.0
    for at, (up, down) in enumerate(ways):
        visible = net.visible if at == 0 else Units("binary", up.in_features)
        hidden = Units("gaussian" if at == len(ways) - 1 else "binary", up.out_features)
        name = f"layer {at + 1}"
        run.begin("machine", at)
        machine = RestrictedBoltzmannMachine(visible, hidden).to(run.device)
        own = share * work[at] / work.sum()
        histories[name] = learn_machine(run, machine, rows, how, pace, name, share=own / (1 - taken))
        taken += own
        _copy(machine, up, down)
        rows = _features(machine, rows)
    return histories


@torch.no_grad()
def _copy(machine: RestrictedBoltzmannMachine, up: nn.Linear, down: nn.Linear) -> None:
    """The same weights lead up and, transposed, down."""
    up.load_state_dict({"weight": machine.W.t(), "bias": machine.c})
    down.load_state_dict({"weight": machine.W, "bias": machine.b})


@torch.no_grad()
def _features(machine: RestrictedBoltzmannMachine, rows: np.ndarray, block: int = 4096) -> np.ndarray:
    """The hidden units' means: (N, V) to (N, H)."""
    blocks = torch.split(torch.from_numpy(rows), block)
    return torch.cat([machine(v.to(machine.W.device)).cpu() for v in blocks]).numpy()
