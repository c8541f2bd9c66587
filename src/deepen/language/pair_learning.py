"""The middle stages of a run from text to text: choose what fits the clock, and train the net.

Legend: N items, B items in a batch, S source tokens, T target tokens, V ids that can be said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision, unmeasured
from deepen.compute.threads import threads
from deepen.config import Settings
from deepen.data.batches import Batch, ShuffledBatches
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.plan import step_to_time, timed
from deepen.learning.quickest import quickest
from deepen.learning.schedules import cosine
from deepen.nets.seq2seq import Seq2Seq, shifted
from deepen.nets.sizes import dial
from deepen.records import History
from deepen.shapes import Tokens
from deepen.training.context import Context

__all__ = ["Encoded", "PairNet", "PairPlan", "PairStep", "learn", "log_likelihoods", "make_plan"]

_EPOCHS = 15.0  # passes that a wider net must be allowed (assumed)
_MOST_EPOCHS = 80.0  # assumed
_LOOK = 2_000  # validation items that a look reads
_FOR_THE_REST = 3.0  # seconds for the blend, the intervals and writing the model (assumed)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Sources (N, S) and targets (N, T) as tokens, 0 behind the end."""

    sources: np.ndarray
    targets: np.ndarray


class PairNet(Settings):
    """What builds the net again: see :class:`~deepen.nets.seq2seq.Seq2Seq`."""

    v: int
    longest_source: int
    longest_target: int
    width: int
    depth: int = 1
    dropout: float = 0.2
    extra: int = 0

    def build(self) -> Seq2Seq:
        """Build it, with weights from PyTorch's global generator."""
        return Seq2Seq(
            Tokens(self.v, self.longest_source), Tokens(self.v, self.longest_target), width=self.width,
            depth=self.depth, dropout=self.dropout, copying=True, extra=self.extra,
        )  # fmt: skip


class PairPlan(Settings):
    """How to train.

    Parameters
    ----------
    width, depth, dropout
        The net's.
    batch
        Items in a step.
    rate, decay, clip, warmup, window
        AdamW's peak rate and weight decay; the largest norm of the gradient; the share of the training in which
        the rate rises; the length of the weights' average.
    half, threads
        How to compute: in bfloat16, and on how many threads; 0 leaves them as they are.
    """

    width: int
    depth: int = 1
    dropout: float = 0.2
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.01
    clip: float = 1.0
    warmup: float = 0.05
    window: float = 0.02
    most_epochs: float = _MOST_EPOCHS
    half: bool = False
    threads: int = 0

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half)

    def net(self, v: int, extra: int, longest_source: int, longest_target: int) -> PairNet:
        """What builds the net."""
        return PairNet(
            v=v, extra=extra, longest_source=longest_source, longest_target=longest_target, width=self.width,
            depth=self.depth, dropout=self.dropout,
        )  # fmt: skip


class PairStep:
    """The mean cross-entropy of each target token, while those before it are given."""

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        """Give the loss of one batch."""
        given, wanted = shifted(_trimmed(batch.target))
        logits = net(_trimmed(batch.inputs["source"]), given)
        return F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), ignore_index=0)


def _trimmed(tokens: Tensor) -> Tensor:
    """Cut where the longest ends: (B, T) to the same or shorter."""
    return tokens[:, : max(1, int((tokens > 0).sum(1).max()))].long()


