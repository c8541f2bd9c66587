"""The middle of a run: candidates tried inside the clock, and the best one trained to the end.

Legend: n origins, B examples in a batch, M members, H steps ahead, C targets, Q quantiles, D numbers of the trunk.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.folders import read_json, write_json
from deepen.compute.threads import threads, threads_that_pay
from deepen.evidence import conformal
from deepen.evidence.autoregression import Autoregression
from deepen.forecasting.choice import Choice, candidates
from deepen.forecasting.parts import Parts
from deepen.forecasting.simple import FEW, LEVELS, Simple
from deepen.forecasting.windows import Stage, WindowBatches, Windows
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.schedules import cosine
from deepen.nets.forecaster import ForecastNetSettings, QuantileNet
from deepen.nets.sizes import parameters
from deepen.records import History
from deepen.training.context import Context

__all__ = ["PinballStep", "answers", "learn"]

_MOST_LOOKED = 1500  # validation windows of one look, evenly taken, so that looking stays cheap (assumed)
_TRIALS = 0.3  # the share of the time in which the candidates are tried (assumed)
_SMALL_WORK = 5e7  # multiplications in a step below which one thread does as well as two (assumed)
_FOR_THE_REST = 1.0  # seconds to write the model and the card (assumed)


class PinballStep:
    """Brings a batch of windows to the net and gives the pinball loss, over what is known of what came."""

    def __init__(self, levels: Sequence[float], device: torch.device) -> None:
        self._levels = torch.tensor(levels, device=device)

    def __call__(self, net: nn.Module, stage: Stage) -> Tensor:
        """Give the loss: the mean over members too, so that each learns for itself."""
        quantiles: Tensor = net(**stage.inputs)  # (B, M, H, C, Q)
        return pinball(stage.target[:, None], quantiles, self._levels)


def pinball(target: Tensor, quantiles: Tensor, levels: Tensor) -> Tensor:
    """Give the mean pinball loss of quantiles (..., Q) for targets (...), NaN where unknown."""
    known = ~target.isnan()
    error = torch.where(known, target, 0.0)[..., None] - quantiles
    loss = torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)
    weights = known.expand(loss.shape).to(loss.dtype)
    total: Tensor = (loss * weights).sum() / weights.sum().clamp_min(1)
    return total


@torch.inference_mode()
def answers(net: nn.Module, windows: Windows, origins: np.ndarray, *, size: int = 256) -> np.ndarray:
    """Forecast from origins with a net in evaluation mode: (n, H, C, Q), the mean of the members' quantiles."""
    found = [
        net(**windows.cut(torch.from_numpy(origins[at : at + size]).to(windows.device)).inputs)
        .mean(dim=1)
        .cpu()
        for at in range(0, len(origins), size)
    ]
    return torch.cat(found).numpy().astype(np.float64)


_STARTS = {"last": "naive", "season": "seasonal naive"}  # the forecast that a net's base amounts to


def learn(
    context: Context,
    windows: Windows,
    parts: Parts,
    simple: Simple,
    truth: np.ndarray,
    common: Mapping[str, Any],
) -> tuple[QuantileNet, History, Choice, np.ndarray]:
    """Choose, train, and calibrate on the validation part.

    Returns
    -------
    net, history, choice, factors
        The factors (C, Q) by which quantiles are moved, see :mod:`deepen.evidence.conformal`.
    """
    work = _Work(context, windows, parts, simple, truth)
    found = candidates(common, len(parts.train), season=windows.season or 1)
    with work.threads(found[1]):
        known: Choice | None = context.world.tell(work.known_choice())
        choice = known or work.choose(found)
        work.keep(choice)
        net, history = work.last_fit(choice)
        factors = work.factors(net) if choice.factors is None else np.array(choice.factors)
    return net, history, choice, factors


