"""``deepen.check``: what is wrong with data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from deepen.checking.run import run
from deepen.compute.device import pick, steady_memory
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import SettingError
from deepen.findings import Findings
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent, Watch
from deepen.model import Model
from deepen.reporting.faults import check_place, write
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand
from deepen.verbs.load import load

__all__ = ["check"]


def check(
    source: Any,
    y: Any = None,
    *,
    model: Model | str | Path | None = None,
    out: str | Path | None = None,
    minutes: float = 1.0,
    test: Any = None,
    valid: Any = None,
    cache: Cache | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
    **options: Any,
) -> Findings:
    """Look for what is wrong with data: duplicates, wrong labels, columns that leak the target, parts that differ.

    No trained model is needed. The parts are those of :func:`train` with the same options and seed.

    Parameters
    ----------
    source, y, test, valid, cache, watch, stop, started
        As in :func:`train`.
    model
        One that was trained on these data, or its folder: its features find more near duplicates, and its answers
        doubt the labels of rows that it has not seen.
    out
        A folder for the findings: JSON, CSV, and contact sheets of pictures.
    minutes
        The time for all of it; what is not reached is said in the notes.
    **options
        Of :class:`deepen.training.options.Options`, as far as they are about the data.

    Raises
    ------
    DataError
        If the data cannot be read.
    SettingError
        If an option is wrong, the task cannot be checked, or the model is of another target.
    FolderError
        If ``out`` cannot be written, or ``model`` not be read.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> found = check(*load_iris(return_X_y=True), seed=0)
    >>> found.task, found.of("duplicate")[0].rows
    ('many classes', (101, 142))
    """
    clock_from = time.monotonic() if started is None else started
    chosen = Options.from_dict({**options, "minutes": minutes})
    if out is not None:
        check_place(Path(out))
    if isinstance(model, str | Path):
        model = load(model, device=chosen.device)
    if model is not None and not isinstance(model, Model):
        raise SettingError(
            "not a model of classes, labels or numbers", where="model", came=type(model).__name__
        )
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=None, clock=Clock(60 * minutes, started=clock_from), watch=watch or Silent(),
            stop=stop or StopFlag(), world=world, cache=cache or Cache(),
        )  # fmt: skip
        steady_memory()
        table, schema = understand(context, source, y, test, valid)
        found = run(context, table, schema, model)
    if out is not None:
        write(found, Path(out))
    return found