@torch.inference_mode()
def log_likelihoods(
    net: nn.Module,
    found: Encoded,
    *,
    device: torch.device,
    precision: Precision | None = None,
    batch: int = 256,
    stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:
    """Give the log probability of each whole target, its end included: (N,)."""
    logs = np.full(len(found.sources), -math.inf)
    order = np.argsort((found.sources > 0).sum(1), kind="stable")  # like lengths together: less is padding
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        source, target = (torch.from_numpy(a[rows]).to(device) for a in (found.sources, found.targets))
        given, wanted = shifted(_trimmed(target))
        with (precision or Precision()).autocast(device):
            logits = net(_trimmed(source), given)
        each = F.cross_entropy(
            logits.float().flatten(0, 1), wanted.flatten(), ignore_index=0, reduction="none"
        )
        logs[rows] = -each.view(wanted.shape).double().sum(1).cpu().numpy()
        if stop():
            break
    return logs


def make_plan(context: Context, train: Encoded, net: Callable[[PairPlan], PairNet]) -> PairPlan:
    """Choose, or on a resumed run read again, what fits the clock; the first process does it for all."""
    plan = context.planned("plan.json", PairPlan, lambda: _first_plan(context, train, net))
    context.tell(
        f"encoder and decoder of {plan.width} units, batches of {plan.batch}, {plan.precision}"
        + (f", {plan.threads} thread" if plan.threads else "")
    )
    return plan


def _first_plan(context: Context, train: Encoded, net: Callable[[PairPlan], PairNet]) -> PairPlan:
    o = context.options
    said = {name: value for name, value in (("batch", o.batch), ("rate", o.rate)) if value is not None}
    # 1,200 words were hardly learned in 15 passes of 64 a step, and well with 16 (measured).
    batch = 16 if len(train.sources) < 2000 else 32 if len(train.sources) < 8000 else 64
    width = _width(1.0 if o.net_size is None else dial(o.net_size))
    plan = PairPlan.from_dict(
        {"width": width, "batch": batch, "rate": 3e-3 if width <= 128 else 2e-3, **said}
    )
    if math.isinf(context.clock.left):
        plan = _with(plan, half=unmeasured(context.device, net(plan).build()).half)
    else:
        plan = _measured(context, train, net, plan)
    return plan


def _measured(
    context: Context, train: Encoded, net: Callable[[PairPlan], PairNet], plan: PairPlan
) -> PairPlan:
    """Choose the way of computing, and the width that is allowed enough passes."""
    seconds = 0.85 * context.clock.left
    way, count, step = quickest(
        net(plan).build(), context.device, lambda way: _trial(context, train, net, _with(plan, half=way.half))
    )
    plan = _with(plan, half=way.half, threads=count)
    if context.options.net_size is not None:
        return plan

    def epochs(each: float, wanted: PairPlan) -> float:
        return seconds / (each * max(1, len(train.sources) // wanted.batch))

    place = 1.0
    while epochs(step, plan) < _EPOCHS / 2 and place > 0:
        place -= 0.5
        plan = _with(plan, width=_width(place))
        step = _step_seconds(context, train, net, plan)
    most = 2.0 if len(train.sources) < 100_000 else 3.0
    while place < most:
        rate = plan.rate if context.options.rate is not None else 2e-3
        wider = _with(plan, width=_width(place + 0.5), rate=rate)
        step = _step_seconds(context, train, net, wider)
        if epochs(step, wider) < _EPOCHS:
            break
        place, plan = place + 0.5, wider
    return plan


def _step_seconds(
    context: Context, train: Encoded, net: Callable[[PairPlan], PairNet], plan: PairPlan
) -> float:
    with threads(plan.threads or torch.get_num_threads()):
        return timed(_trial(context, train, net, plan), context.device)


def _width(place: float) -> int:
    """Units at a place of the dial: tiny 64, small 128, medium 256; even, as half of them read each way."""
    return 8 * round(8 * 2**place)


def _trial(
    context: Context, train: Encoded, net: Callable[[PairPlan], PairNet], plan: PairPlan
) -> Callable[[], object]:
    built = net(plan).build().to(context.device).train()
    step = PairStep()
    return step_to_time(built, _batches(context, train, plan), step, plan.precision, context.device)


def _batches(context: Context, train: Encoded, plan: PairPlan) -> ShuffledBatches:
    return ShuffledBatches(
        {"source": train.sources}, train.targets, np.arange(len(train.sources)), size=plan.batch,
        seed=seeds.derive(context.options.seed, "batches"), device=context.device, world=context.world,
    )  # fmt: skip


def learn(
    context: Context,
    train: Encoded,
    valid: Encoded,
    plan: PairPlan,
    net_plan: PairNet,
    reserve: Callable[[Seq2Seq], float],
) -> tuple[Seq2Seq, History]:
    """Build the net and train it.

    Parameters
    ----------
    reserve
        Measures the seconds that answering the held-out items will take.
    """
    torch.manual_seed(seeds.derive(context.options.seed, "weights"))
    net = net_plan.build().to(context.device)
    batches = _batches(context, train, plan)
    some = Encoded(valid.sources[:_LOOK], valid.targets[:_LOOK])
    tokens = max(1, int((some.targets > 0).sum()) + len(some.targets))

    def look(now: nn.Module) -> dict[str, float]:
        logs = log_likelihoods(now, some, device=context.device, precision=plan.precision)
        return {"loss": -float(logs.sum()) / tokens}

    history = fit(
        net, batches, PairStep(), _horizon(context, plan, net, batches.steps, reserve),
        optimiser=optimisers.make("adamw", net, rate=plan.rate, decay=plan.decay),
        schedule=cosine(plan.warmup), average=Average(net, window=plan.window), clip=plan.clip,
        precision=plan.precision, stop=context.stop, world=context.world, watch=context.watch,
        looks=Looks(look, by="loss" if len(some.sources) else None),
        checkpoints=None if context.folder is None else Checkpoints(context.folder / "checkpoints"),
    )  # fmt: skip
    return net, history


def _horizon(
    context: Context, plan: PairPlan, net: Seq2Seq, steps: int, reserve: Callable[[Seq2Seq], float]
) -> Horizon:
    """Where the training must end so that everything after it still fits the clock."""
    budget = context.options.budget
    if budget.steps is not None:
        return Horizon(budget.steps, context.clock)
    if budget.epochs is not None:
        return Horizon(max(1, math.ceil(budget.epochs * steps)), context.clock)
    net.eval()
    kept = 1.2 * reserve(net) + _FOR_THE_REST
    net.train()
    most = max(1, math.ceil(plan.most_epochs * steps))
    return Horizon(most, context.clock, reserve=kept, began=context.clock.elapsed)


def _with(plan: PairPlan, **changes: object) -> PairPlan:
    return PairPlan.from_dict({**vars(plan), **changes})
