"""A deep Q-network of either kind, trained on the one learning loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from deepen.compute.precision import Precision
from deepen.compute.signals import StopFlag
from deepen.environments.base import Environment
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.watch import Silent, Watch
from deepen.records import History
from deepen.reinforcement import dqn, pqn
from deepen.reinforcement.parts import Parts
from deepen.reinforcement.settings import DQN

__all__ = ["learn"]


def learn(
    net: nn.Module,
    environment: Environment,
    settings: DQN | pqn.PQN,
    *,
    horizon: Horizon,
    seed: int = 0,
    evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    by: str | None = None,
    precision: Precision | None = None,
    trained: bool = False,
    checkpoints: Checkpoints | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
) -> History:
    """Train ``net`` in place by playing, to give the values of the actions of the best play.

    Parameters
    ----------
    net
        From observations (B, *S) to action values (B, A), as the ``net`` of the settings builds it.
    environment
        In which it acts and learns; of as many copies as the settings say, where they are those of PQN.
    settings
        How it learns; :meth:`DQN.suited` and :meth:`PQN.suited` give what suits a shape.
    horizon
        When it ends; one of so many updates can be repeated to the last bit.
    seed
        From which the episodes, the exploration and the draws follow.
    evaluate, by
        Gives further figures of the net at each look, as :class:`~deepen.reinforcement.evaluating.Evaluation` does; and
        by which of them, lower being better, the best weights are kept. By default the last ones are.
    precision
        How the net computes, when it plays too; :func:`~deepen.reinforcement.precision.quickest` measures it. The
        action values, and so targets and losses, are float32 in any. By default float32 throughout.
    trained
        Whether the net has learned before: then it explores as at the end of a training, from the beginning on, and a
        replay memory is filled by the net's own play.
    checkpoints, watch, stop
        As in :func:`deepen.learning.loop.fit`.

    Returns
    -------
    History
        Whose figures are ``training_return``, of the last hundred episodes, exploration included and in the
        environment's own rewards, as soon as there was one; ``episodes`` and ``environment_steps`` so far; and those
        of ``evaluate``.

    Raises
    ------
    SettingError
        If the settings do not suit the environment.
    TrainingError
        If the environment fails, or the loss stays NaN whatever is done.

    Examples
    --------
    ::

        settings = DQN.suited(environment.shape)
        net = settings.net(environment)
        look = Evaluation(another, episodes=20)
        end = Horizon(math.inf, Clock(120))
        history = learn(net, environment, settings, horizon=end, evaluate=look, by="minus_return")
    """
    watch = watch or Silent()
    if precision is not None:
        precision.apply(net)  # before the target net is copied from it
    given: dict[str, Any] = {"horizon": horizon, "seed": seed, "trained": trained, "said": watch.note}
    made: Parts = (
        dqn.parts(net, environment, settings, **given)
        if isinstance(settings, DQN)
        else pqn.parts(net, environment, settings, **given)
    )

    def figures(of: nn.Module) -> Mapping[str, float]:
        return {**made.batches.figures, **(evaluate(of) if evaluate else {})}

    return fit(
        net, made.batches, made.step, horizon, optimiser=made.optimiser, schedule=made.schedule, average=made.average,
        precision=precision, clip=settings.clip, growing=True, looks=Looks(figures, by=by), checkpoints=checkpoints,
        watch=watch, stop=stop,
    )  # fmt: skip
