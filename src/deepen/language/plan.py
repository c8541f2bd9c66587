"""What fits the clock: how wide the net is, and how to compute; found by measuring here."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from deepen.compute.precision import Precision, unmeasured
from deepen.compute.threads import threads
from deepen.config import Settings
from deepen.learning.plan import timed
from deepen.learning.quickest import quickest
from deepen.nets.language import LanguageLSTM
from deepen.nets.sizes import SIZES, dial, parameters

__all__ = ["LanguagePlan", "NetPlan", "choose", "settings_at"]

# Measured on 1 million characters, 150 seconds of one core: 0.42 million weights that read 17 characters each had
# 2.10 bits a character on the validation part, 1.4 million that read 1.3 each had 2.19. In between lies:
_TOKENS_PER_WEIGHT = 8.0
_MOST_EPOCHS = 60.0  # a text read oftener is known by heart (assumed)
_STRANDS, _LENGTH = 32, 64


class NetPlan(Settings):
    """What builds the net again: see :class:`~deepen.nets.language.LanguageLSTM`."""

    v: int
    width: int
    depth: int = 1
    embedding_d: int | None = None
    dropout: float = 0.0

    def build(self) -> LanguageLSTM:
        """Build it, with weights from PyTorch's global generator."""
        return LanguageLSTM(**vars(self))


class LanguagePlan(Settings):
    """How to train.

    Parameters
    ----------
    width, depth, dropout
        The net's.
    strands, length
        Of a batch.
    rate, decay, clip, warmup, window
        AdamW's peak rate and weight decay; the largest norm of the gradient; the share of the training in which
        the rate rises; the length of the weights' average.
    most_epochs
        More passes than this are never made.
    half, threads
        How to compute: in bfloat16, and on how many threads; 0 leaves them as they are.
    step_seconds
        One step's, as measured; 0 where nothing had to be.
    """

    width: int
    depth: int = 1
    dropout: float = 0.1
    strands: int = _STRANDS
    length: int = _LENGTH
    rate: float = 3e-3
    decay: float = 0.01
    clip: float = 1.0
    warmup: float = 0.05
    window: float = 0.02
    most_epochs: float = _MOST_EPOCHS
    half: bool = False
    threads: int = 0
    step_seconds: float = 0.0

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half)

    def net(self, v: int) -> NetPlan:
        """What builds the net for ``v`` ids."""
        d = min(256, max(32, self.width // 4))  # as much for 66 characters as for 4,096 pieces (assumed)
        return NetPlan(v=v, width=self.width, depth=self.depth, embedding_d=d, dropout=self.dropout)


def settings_at(size: str | float) -> tuple[int, int]:
    """Width and depth at a place of the dial: tiny 64, small 128, medium 256, large 512, huge 1024 x 2.

    One wide layer learned more in as much time than two narrower ones (assumed).
    """
    step = dial(size)
    return 8 * round(8 * 2**step), 1 if step < 4 else 2


def choose(
    v: int,
    tokens: int,
    *,
    seconds: float,
    epochs: float | None,
    device: torch.device,
    size: str | float | None,
    trial: Callable[[LanguagePlan], Callable[[], object]],
) -> LanguagePlan:
    """Choose width and way of computing.

    Parameters
    ----------
    v, tokens
        The vocabulary's size, and how long the training part is.
    seconds
        What the clock leaves for training; infinity for a budget in epochs or steps, where nothing is measured.
    epochs
        How many such a budget allows.
    size
        The user's, if any.
    trial
        Gives one step of a net that is thrown away.
    """
    most = (
        0 if tokens < 20_000 else 2 if tokens < 200_000 else 4
    )  # a wide net learns a short text by heart (assumed)
    if math.isinf(seconds):
        width, depth = settings_at(min(2, most) if size is None else size)
        plan = LanguagePlan(width=width, depth=depth, dropout=_dropout(epochs or 1.0))
        return _with(plan, half=unmeasured(device, plan.net(v).build()).half)
    width, depth = settings_at(min(2, most) if size is None else size)
    first = LanguagePlan(width=width, depth=depth)
    way, count, step = quickest(first.net(v).build(), device, lambda way: trial(_with(first, half=way.half)))
    plan = LanguagePlan(width=width, depth=depth, half=way.half, threads=count, step_seconds=step)
    if size is None:
        plan = _grow(plan, v, seconds, most, device, trial)
    read = _read(plan, seconds)
    return _with(plan, dropout=_dropout(min(read / tokens, plan.most_epochs)))


def _grow(
    plan: LanguagePlan,
    v: int,
    seconds: float,
    most: int,
    device: torch.device,
    trial: Callable[[LanguagePlan], Callable[[], object]],
) -> LanguagePlan:
    """Go up the dial while the clock allows enough tokens for the weights, or down until it does."""

    def enough(found: LanguagePlan) -> bool:
        return _read(found, seconds) >= _TOKENS_PER_WEIGHT * parameters(found.net(v).build())

    def at(place: float) -> LanguagePlan:
        width, depth = settings_at(place)
        new = _with(plan, width=width, depth=depth, rate=3e-3 if width <= 512 else 2e-3)
        with threads(plan.threads or torch.get_num_threads()):
            return _with(new, step_seconds=timed(trial(new), device))

    place = float(min(2, most))
    while not enough(plan) and place > 0:
        place -= 1
        plan = at(place)
    while place < min(most, len(SIZES) - 1):  # half a step is twice the work
        wider = at(place + 0.5)
        if not enough(wider):
            break
        place, plan = place + 0.5, wider
    return plan


def _read(plan: LanguagePlan, seconds: float) -> float:
    """How many tokens the net will read in so many seconds."""
    return seconds / max(plan.step_seconds, 1e-6) * plan.strands * plan.length


def _dropout(epochs: float) -> float:
    """More of it the oftener each token is read (assumed)."""
    return 0.1 if epochs < 8 else 0.25 if epochs < 20 else 0.4


def _with(plan: LanguagePlan, **changes: object) -> LanguagePlan:
    return LanguagePlan.from_dict({**vars(plan), **changes})
