"""The verbs: what ``import deepen`` offers first."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable, read_json, verify
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import FolderError, SettingError
from deepen.learning.budget import Clock
from deepen.learning.hub import is_checkpoint, pretrained_of_checkpoint
from deepen.learning.pretrained import HandsOn, Pretrained
from deepen.learning.watch import Silent, Watch
from deepen.model import Model, check_own
from deepen.nets.assemble import reads_as_given
from deepen.trained import KIND, Trained
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand

if TYPE_CHECKING:
    from deepen.findings import Findings
    from deepen.pretraining.model import Features
    from deepen.pretraining.seen import Look
    from deepen.scaling.study import Study
    from deepen.seeing.seen import Seen

__all__ = ["check", "load", "pretrain", "report", "see", "study", "train"]

_RUNS: dict[str, str] = {
    "forecast": "deepen.forecasting.run",
    "language": "deepen.language.run",
    "text to text": "deepen.language.translate",
    "tags": "deepen.tagging.run",
}
"""The module whose ``run`` learns a task, where it is not that of classes, labels and numbers."""

_FORMS: dict[str, tuple[str, str]] = {
    "forecast": ("deepen.forecasting.model", "Forecaster"),
    "language": ("deepen.language.model", "Writer"),
    "text to text": ("deepen.language.translator", "Translator"),
    "tags": ("deepen.tagging.model", "Tagger"),
    "features": ("deepen.pretraining.model", "Features"),
}
"""The module and class of a model's folder by its form, where it is not that of :class:`Model`."""


def train(
    source: Any,
    y: Any = None,
    *,
    test: Any = None,
    valid: Any = None,
    net: nn.Module | None = None,
    from_: Any = None,
    unlabelled: Any = None,
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
        A module of one's own to train instead of deepen's. It is called with the inputs in their order: numbers and
        pixels scaled and columns that teach nothing left out, unless it has an attribute ``as_given = True``; then
        every column with its numbers as they stand, and pixels from 0 to 1.
    from_
        A model, or its folder, whose net is gone on with: it reads the same kinds of columns, prepared in the same
        way, and gets a new head for the target. A folder of the Hugging Face hub with a text encoder in safetensors
        will do too, where the package ``transformers`` is installed.
    unlabelled
        Data without the target, given like ``source``, that are learned from too, where classes are learned; or
        ``"rows"`` for the rows of ``source`` that have no value for it.
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
    _check_transfer(chosen, net, from_)
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=folder, clock=clock, watch=(watch if world.first else None) or Silent(),
            stop=stop or StopFlag(), world=world, cache=cache or Cache(),
            pretrained=None if from_ is None else _pretrained(from_), unlabelled=unlabelled is not None,
        )  # fmt: skip
        if net is not None:
            check_own(net)
        steady_memory()
        table, schema = understand(context, source, y, test, valid, unlabelled, whole=reads_as_given(net))
        _check_task(chosen, schema.task, begun=from_ is not None, unlabelled=unlabelled is not None)
        return _run_of(schema.task, net)(context, table, schema, *(() if net is None else (net,)))  # type: ignore[no-any-return]


def _check_transfer(options: Options, net: nn.Module | None, from_: Any) -> None:
    """Refuse what contradicts a net that is given, and what belongs to one where none is."""
    if from_ is None:
        for name in ("freeze", "level_rate"):
            if getattr(options, name) is not None:
                raise SettingError(
                    "belongs to a pretrained net",
                    where=f"--{name.replace('_', '-')}",
                    mend="Name it with --from.",
                )
        return
    for name in ("size", "reader", "image_size"):
        if getattr(options, name) is not None:
            raise SettingError("is what the pretrained net has", where=f"--{name.replace('_', '-')}, --from")
    if net is not None:
        raise SettingError(
            "a training begins with a pretrained net or with one's own", where="net, from_",
            mend="Load the weights into your own net.",
        )  # fmt: skip


