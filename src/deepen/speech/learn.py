"""The training of an acoustic model's net: which state each frame is in.

Legend: N frames of all, L of them labelled, S states, c frames to each side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.data.batches import Batch, ShuffledBatches
from deepen.learning import optimisers
from deepen.learning.budget import Budget
from deepen.learning.loop import Looks, fit
from deepen.learning.watch import Watch
from deepen.nets.stack import Stack
from deepen.pretraining.machines.dbn import DBN
from deepen.records import History
from deepen.speech.frames import Frames

__all__ = ["begin_at_random", "log_shares", "pretrained", "teach"]

_BATCH = 128  # frames (assumed)
_DECAY = 1e-4  # (assumed)
_VALID_SHARE = 0.1  # of the labelled recordings, by whose frames the best weights are kept (assumed)
_LEAST_TO_VALIDATE = 50  # labelled recordings; of fewer none is spared (assumed)
_MOST = 400_000  # frames that pretraining sees, evenly taken: more than an hour, 0.7 GB of windows of 11 (assumed)
_AT_ONCE = 8192  # frames evaluated together: 14 MB of windows of 11 of 40 bands


@torch.no_grad()
def begin_at_random(net: Stack, generator: torch.Generator) -> None:
    """Draw the hidden layers' weights evenly, within bounds that keep the spread of units and gradients.

    Glorot and Bengio (2010, equation 16), four times as wide for the logistic function, whose slope is a quarter.
    """
    for layer in net.layers:
        assert isinstance(layer, nn.Linear)
        nn.init.xavier_uniform_(layer.weight, gain=4.0, generator=generator)
        nn.init.zeros_(layer.bias)


def pretrained(
    frames: Frames,
    hidden: Sequence[int],
    classes: int,
    *,
    context: int,
    epochs: float,
    seed: int,
    watch: Watch,
) -> Stack:
    """Give a net that begins as a deep belief net of all the frames: Gaussian units below, binary ones above.

    Parameters
    ----------
    hidden, classes
        Units of each hidden layer, and of the last.
    context
        c.
    epochs
        Passes over the frames for each layer.
    seed, watch
        As of :func:`teach`.

    Raises
    ------
    TrainingError
        If it diverges whatever is done.
    """
    every = -(-len(frames.values) // _MOST)
    at = torch.arange(0, len(frames.values), every, device=frames.values.device)
    belief = DBN(
        tuple(hidden), visible="gaussian", epochs=epochs, random_state=seed, device=frames.values.device.type
    )
    return belief.fit(frames.windows(at, context), watch=watch).to_mlp(classes)


def log_shares(states: Tensor, count: int) -> Tensor:
    """The logarithm of each state's share of frames (L,): (S,); what never was is taken to be once (Laplace)."""
    counts = torch.bincount(states, minlength=count) + 1
    return (counts / counts.sum()).log()


def teach(
    net: nn.Module,
    frames: Frames,
    labelled: Tensor,
    states: Tensor,
    *,
    context: int,
    epochs: float,
    rate: float,
    seed: int,
    watch: Watch,
) -> History:
    """Train a net in place to tell the state of each frame from the frame and those around it.

    Parameters
    ----------
    frames
        Of all recordings.
    labelled, states
        Which recordings have a label; and their frames' states, one recording behind the other: (L,).
    context
        c.
    epochs, rate
        Passes over the labelled frames, and AdamW's peak rate.
    seed
        From which the order follows.
    watch
        Who is told.

    Raises
    ------
    TrainingError
        If it diverges whatever is done.
    """
    device = frames.values.device
    target = torch.zeros(len(frames.values), dtype=torch.long, device=device)
    target[frames.rows(labelled)] = states
    train, valid = _parted(labelled)

    def step(net: nn.Module, batch: Batch) -> Tensor:
        return F.cross_entropy(net(frames.windows(batch.inputs["at"], context)), batch.target)

    @torch.inference_mode()
    def evaluate(net: nn.Module) -> dict[str, float]:
        parts = torch.split(frames.rows(valid), _AT_ONCE)
        found = [
            F.cross_entropy(net(frames.windows(at, context)), target[at], reduction="sum") for at in parts
        ]
        return {"loss": float(torch.stack(found).sum()) / sum(map(len, parts))}

    batches = ShuffledBatches(
        {"at": np.arange(len(target))}, target.cpu().numpy(), frames.rows(train).cpu().numpy(), size=_BATCH,
        seed=seed, device=device,
    )  # fmt: skip
    return fit(
        net, batches, step, Budget(epochs=epochs), optimiser=optimisers.make("adamw", net, rate=rate, decay=_DECAY),
        looks=Looks(evaluate) if len(valid) else None, watch=watch,
    )  # fmt: skip


def _parted(labelled: Tensor) -> tuple[Tensor, Tensor]:
    """Part the labelled recordings into those to learn from and those to look at; the same ones at every alignment."""
    n = round(_VALID_SHARE * len(labelled)) if len(labelled) >= _LEAST_TO_VALIDATE else 0
    order = torch.randperm(len(labelled), generator=seeds.generator(0, "valid"))
    return labelled[order[n:]], labelled[order[:n]]
