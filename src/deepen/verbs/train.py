"""``deepen.train``: from raw data to a trained net."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable
from deepen.compute.processes import joined, speaks
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import SettingError
from deepen.experts.record_files import is_game_records
from deepen.learning.budget import Clock
from deepen.learning.hub import is_checkpoint, pretrained_of_checkpoint
from deepen.learning.pretrained import HandsOn, Pretrained
from deepen.learning.watch import Silent, Watch
from deepen.matches.board_player import BoardPlayer
from deepen.model import Model, check_own
from deepen.nets.assemble import reads_as_given
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand
from deepen.verbs.load import load

__all__ = ["train"]

_RUNS: dict[str, str] = {
    "forecast": "deepen.forecasting.run",
    "language": "deepen.language.run",
    "text to text": "deepen.language.translate",
    "tags": "deepen.tagging.run",
}
"""The module whose ``run`` learns a task, where it is not that of classes, labels and numbers."""

_OF_RECORDS = ("minutes", "epochs", "steps", "seed", "size", "device", "target", "test_share", "valid_share")
"""The options that mean something where games are learned from."""


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
        way, and gets a new head for the target. So will features or a language model, which read texts by its own
        tokens; and a folder of the Hugging Face hub with a text encoder in safetensors, where the package
        ``transformers`` is installed.
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
        With its score on the test part, whose rows it has never seen. Of records of games of Go it is a
        :class:`~deepen.matches.board_player.BoardPlayer`, which makes the moves that experts make.

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
        if speaks():  # which of several processes may just be clearing what stood there
            check_writable(folder / "checkpoints")
        folder.mkdir(parents=True, exist_ok=True)
    if chosen.target in (None, "move") and is_game_records(source):
        given = {"y": y, "test": test, "valid": valid, "net": net, "from_": from_, "unlabelled": unlabelled}
        return _from_records(chosen, source, clock, folder, watch, stop, given)  # type: ignore[return-value]
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


def _from_records(
    options: Options,
    source: str | Path,
    clock: Clock,
    folder: Path | None,
    watch: Watch | None,
    stop: StopFlag | None,
    given: dict[str, Any],
) -> BoardPlayer:
    """Learn what experts played from the records of their games."""
    from deepen.experts.run import learn_from_records

    usual = Options().to_dict()
    told = {n for n, v in options.to_dict().items() if v != usual[n] and v not in (None, (), [], {})}
    for name in sorted(told | {n for n, v in given.items() if v is not None}):
        if name not in _OF_RECORDS:
            where = name if name in ("y", "net") else f"--{name.strip('_').replace('_', '-')}"
            raise SettingError("does not go with game records", where=where)
    if options.steps is not None or options.minutes == math.inf:
        raise SettingError(
            "game records are learned from for minutes or epochs", where="--minutes, --epochs, --steps"
        )
    shares = {"test_share": options.test_share, "valid_share": options.valid_share}
    learned = learn_from_records(
        source, minutes=options.minutes, epochs=options.epochs, seed=options.seed, size=options.net_size,
        device=options.device, watch=watch, stop=stop, folder=folder, clock=clock,
        **{name: share for name, share in shares.items() if share is not None},
    )  # fmt: skip
    return BoardPlayer(
        net=learned.net, game=learned.rules, net_settings=learned.net.settings, searching=None, method="experts",
        settings=learned.plan.to_dict(), scores=learned.scores, history=learned.history, notes=learned.notes,
        about=learned.about,
    )  # fmt: skip


def _check_transfer(options: Options, net: nn.Module | None, from_: Any) -> None:
    """Refuse what contradicts a net that is given, and what belongs to one where none is."""
    if from_ is None:
        for name in ("freeze", "level_rate", "from_nothing_share"):
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
            allowed="a model of classes, labels or numbers, what deepen pretrain gave, the folder of either, or a"
            " checkpoint's of the Hugging Face hub",
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


def _run_of(task: str, net: nn.Module | None) -> Callable[..., Any]:
    """The run that learns a task; its room is imported only now, since most runs need no other."""
    if net is not None and task in _RUNS:
        raise SettingError(f"a module of one's own cannot learn the task {task!r} yet", where="net")
    found: Callable[..., Any] = importlib.import_module(_RUNS.get(task, "deepen.training.run")).run
    return found