def _pretrained(from_: Any) -> Pretrained:
    """What a training begins with: a folder, or something that was trained."""
    if isinstance(from_, str | Path) and is_checkpoint(Path(from_)):
        return pretrained_of_checkpoint(Path(from_))
    thing = load(from_, device="cpu") if isinstance(from_, str | Path) else from_
    if not isinstance(thing, HandsOn):
        raise SettingError(
            "cannot be gone on from", where="--from", came=type(thing).__name__,
            allowed="a model of classes, labels or numbers, its folder, or a checkpoint's of the Hugging Face hub",
        )  # fmt: skip
    return thing.pretrained(str(from_) if isinstance(from_, str | Path) else "a model")


def _check_task(options: Options, task: str, *, begun: bool, unlabelled: bool) -> None:
    """Refuse to hold nothing out, to run without an end in sight, and to go on, where a room does not know how."""
    if unlabelled and task not in ("two classes", "many classes"):
        raise SettingError("belongs to classes", where="--unlabelled", came=f"a task of {task}")
    if task not in _RUNS:
        return
    if begun:
        raise SettingError("belongs to classes, labels and numbers", where="--from", came=f"a task of {task}")
    if options.minutes == math.inf:
        raise SettingError(f"the task {task!r} needs a budget that ends", where="minutes", came="inf")
    if 0 in (options.test_share, options.valid_share):
        raise SettingError(
            f"the task {task!r} needs a test and a validation part",
            where="--test-share, --valid-share",
            came="0",
        )


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
    from deepen.scaling.run import run

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
    from deepen.checking.run import run
    from deepen.reporting.faults import check_place, write

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
        As in :func:`train`; no target is needed, and one that the source names is not looked at.
    y
        Classes, for a machine with label units (``settings={"labels": True}``).
    method
        One of :data:`deepen.pretraining.methods.METHODS`.
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
    from deepen.pretraining.methods import make
    from deepen.pretraining.run import run

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


def see(
    model: Trained | str | Path,
    source: Any = None,
    y: Any = None,
    *,
    to: str | Path | None = None,
    nuisance: Sequence[str] = (),
    rows: int = 2000,
    units: int = 12,
    examples: int = 6,
    label_from: str | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    **reading: Any,
) -> Seen | Look:
    """Look at what each level of a trained net has learned.

    Without data: the levels, the first layer's filters, and an input made for each unit by gradient ascent. With data
    also the inputs that excite each unit most, a linear probe on every level, the similarity between levels, a map of
    the last one, and what some answers rest on.

    Parameters
    ----------
    model
        What :func:`train` gave, or its folder.
    source, y
        Data like those it learned from, best such as it has not seen; for the task's probe with the target.
    to
        A folder to write pictures, ``seeing.json`` and a README into; one that was written so before is replaced.
    nuisance
        Columns to probe for beside the target, such as ``speaker``; ``speaker=name:1:_`` is told by files' names.
    rows
        How many rows are looked at, at the most.
    units, examples
        How many units of each level are shown, and how many answers are explained.
    label_from
        Where the files' names tell the target, see :mod:`deepen.data.names`.
    seed
        From which the rows drawn, the probes' folds and the ascent's noise follow.
    watch
        Who is told how it goes.
    **reading
        ``header``, ``delimiter``, ``encoding`` of a text table.

    Returns
    -------
    Seen
        All of it as arrays; its ``sentences``, one for each level, are the short of it. Of what :func:`pretrain` gave
        it is a :class:`~deepen.pretraining.seen.Look`: filters, chains, dreams and reconstructions.

    Raises
    ------
    DataError
        If the data cannot be read, or are needed and not given.
    SettingError
        If an option is wrong, or the model is a forecaster's or of running text, which cannot be looked at yet.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> seen = see(train(X, y, epochs=20), X, y)
    >>> len(seen.levels), seen.probed[0].levels[-1].value > 0.8
    (2, True)
    """
    from deepen.seeing.run import see as look_at

    trained = model if isinstance(model, Trained) else load(model)
    if trained.FORM == "features":
        from deepen.pretraining.look import look

        machine: Any = trained
        return look(machine, source, to=to, units=units, examples=examples, seed=seed, watch=watch, **reading)
    return look_at(
        trained, source, y, to=to, nuisance=nuisance, rows=rows, units=units, examples=examples, label_from=label_from,
        seed=seed, watch=watch, **reading,
    )  # fmt: skip


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
