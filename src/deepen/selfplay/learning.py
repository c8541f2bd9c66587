"""AlphaZero: a net that learns a game from nothing but its rules, on the one loop.

The search's policy is better than the net's, so the net learns it; the outcome of the games tells it the value (Silver
et al. 2017, 2018; with Gumbel's search Danihelka et al. 2022). In the paper's terms the loss is
``(z - v)^2 - pi log p + c |theta|^2``, the last of them as the optimiser's decay.

Legend: B positions, C planes, H rows, W columns, A moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.compute.signals import StopFlag
from deepen.errors import TrainingError
from deepen.games.rules import Rules
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.looking import Looks
from deepen.learning.loop import fit
from deepen.learning.schedules import triangle
from deepen.learning.watch import Silent, Watch
from deepen.nets.policy_value import PolicyValue
from deepen.records import History
from deepen.search.evaluating import quickest
from deepen.selfplay.self_play import SelfPlay
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.window import Positions

__all__ = ["PolicyValueStep", "learn"]

# The length of the weights' average, as a share of the training so far: what plays and what is kept (assumed).
_AVERAGE = 0.02

# The largest norm of the gradient (assumed: early values jump from game to game).
_CLIP = 4.0


class PolicyValueStep:
    """One step of the loop: the cross-entropy with the search's policy, and the value's loss.

    Parameters
    ----------
    value_weight
        Of the value's loss.
    ownership
        Of the cross-entropy with whose each place was, the mean over places; of a resigned game nothing.

    Examples
    --------
    >>> import torch
    >>> from deepen.shapes import Grid
    >>> net = PolicyValue(Grid(2, 3, 3), 9)
    >>> positions = Positions(torch.zeros(1, 2, 3, 3), torch.full((1, 9), 1 / 9), torch.ones(1))
    >>> round(PolicyValueStep()(net, positions).item(), 3)  # ln 9 for the policy, ln 3 for the value
    3.296
    """

    def __init__(self, value_weight: float = 1.0, ownership: float = 0.0) -> None:
        self._value_weight, self._ownership = value_weight, ownership

    def __call__(self, net: nn.Module, batch: Positions) -> Tensor:
        """Give the loss of a batch."""
        assert isinstance(net, PolicyValue)
        places: Tensor | float = 0.0
        if self._ownership > 0 and batch.owners is not None:
            logits, outcome, owners = net.with_owners(batch.planes)
            places = _ownership(owners, batch.owners)
        else:
            logits, outcome = net.heads(batch.planes)
        policy = -(batch.policy * F.log_softmax(logits.float(), 1)).sum(1)  # (B,)
        value = net.loss(outcome, batch.outcome)  # (B,)
        return (policy + self._value_weight * value + self._ownership * places).mean()


def _ownership(logits: Tensor, owners: Tensor) -> Tensor:
    """Compare logits with whose each place was, both (B, H, W): (B,); 0 where that is not known."""
    own = owners.float().clamp(-1, 1)
    each = F.binary_cross_entropy_with_logits(logits.float(), (own + 1) / 2, reduction="none")
    return (each * (owners.abs() < 2)).mean((1, 2))


def learn(
    net: PolicyValue,
    rules: Rules[Any],
    settings: AlphaZero,
    *,
    horizon: Horizon,
    seed: int = 0,
    trained: bool = False,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    checkpoints: Checkpoints | None = None,
    evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
) -> History:
    """Let a net learn a game by playing against itself, in place.

    Parameters
    ----------
    net, rules, settings
        Who learns what, and how; the net is on the device where it shall learn.
    horizon
        When it ends: after so many steps of learning, or by the clock.
    seed
        From which the games follow. With a clock they hang on the machine's speed too.
    trained
        Whether the net has learned before: then more games are played before it learns on.
    watch, stop, checkpoints
        As in :func:`deepen.learning.loop.fit`.
    evaluate
        Gives figures of the net's strength at each look, as :func:`deepen.selfplay.strength.strength` does; the last
        weights are kept, whatever it says.

    Raises
    ------
    Stopped
        If it was stopped before the first game was over.
    TrainingError
        If it diverges whatever is done, or no game came to its end in the time.
    """
    watch, stop = watch or Silent(), stop or StopFlag()
    device = next(net.parameters()).device
    seeds.begin(seeds.derive(seed, "learning"), device)
    timed = horizon.clock.seconds < float("inf")
    playing = quickest(net, settings.games) if timed else Precision()
    # What is quicker for answers is so for steps: 56 ms for 256 positions in float32, 35 in bfloat16, 32 with the
    # channels last (measured on one core with AVX512-BF16, the net of Connect Four).
    learning = Precision(half=playing.half, channels_last=playing.channels_last)
    average = Average(net, window=_AVERAGE)

    def hurried() -> bool:
        """Whether to wait no more: the games that are due may take longer than there is time for."""
        if not len(games.window):
            stop.check("playing the first games")
            if horizon.clock.left < 0:
                raise TrainingError(
                    "no game came to its end in the time", where=rules.name,
                    mend="Allow more minutes, or play fewer games at once: --set games=8.",
                )  # fmt: skip
        return stop() or (timed and horizon.progress(0, horizon.clock.elapsed) >= 1.0)

    games = SelfPlay(
        net, rules, settings, seed=seed, average=average, precision=playing, trained=trained, watch=watch, stop=hurried
    )  # fmt: skip
    learning.apply(net)
    watch.stage("playing")
    history = fit(
        net, games, PolicyValueStep(settings.value_weight, settings.ownership), horizon,
        optimiser=optimisers.make(settings.optimiser, net, rate=settings.rate, decay=settings.decay),
        schedule=triangle(settings.warmup, end=0.02), average=average, precision=learning, clip=_CLIP,
        looks=None if evaluate is None else Looks(evaluate, by=None, share=0.05, most=20),
        checkpoints=checkpoints, watch=watch, stop=stop,
    )  # fmt: skip
    watch.note(f"{games.played} games, {games.window.total} positions, {games.drawn} learned from")
    return history
