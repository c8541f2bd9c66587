"""The middle stages of a run: choose what fits the clock, and train the net.

Legend: B strands, T tokens of a window, V ids.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.evidence.likelihood import likelihood
from deepen.language.batches import Window, Windows
from deepen.language.corpus import Corpus
from deepen.language.plan import LanguagePlan, choose
from deepen.language.scoring import log_probabilities, widths
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.plan import step_to_time
from deepen.learning.schedules import triangle
from deepen.nets.lstm_layers import State
from deepen.records import History
from deepen.training.context import Context

__all__ = ["LanguageStep", "learn", "make_plan"]

_LOOK = 20_000  # tokens of the validation part that a look reads
_FOR_THE_REST = 4.0  # seconds for the blend, the intervals, a sample and writing the model (assumed)


class LanguageStep:
    """Reads a window on from where the last one ended, and gives the mean cross-entropy.

    The gradient ends at the window's beginning (truncated backpropagation through time, Williams and Peng 1990);
    what the net remembers does not.
    """

    def __init__(self) -> None:
        self._state: State | None = None

    def __call__(self, net: nn.Module, window: Window) -> Tensor:
        """Give the loss of one window."""
        state = None if window.fresh else self._state
        if state is not None and state[0].shape[1] != len(window.ids):
            state = None  # the batch was halved
        logits, (h, c) = net(window.ids, state)
        # A step whose loss is not finite is skipped; what it left in the memory must not spoil those after it.
        self._state = (h.detach().nan_to_num(0, 0, 0), c.detach().nan_to_num(0, 0, 0))
        return F.cross_entropy(logits.float().flatten(0, 1), window.following.flatten())

    def state_dict(self) -> dict[str, Any]:
        """What is remembered."""
        return {} if self._state is None else {"h": self._state[0], "c": self._state[1]}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        self._state = (state["h"], state["c"]) if state else None


def make_plan(context: Context, corpus: Corpus) -> LanguagePlan:
    """Choose, or on a resumed run read again, what fits the clock; the first process does it for all."""
    plan = context.planned("plan.json", LanguagePlan, lambda: _first_plan(context, corpus))
    layers = "a layer" if plan.depth == 1 else f"{plan.depth} layers"
    context.tell(
        f"{layers} of {plan.width} units, {plan.strands} strands of {plan.length} {corpus.tokeniser.unit}, "
        f"{plan.precision}" + (f", {plan.threads} thread" if plan.threads else "")
    )
    return plan


def _first_plan(context: Context, corpus: Corpus) -> LanguagePlan:
    o = context.options
    plan = choose(
        corpus.tokeniser.size, len(corpus.train), seconds=0.9 * context.clock.left, epochs=o.epochs,
        device=context.device, size=o.net_size, trial=lambda plan: _trial(context, corpus, plan),
    )  # fmt: skip
    said = {name: value for name, value in (("strands", o.batch), ("rate", o.rate)) if value is not None}
    return LanguagePlan.from_dict({**vars(plan), **said})


def _trial(context: Context, corpus: Corpus, plan: LanguagePlan) -> Callable[[], object]:
    net = plan.net(corpus.tokeniser.size).build().to(context.device).train()
    return step_to_time(net, _windows(context, corpus, plan), LanguageStep(), plan.precision, context.device)


def _windows(context: Context, corpus: Corpus, plan: LanguagePlan) -> Windows:
    return Windows(
        corpus.ids[corpus.train.first : corpus.train.last], strands=plan.strands, length=plan.length,
        seed=seeds.derive(context.options.seed, "windows"), device=context.device, world=context.world,
    )  # fmt: skip


def learn(context: Context, corpus: Corpus, plan: LanguagePlan) -> tuple[nn.Module, History]:
    """Build the net and train it."""
    torch.manual_seed(seeds.derive(context.options.seed, "weights"))
    net = plan.net(corpus.tokeniser.size).build().to(context.device)
    windows = _windows(context, corpus, plan)
    look = _Look(context, corpus, plan)
    history = fit(
        net, windows, LanguageStep(), _horizon(context, corpus, plan, net, windows, look),
        optimiser=optimisers.make("adamw", net, rate=plan.rate, decay=plan.decay),
        schedule=triangle(plan.warmup), average=Average(net, window=plan.window), clip=plan.clip,
        precision=plan.precision, stop=context.stop, world=context.world, watch=context.watch, looks=Looks(look),
        checkpoints=None if context.folder is None else Checkpoints(context.folder / "checkpoints"),
    )  # fmt: skip
    return net, history


class _Look:
    """The look at the validation part: the loss for each token, and bits for each character."""

    def __init__(self, context: Context, corpus: Corpus, plan: LanguagePlan) -> None:
        self._context, self._corpus, self._precision = context, corpus, plan.precision
        self._characters, self._octets, self._more = widths(corpus.tokeniser)
        self.tokens = min(_LOOK, len(corpus.valid))

    def __call__(self, net: nn.Module) -> dict[str, float]:
        first = self._corpus.valid.first
        logs = log_probabilities(
            net, self._corpus.ids, first, first + self.tokens, device=self._context.device, precision=self._precision
        )  # fmt: skip
        own = self._corpus.ids[first : first + self.tokens].astype(np.int64)
        bits = self._more[own] - logs / math.log(2)
        found = likelihood(bits, self._characters[own], self._octets[own]).headline
        return {"loss": float(-logs.mean()), "score": found.value, "low": found.low, "high": found.high}


def _horizon(
    context: Context, corpus: Corpus, plan: LanguagePlan, net: nn.Module, windows: Windows, look: _Look
) -> Horizon:
    """Where the training must end so that everything after it still fits the clock."""
    budget = context.options.budget
    if budget.steps is not None:
        return Horizon(budget.steps, context.clock)
    if budget.epochs is not None:
        return Horizon(max(1, math.ceil(budget.epochs * windows.steps)), context.clock)
    net.eval()
    began = time.perf_counter()
    look(net)
    each = (time.perf_counter() - began) / max(1, look.tokens)
    net.train()
    reserve = 1.2 * each * (len(corpus.valid) + len(corpus.test)) + _FOR_THE_REST
    most = max(1, math.ceil(plan.most_epochs * windows.steps))
    return Horizon(most, context.clock, reserve=reserve, began=context.clock.elapsed)
