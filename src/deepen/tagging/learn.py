"""The middle stages of a run that tags: choose what fits the clock, and train the net.

Legend: N rows, P pieces, B pieces in a batch, T steps, K tags.
"""

from __future__ import annotations

import math
from collections.abc import Callable

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
from deepen.nets.sizes import dial
from deepen.nets.tagger import Tagging
from deepen.records import History
from deepen.shapes import Sequence, Tokens
from deepen.tagging.inputs import Encoded
from deepen.tagging.lexicon import Spelled
from deepen.training.context import Context

__all__ = ["TagNet", "TagPlan", "TagStep", "learn", "make_plan", "scores_of"]

_EPOCHS = 15.0  # passes that a wider net must be allowed (assumed)
_LOOK = 2_000  # validation pieces that a look reads
_FOR_THE_REST = 4.0  # seconds for the blend, the chain, the intervals and writing the model (assumed)


class TagNet(Settings):
    """What builds the net again: see :class:`~deepen.nets.tagger.Tagging`; ``v`` is 0 where steps of numbers come."""

    v: int
    channels: int
    longest: int
    outputs: int
    buckets: int
    rare: int
    width: int
    depth: int
    dropout: float
    embedding_d: int = 64

    def build(self) -> Tagging:
        """Build it, with weights from PyTorch's global generator."""
        shape = Tokens(self.v, self.longest) if self.v else Sequence(self.channels, self.longest, ragged=True)
        return Tagging(
            shape, self.outputs, width=self.width, depth=self.depth, buckets=self.buckets, rare=self.rare,
            embedding_d=self.embedding_d, dropout=self.dropout,
        )  # fmt: skip


class TagPlan(Settings):
    """How to train.

    Parameters
    ----------
    width, depth, dropout
        The net's.
    batch
        Pieces in a step.
    rate, decay, clip, warmup, window
        AdamW's peak rate and weight decay; the largest norm of the gradient; the share of the training in which
        the rate rises; the length of the weights' average.
    most_epochs
        More passes than this are never made.
    half, threads
        How to compute: in bfloat16, and on how many threads; 0 leaves them as they are.
    """

    width: int
    depth: int = 1
    dropout: float = 0.3
    batch: int = 32
    rate: float = 3e-3
    decay: float = 0.01
    clip: float = 1.0
    warmup: float = 0.05
    window: float = 0.02
    most_epochs: float = 30.0
    half: bool = False
    threads: int = 0

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half)


class TagStep:
    """The mean cross-entropy of the tags that are to be answered.

    Parameters
    ----------
    spelled
        The tokens by their places; None for steps of numbers.
    """

    def __init__(self, spelled: Spelled | None) -> None:
        self.spelled = spelled

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        """Give the loss of one batch."""
        x = _trimmed(batch.inputs["x"])
        logits = _logits(net, x, self.spelled)
        target = batch.target[:, : logits.shape[1]]
        return F.cross_entropy(logits.float().flatten(0, 1), target.flatten(), ignore_index=-1)


def _trimmed(x: Tensor) -> Tensor:
    """Cut where the longest ends: (B, T) or (B, T, C') to the same or shorter."""
    own = x > 0 if x.ndim == 2 else x[..., -1] > 0.5
    return x[:, : max(1, int(own.sum(1).max()))]


def _logits(net: nn.Module, x: Tensor, spelled: Spelled | None) -> Tensor:
    """The net's scores: (B, T, K)."""
    out: Tensor = net(x) if spelled is None else net(*spelled.read(x.long()))
    return out


