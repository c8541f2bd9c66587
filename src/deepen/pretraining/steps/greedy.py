"""One restricted Boltzmann machine of a stack: begun at its data, and trained on them.

Legend: N rows, V visible units.
"""

from __future__ import annotations

import numpy as np
import torch

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.pretraining.steps.divergence import ContrastiveDivergence, Divergence
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.records import History

__all__ = ["GAUSSIAN_RATE", "learn_machine", "paced"]

GAUSSIAN_RATE = 0.02
"""Of the rate for binary units, since reconstructions have no bound; Hinton (2012, section 13.2) says 0.01 to 0.1."""


def learn_machine(
    run: Run,
    machine: RestrictedBoltzmannMachine,
    rows: np.ndarray,
    how: Divergence,
    pace: Pace,
    name: str,
    *,
    share: float = 1.0,
) -> History:
    """Train a machine in place on rows (N, V), as :meth:`~deepen.pretraining.steps.fitting.Run.learn` does.

    Its visible biases begin at the rows' means. The rate of machines with Gaussian or rectified units is a fiftieth of
    the pace's.

    Parameters
    ----------
    name
        What is trained, such as ``layer 1``.
    share
        The part of the time left that it may take, where a clock runs.
    """
    machine.start(torch.from_numpy(rows.mean(axis=0, dtype=np.float64)))
    pace = paced(pace, {part.kind for part in machine.visible.parts} | {machine.hidden.kind})
    step = ContrastiveDivergence(how, machine)
    return run.learn(machine, step, run.batches(rows, pace, name), pace, name, share=share)


def paced(pace: Pace, kinds: set[str]) -> Pace:
    """Lower the rate, which is that of binary units, where there are units of numbers.

    Examples
    --------
    >>> paced(Pace(rate=0.05), {"gaussian", "binary"}).rate
    0.001
    """
    if not kinds & {"gaussian", "rectified"}:
        return pace
    return Pace.from_dict({**pace.to_dict(), "rate": pace.rate * GAUSSIAN_RATE})
