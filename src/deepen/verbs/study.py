"""``deepen.study``: what more data, a larger net or a longer training would buy."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import FolderError, SettingError
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent, Watch
from deepen.scaling.run import run
from deepen.scaling.study import Study
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand

__all__ = ["study"]


def study(
    source: Any,
    y: Any = None,
    *,
    to: str | Path | None = None,
    target_score: float | None = None,
    sizes: Sequence[str] | None = None,
    learners: Sequence[str] | None = None,
    test: Any = None,
    valid: Any = None,
    cache: Cache | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
    **options: Any,
) -> Study:
    """Find out what more data, a larger net or a longer training would buy, inside the time named.

    Nets of several sizes and shallow learners are trained on nested parts of the data; laws are fitted to their
    errors, and forecast what was not measured.

    Parameters
    ----------
    source, y, test, valid, cache, watch, stop, started
        As in :func:`train`.
    to
        A folder for the study: its cells as they come, its results, chart and page. A study of the same data that
        stands there, killed or finished, goes on.
    target_score
        The accuracy (or R²) that is wanted, above 0 and below 1: how much data would reach it?
    sizes
        Of the nets, such as ``["tiny", "small"]``; chosen from the clock by default.
    learners
        The shallow ones, of :data:`deepen.evidence.shallow.LEARNERS`; by default linear, neighbours, SVM and boosting.
    **options
        Of :class:`deepen.training.options.Options`; the budget is in ``minutes``.

    Raises
    ------
    DataError
        If the data cannot be read or learned from.
    SettingError
        If an option is wrong, or the task cannot be studied.
    FolderError
        If ``to`` cannot be written, or holds the study of other data.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> found = study(*load_iris(return_X_y=True), minutes=0.05, sizes=["tiny"], learners=["linear"])
    >>> found.task, "linear" in found.curves
    ('many classes', True)
    """
    clock_from = time.monotonic() if started is None else started
    chosen = Options.from_dict(options)
    if chosen.minutes is None or chosen.minutes == math.inf:
        raise SettingError(
            "a study's budget is in minutes", where="--minutes, --epochs, --steps", mend="Name --minutes."
        )
    if 0 in (chosen.test_share, chosen.valid_share):
        raise SettingError(
            "a study needs a test and a validation part", where="--test-share, --valid-share", came="0"
        )
    if chosen.net_size is not None:
        raise SettingError("a study compares sizes", where="--size", mend="Name them with sizes.")
    folder = Path(to) if to is not None else None
    if folder is not None:
        _check_study_folder(folder)
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=None, clock=Clock(60 * chosen.minutes, started=clock_from),
            watch=watch or Silent(), stop=stop or StopFlag(), world=world, cache=cache or Cache(),
        )  # fmt: skip
        steady_memory()
        return run(
            context, lambda c: understand(c, source, y, test, valid), folder=folder, target_score=target_score,
            sizes=sizes, learners=learners,
        )  # fmt: skip


def _check_study_folder(folder: Path) -> None:
    """See that a study can be written there, and nothing else stands in the way."""
    check_writable(folder / "cells.jsonl")
    if any(folder.iterdir()) and not (folder / "asked.json").is_file():
        raise FolderError("stands in the way: it holds no study", where=folder, mend="Choose another folder.")