@dataclass(eq=False)
class _Work:
    context: Context
    windows: Windows
    parts: Parts
    simple: Simple
    truth: np.ndarray

    def __post_init__(self) -> None:
        some = np.linspace(0, len(self.parts.valid) - 1, min(len(self.parts.valid), _MOST_LOOKED)).astype(
            np.int64
        )
        self.looked = self.parts.valid[some]
        self._levels = torch.tensor(LEVELS)
        self._came = torch.from_numpy(self._ahead(self.looked))

    def _ahead(self, origins: np.ndarray) -> np.ndarray:
        return np.asarray(self.truth[origins[:, None] + np.arange(self.windows.horizon)])

    def threads(self, choice: Choice) -> contextlib.AbstractContextManager[object]:
        """Compute with as many threads as pay, on a step of a net that is thrown away."""
        if self.context.options.budget.minutes is None:
            # Other threads round otherwise, and a run in epochs must be the same each time: nothing is timed.
            work = parameters(QuantileNet(choice.net)) * choice.batch * choice.net.targets
            return threads(1) if work < _SMALL_WORK else contextlib.nullcontext()
        net, step = QuantileNet(choice.net).to(self.windows.device), PinballStep(LEVELS, self.windows.device)
        some = self.windows.cut(torch.from_numpy(self.parts.train[: choice.batch]).to(self.windows.device))
        # The first optimiser of a process takes seconds to make: they are no candidate's fault either.
        optimiser = optimisers.make("adamw", net, rate=0.0, decay=0.0)

        def one() -> None:
            step(net, some).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

        return threads_that_pay(one, self.windows.device)

    # -- choosing

    def known_choice(self) -> Choice | None:
        """The choice of the run that is being resumed."""
        kept = self._kept()
        return Choice.from_dict(read_json(kept)) if kept is not None and kept.is_file() else None

    def keep(self, choice: Choice) -> None:
        kept = self._kept()
        if kept is not None and self.context.world.first:
            write_json(kept, choice.to_dict())

    def _kept(self) -> Any:
        return None if self.context.folder is None else self.context.folder / "plan.json"

    def choose(self, found: list[Choice]) -> Choice:
        """Try each candidate for an equal time, and take the best on the validation part."""
        context = self.context
        few = len(self.parts.train) < FEW
        left = _TRIALS * context.clock.left / len(found)
        tried: list[tuple[float, Choice, QuantileNet]] = []
        for choice in found:
            context.watch.stage(f"trying {choice.name}")
            context.stop.check("trying candidates")
            net, history = self._trial(choice, left)
            best = min(history.moments, key=lambda m: m.valid["loss"], default=None)
            loss = math.inf if best is None else best.valid["loss"]
            steps = best.step if few and best is not None else None
            tried.append((loss, replace(choice, steps=steps, again=few), net))
        loss, choice, net = min(tried, key=lambda t: t[0])
        factors = tuple(map(tuple, self.factors(net).tolist())) if few else None
        trials = {c.name: round(one, 4) for one, c, _ in tried if math.isfinite(one)}
        listed = "; ".join(f"{name} {one:.4f}" for name, one in trials.items())
        context.tell(f"chosen by pinball loss on the validation part: {choice.name} (tried: {listed})")
        return replace(choice, factors=factors, trials=trials)

    def _trial(self, choice: Choice, seconds: float) -> tuple[QuantileNet, History]:
        batches = self._batches(choice, self.parts.train, "trial")
        steps = _most_steps(len(self.parts.train), batches.steps)
        budget = self.context.options.budget
        if budget.minutes is None:
            steps, seconds = min(steps, max(1, self._all_steps(batches) // 3)), math.inf
        net = self._net(choice, self.simple)
        self._look(net.eval())  # the first answers of a process are slow, and no candidate's fault
        return net, self._fit(net, choice, batches, Horizon(steps, Clock(max(0.05, seconds))), by="loss")

    # -- training

    def last_fit(self, choice: Choice) -> tuple[QuantileNet, History]:
        """Train the chosen candidate to the end."""
        context, budget = self.context, self.context.options.budget
        rows = np.concatenate([self.parts.train, self.parts.valid]) if choice.again else self.parts.train
        batches = self._batches(choice, rows, "batches")
        net = self._net(choice, self.simple.again(self.parts) if choice.again else self.simple)
        steps = _most_steps(len(rows), batches.steps) if choice.steps is None else choice.steps
        context.watch.stage("training")
        if budget.minutes is None:
            # So many steps were asked for; where the trial says that fewer are better, fewer are made.
            horizon = Horizon(min(steps, self._all_steps(batches)), context.clock)
        else:
            horizon = Horizon(steps, context.clock, reserve=self._reserve(net), began=context.clock.elapsed)
        checkpoints = None if context.folder is None else Checkpoints(context.folder / "checkpoints")
        by = None if choice.again else "loss"
        return net, self._fit(net, choice, batches, horizon, by=by, checkpoints=checkpoints)

    def _all_steps(self, batches: WindowBatches) -> int:
        budget = self.context.options.budget
        if budget.steps is not None:
            return budget.steps
        return max(1, math.ceil((budget.epochs or 0) * batches.steps))

    def _reserve(self, net: QuantileNet) -> float:
        """Find the seconds that scoring will take, from a few windows."""
        some = self.parts.test[:256]
        clock = Clock()
        answers(net.eval(), self.windows, some)
        each = clock.elapsed / max(1, len(some))
        # Six forecasts are scored beside the net, each about as long as the net's own answers take (measured).
        return 4 * each * (len(self.parts.test) + len(self.parts.valid)) + _FOR_THE_REST

    def _net(self, choice: Choice, simple: Simple) -> QuantileNet:
        torch.manual_seed(seeds.derive(self.context.options.seed, "weights"))
        net = QuantileNet(choice.net)
        linear = simple.autoregression if choice.net.base == "last" else None
        weights, bias = _as_trunk(linear, choice.net) if linear is not None else (None, None)
        method = "ridge" if weights is not None else _STARTS[choice.net.base]
        spread = torch.from_numpy(self.simple.spread[method].transpose(1, 0, 2).copy()).float()
        net.start_from(weights, bias, spread)
        return net.to(self.windows.device)

    def _batches(self, choice: Choice, origins: np.ndarray, name: str) -> WindowBatches:
        seed = seeds.derive(self.context.options.seed, name)
        size = self.context.options.batch or choice.batch
        return WindowBatches(self.windows, origins, size=size, seed=seed, world=self.context.world)

    def _fit(
        self,
        net: QuantileNet,
        choice: Choice,
        batches: WindowBatches,
        horizon: Horizon,
        *,
        by: str | None,
        checkpoints: Checkpoints | None = None,
    ) -> History:
        context = self.context
        rate = context.options.rate or choice.rate
        return fit(
            net, batches, PinballStep(LEVELS, self.windows.device), horizon,
            optimiser=optimisers.make("adamw", net, rate=rate, decay=choice.decay), schedule=cosine(0.05),
            average=Average(net, window=0.05), clip=1.0, looks=Looks(self._look, by=by), checkpoints=checkpoints,
            watch=context.watch, stop=context.stop, world=context.world,
        )  # fmt: skip

    def _look(self, net: nn.Module) -> Mapping[str, float]:
        found = torch.from_numpy(answers(net, self.windows, self.looked))
        loss = pinball(self._came, found, self._levels.double())
        error = (found[..., LEVELS.index(0.5)] - self._came).abs().nanmean()
        return {"loss": float(loss), "error": float(error)}

    def factors(self, net: QuantileNet) -> np.ndarray:
        """Find by what the quantiles are moved: (C, Q)."""
        return conformal.factors(
            self._ahead(self.looked), answers(net.eval(), self.windows, self.looked), LEVELS
        )


def _most_steps(windows: int, in_epoch: int) -> int:
    """Give the steps after which no training has gained: 1,500 on few windows, thirty passes on many (assumed)."""
    return 1500 if windows < FEW else 30 * in_epoch


def _as_trunk(linear: Autoregression, net: ForecastNetSettings) -> tuple[Tensor | None, Tensor | None]:
    """Bring the autoregression's weights to what the trunk reads, if both read the same."""
    lags = min(linear.lags, net.lookback)
    C, _, H = linear.weights.shape
    weights = np.zeros((C, net.reads, H))
    if linear.lags > net.lookback or (linear.season > linear.lags and not net.seasonal):
        return None, None
    weights[:, net.lookback - lags : net.lookback] = linear.weights[:, :lags]
    if linear.season > linear.lags:
        weights[:, net.lookback :] = linear.weights[:, lags:]
    return torch.from_numpy(weights).float(), torch.from_numpy(linear.bias).float()
