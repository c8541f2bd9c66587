"""The verbs: what ``import deepen`` offers first."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable, read_json, verify
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import SettingError
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent, Watch
from deepen.model import Model, check_own
from deepen.trained import KIND, Trained
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand

__all__ = ["load", "report", "train"]

_RUNS: dict[str, str] = {
    "forecast": "deepen.forecasting.run",
    "language": "deepen.language.run",
    "text to text": "deepen.language.translate",
}
"""The module whose ``run`` learns a task, where it is not that of classes, labels and numbers."""

_FORMS: dict[str, tuple[str, str]] = {
    "forecast": ("deepen.forecasting.model", "Forecaster"),
    "language": ("deepen.language.model", "Writer"),
    "text to text": ("deepen.language.translator", "Translator"),
}
"""The module and class of a model's folder by its form, where it is not that of :class:`Model`."""


def train(
    source: Any,
    y: Any = None,
    *,
    test: Any = None,
    valid: Any = None,
    net: nn.Module | None = None,
    checkpoints: str | Path | None = None,
    cache: Cache | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
    **options: Any,
) -> Model:
    """Train a deep net on raw data, inside the time named.

    Parameters
    ----------
    source
        A folder of class folders, a zip or tar of one, a table (CSV, TSV, JSON Lines, Parquet, Arrow), an
        ``.npz`` or idx file, an array or tensor, a data frame of any library.
    y
        The target, where ``source`` is an array of inputs: (N,) or, for several labels, (N, K).
    test, valid
        Data that are the test and validation part, given like ``source``; a tuple for inputs and target.
    net
        A module of one's own to train instead of deepen's. It is called with the inputs in their order.
    checkpoints
        A folder to keep the state in as it goes; a later call with the same arguments goes on from there.
    cache
        Where encoded pictures and recordings are kept; by default in the user's cache folder.
    watch, stop
        Who is told how it goes, and a flag that ends it at the next step.
    started
        When the clock began, by ``time.monotonic``; by default now.
    **options
        Of :class:`deepen.training.options.Options`: ``minutes=5``, ``target="outcome"``, ``seed=1``...

    Returns
    -------
    Model
        With its score on the test part, whose rows it has never seen.

    Raises
    ------
    DataError
        If the data cannot be read or learned from.
    SettingError
        If an option is wrong, or contradicts another.
    Stopped
        If it was stopped before there was anything to keep.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> model = train(*load_iris(return_X_y=True), epochs=20)
    >>> model.score.headline.value > 0.8
    True
    """
    clock_from = time.monotonic() if started is None else started
    chosen = Options.from_dict(options)
    seconds = 60 * chosen.minutes if chosen.minutes is not None else float("inf")
    clock = Clock(seconds, started=clock_from)
    folder = Path(checkpoints) if checkpoints is not None else None
    if folder is not None:
        check_writable(folder / "checkpoints")
        folder.mkdir(parents=True, exist_ok=True)
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=folder, clock=clock, watch=(watch if world.first else None) or Silent(),
            stop=stop or StopFlag(), world=world, cache=cache or Cache(),
        )  # fmt: skip
        if net is not None:
            check_own(net)
        steady_memory()
        table, schema = understand(context, source, y, test, valid)
        return _run_of(schema.task, net)(context, table, schema, *(() if net is None else (net,)))  # type: ignore[no-any-return]


def _run_of(task: str, net: nn.Module | None) -> Callable[..., Any]:
    """The run that learns a task; its room is imported only now, since most runs need no other."""
    if net is not None and task in _RUNS:
        raise SettingError(f"a module of one's own cannot learn the task {task!r} yet", where="net")
    found: Callable[..., Any] = importlib.import_module(_RUNS.get(task, "deepen.training.run")).run
    return found


def load(folder: str | Path, *, net: nn.Module | None = None, device: str | None = None) -> Model:
    """Read a model that :meth:`Model.save` wrote.

    Parameters
    ----------
    net
        The module to put the weights in, for a model that was trained with the user's own.
    device
        Where to put it; the first GPU, if there is one, else the CPU.

    Raises
    ------
    FolderError
        If the folder is missing, damaged, truncated, foreign, or written by a newer deepen.
    """
    place = Path(folder)
    verify(place, kind=KIND, contents=False)
    form = read_json(place / "model.json").get("form", "")
    if form not in _FORMS:
        return Model.load(place, net=net, device=device)
    room, name = _FORMS[form]
    loaded: Model = getattr(importlib.import_module(room), name).load(place, device=device)
    return loaded


def report(
    model: Trained | str | Path,
    path: str | Path,
    *,
    study: str | Path | None = None,
    seen: str | Path | None = None,
    checked: str | Path | None = None,
) -> Path:
    """Write one HTML page with all that is known of a model; it needs no other file and no network.

    Parameters
    ----------
    model
        What :func:`train` gave, or its folder, of which no net is built.
    path
        The file to write; one that stands there is replaced.
    study, seen, checked
        Folders of ``deepen study``, ``deepen see`` and ``deepen check``, to be shown on the page too.

    Raises
    ------
    FolderError
        If the file cannot be written, or a folder is missing or not what it should be.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> place = Path(tempfile.mkdtemp()) / "iris.html"
    >>> report(train(*load_iris(return_X_y=True), epochs=5), place).name
    'iris.html'
    """
    from deepen.reporting.material import Material
    from deepen.reporting.page import write

    if isinstance(model, Trained):
        return model.report(path, study=study, seen=seen, checked=checked)
    return write(Material.of_folder(model).with_folders(study=study, seen=seen, checked=checked), Path(path))