@torch.inference_mode()
def scores_of(
    net: nn.Module,
    found: Encoded,
    outputs: int,
    *,
    device: torch.device,
    precision: Precision | None = None,
    batch: int = 64,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[np.ndarray]:
    """Give the scores of each element's tags, for each row: (T, K) float32."""
    lengths = np.zeros(found.rows, np.int64)
    np.maximum.at(lengths, found.pieces.row, found.pieces.end)
    answers = [np.zeros((int(n), outputs), np.float32) for n in lengths]
    spelled = None if found.spelled is None else found.spelled.to(device)
    order = np.argsort(found.pieces.lengths, kind="stable")  # like lengths together: less is padding
    for first in range(0, len(order), batch):
        if stop():
            break
        some = order[first : first + batch]
        x = _trimmed(torch.from_numpy(found.x[some]).to(device))
        with (precision or Precision()).autocast(device):
            logits = _logits(net, x, spelled)
        for at, values in zip(some.tolist(), logits.float().cpu().numpy(), strict=True):
            found.pieces.gather(at, values, answers)
        progress(min(first + batch, len(order)), len(order))
    return answers


def make_plan(context: Context, train: Encoded, net: Callable[[TagPlan], TagNet]) -> TagPlan:
    """Choose, or on a resumed run read again, what fits the clock; the first process does it for all."""
    plan = context.planned("plan.json", TagPlan, lambda: _first_plan(context, train, net))
    context.tell(
        f"LSTM of {plan.width} units each way, batches of {plan.batch}, {plan.precision}"
        + (f", {plan.threads} thread" if plan.threads else "")
    )
    return plan


def _first_plan(context: Context, train: Encoded, net: Callable[[TagPlan], TagNet]) -> TagPlan:
    o, count = context.options, len(train.pieces)
    place = 1.0 if o.net_size is None else dial(o.net_size)
    said = {name: value for name, value in (("batch", o.batch), ("rate", o.rate)) if value is not None}
    # Few rows need many steps more than quiet ones (assumed, as for pairs of texts).
    batch = 8 if count < 500 else 16 if count < 2000 else 32
    plan = TagPlan.from_dict({**_at(place), "batch": batch, **_by_kind(train), **said})
    if math.isinf(context.clock.left):
        plan = _with(plan, half=unmeasured(context.device, net(plan).build()).half)
    else:
        plan = _measured(context, train, net, plan)
    return plan


def _by_kind(train: Encoded) -> dict[str, float]:
    """Words are known by heart after a few passes: 3 were best of 6, of 12 and of 24 (measured); steps never are."""
    return {"dropout": 0.3, "most_epochs": 12.0} if train.spelled else {"dropout": 0.1, "most_epochs": 40.0}


def _at(place: float) -> dict[str, int]:
    """Units and layers at a place of the dial: tiny 32, small 64, medium 128, large 256 in two layers."""
    return {"width": 4 * round(8 * 2**place), "depth": 1 if place < 3 else 2}


def _measured(context: Context, train: Encoded, net: Callable[[TagPlan], TagNet], plan: TagPlan) -> TagPlan:
    """Choose the way of computing, and the width that is allowed enough passes."""
    seconds = 0.85 * context.clock.left
    way, count, step = quickest(
        net(plan).build(), context.device, lambda way: _trial(context, train, net, _with(plan, half=way.half))
    )
    plan = _with(plan, half=way.half, threads=count)
    if context.options.net_size is not None:
        return plan

    def epochs(each: float) -> float:
        return seconds / (each * max(1, len(train.pieces) // plan.batch))

    def measured(other: TagPlan) -> float:
        with threads(other.threads or torch.get_num_threads()):
            return timed(_trial(context, train, net, other), context.device)

    place = 1.0
    while epochs(step) < _EPOCHS / 2 and place > 0:
        place -= 0.5
        plan = _with(plan, **_at(place))
        step = measured(plan)
    elements = int((train.target >= 0).sum())
    most = (
        1.0 if elements < 20_000 else 2.0 if elements < 200_000 else 3.0
    )  # few are learned by heart (assumed)
    while place < most:
        wider = _with(plan, **_at(place + 0.5))
        step = measured(wider)
        if epochs(step) < _EPOCHS:
            break
        place, plan = place + 0.5, wider
    return plan


def _trial(
    context: Context, train: Encoded, net: Callable[[TagPlan], TagNet], plan: TagPlan
) -> Callable[[], object]:
    built = net(plan).build().to(context.device).train()
    step = _step(context, train)
    return step_to_time(built, _batches(context, train, plan), step, plan.precision, context.device)


def _step(context: Context, train: Encoded) -> TagStep:
    return TagStep(None if train.spelled is None else train.spelled.to(context.device))


def _batches(context: Context, train: Encoded, plan: TagPlan) -> ShuffledBatches:
    return ShuffledBatches(
        {"x": train.x}, train.target, np.arange(len(train.pieces)), size=plan.batch,
        seed=seeds.derive(context.options.seed, "batches"), device=context.device, world=context.world,
        lengths=train.pieces.lengths,
    )  # fmt: skip


def learn(
    context: Context, train: Encoded, valid: Encoded, plan: TagPlan, net_plan: TagNet, held: int
) -> tuple[Tagging, History]:
    """Build the net and train it.

    Parameters
    ----------
    held
        How many validation and test pieces will be answered at the end.
    """
    torch.manual_seed(seeds.derive(context.options.seed, "weights"))
    net = net_plan.build().to(context.device)
    batches = _batches(context, train, plan)
    order = seeds.numpy_generator(context.options.seed, "looks").permutation(len(valid.pieces))[:_LOOK]
    watched = _Looked(valid, order, _step(context, valid), plan, context.device)
    history = fit(
        net, batches, _step(context, train), _horizon(context, plan, net, batches.steps, watched, held),
        optimiser=optimisers.make("adamw", net, rate=plan.rate, decay=plan.decay),
        schedule=cosine(plan.warmup), average=Average(net, window=plan.window), clip=plan.clip,
        precision=plan.precision, stop=context.stop, world=context.world, watch=context.watch,
        looks=Looks(watched, by="loss"),
        checkpoints=None if context.folder is None else Checkpoints(context.folder / "checkpoints"),
    )  # fmt: skip
    return net, history


class _Looked:
    """What a look at the validation part sees: the loss, and the accuracy with its interval."""

    def __init__(
        self, valid: Encoded, pieces: np.ndarray, step: TagStep, plan: TagPlan, device: torch.device
    ) -> None:
        self.valid, self.step, self.plan, self.device = valid, step, plan, device
        self.pieces = pieces[np.argsort(valid.pieces.lengths[pieces], kind="stable")]

    @torch.inference_mode()
    def __call__(self, net: nn.Module) -> dict[str, float]:
        losses, hits, counts = 0.0, [], []
        for first in range(0, len(self.pieces), 64):
            some = self.pieces[first : first + 64]
            x = _trimmed(torch.from_numpy(self.valid.x[some]).to(self.device))
            with self.plan.precision.autocast(self.device):
                logits = _logits(net, x, self.step.spelled).float()
            target = torch.from_numpy(self.valid.target[some]).to(self.device)[:, : logits.shape[1]]
            losses += float(
                F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-1, reduction="sum")
            )
            hits.append(((logits.argmax(2) == target) & (target >= 0)).sum(1))
            counts.append((target >= 0).sum(1))
        hit, count = (torch.cat(each).double() for each in (hits, counts))
        n = max(1.0, float(count.sum()))
        share = float(hit.sum()) / n
        # The spread of a ratio of sums over pieces, whose elements are not independent (Cochran 1977, equation 6.13).
        spread = 1.96 * float((hit - share * count).square().sum().sqrt()) / n
        return {
            "loss": losses / n,
            "score": share,
            "low": max(0.0, share - spread),
            "high": min(1.0, share + spread),
        }


def _horizon(context: Context, plan: TagPlan, net: Tagging, steps: int, look: _Looked, held: int) -> Horizon:
    """Where the training must end so that everything after it still fits the clock."""
    budget = context.options.budget
    if budget.steps is not None:
        return Horizon(budget.steps, context.clock)
    if budget.epochs is not None:
        return Horizon(max(1, math.ceil(budget.epochs * steps)), context.clock)
    net.eval()
    before = context.clock.elapsed
    look(net)
    net.train()
    kept = 2.0 * (context.clock.elapsed - before) * held / max(1, len(look.pieces)) + _FOR_THE_REST
    most = max(1, math.ceil(plan.most_epochs * steps))
    return Horizon(most, context.clock, reserve=kept, began=context.clock.elapsed)


def _with(plan: TagPlan, **changes: object) -> TagPlan:
    return TagPlan.from_dict({**vars(plan), **changes})
