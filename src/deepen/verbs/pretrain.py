"""``deepen.pretrain``: the form of raw data, learned without labels."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import SettingError
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent, Watch
from deepen.pretraining.features.methods import make
from deepen.pretraining.features.model import Features
from deepen.pretraining.features.run import run
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand

__all__ = ["pretrain"]


def pretrain(
    source: Any,
    y: Any = None,
    *,
    method: str = "rbm",
    layers: Sequence[int] = (),
    settings: Mapping[str, Any] | None = None,
    test: Any = None,
    checkpoints: str | Path | None = None,
    cache: Cache | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
    **options: Any,
) -> Features:
    """Learn the form of raw data without labels, inside the time named: features for what comes after.

    Parameters
    ----------
    source, test, cache, watch, stop, started
        As in :func:`train`; no target is needed. One that is named is not looked at, nor what ``train`` would take for
        it by its name, or in a file as the last column; ``keep`` and ``input`` overrule that.
    y
        Classes, for a machine with label units (``settings={"labels": True}``).
    method
        One of :data:`deepen.pretraining.features.methods.METHODS`.
    layers
        The units of its hidden layers, from the bottom up.
    settings
        What else the method's estimator takes, see :mod:`deepen.pretraining`.
    checkpoints
        A folder to keep the state in as it goes; a later call with the same arguments goes on from there.
    **options
        Of :class:`deepen.training.options.Options`: ``minutes``, ``epochs`` (of each layer), ``seed``, ``drop``...

    Returns
    -------
    Features
        Which encodes, reconstructs and dreams; its score is what it makes of rows that it has not seen.

    Raises
    ------
    DataError
        If the data cannot be read.
    SettingError
        If an option is wrong, or contradicts another.
    Stopped
        If it was stopped before there was anything to keep.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> features = pretrain(load_digits().images, layers=[32], epochs=2)
    >>> features.encode(load_digits().images[:5]).shape
    (5, 32)
    """
    clock_from = time.monotonic() if started is None else started
    chosen = Options.from_dict({"valid_share": 0, **options})
    if chosen.steps is not None or chosen.minutes == math.inf:
        raise SettingError("the budget is in minutes or epochs", where="--minutes, --epochs, --steps")
    make(method, tuple(layers), **(settings or {}))  # refuses what is wrong before anything is read
    folder = Path(checkpoints) if checkpoints is not None else None
    if folder is not None:
        check_writable(folder / "checkpoints")
    seconds = 60 * chosen.minutes if chosen.minutes is not None else math.inf
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=folder, clock=Clock(seconds, started=clock_from), watch=watch or Silent(),
            stop=stop or StopFlag(), world=world, cache=cache or Cache(),
        )  # fmt: skip
        steady_memory()
        table, schema = understand(context, source, y, test, None, targetless=True)
        return run(context, table, schema, method=method, layers=tuple(layers), settings=dict(settings or {}))
