"""Where a training's result shall stand, seen to before any work; and what ``deepen train`` was asked, kept beside it.

So a run that was interrupted can be taken up again: by ``deepen train --resume``; by the same call again of the others.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deepen.errors import DataError, FolderError, SettingError

__all__ = ["begin", "check_place", "learned", "place_of", "refusing", "resume", "run_folder", "tell"]


_PATHS = ("source", "test", "valid", "from", "unlabelled", "out")


_ROWS = "rows"  # the word of --unlabelled that is no path, see deepen.training.unlabelled


def run_folder(place: Path) -> Path:
    """Where the run of a model to be is kept."""
    return place.with_name(place.name + ".run")


def check_place(place: Path, *, replace: bool, instead: str = "") -> None:
    """See that a model can be written there; ``instead`` says what else can be done with one that stands there."""
    from deepen.compute.folders import MANIFEST, check_free, check_writable

    check_free(place)
    if not replace and (place / MANIFEST).is_file():
        raise FolderError(
            "holds a model already",
            where=place,
            mend=f"Choose another --out, {f'{instead}, ' if instead else ''}or replace it with --replace.",
        )
    check_writable(place, need=64 << 20)


def place_of(place: Path, *, replace: bool, instead: str = "") -> Path:
    """See that a model can be written there, for a command that goes on when it is called again; give its run's folder.

    A model that stands there is in the way, unless the run that it came of was stopped and can go on.
    """
    from deepen.compute.folders import remove

    run = run_folder(place)
    check_place(place, replace=replace or (run / "checkpoints").is_dir(), instead=instead)
    if replace:
        remove(run)
    return run


def learned(
    place: Path,
    *,
    replace: bool,
    quiet: bool,
    work: Callable[[Mapping[str, Any]], Any],
    instead: str = "",
    beside: Callable[[Any], Callable[[Path], None] | None] = lambda model: None,
) -> Any:
    """Run a training that goes on when it is called again, and write what comes of it.

    Parameters
    ----------
    place
        Where it shall stand.
    work
        The training; called with what every verb that learns is given: checkpoints, watch, stop, started.
    instead
        What else can be done with a model that stands there, for the message.
    beside
        Of the model: what draws more into its folder, if anything.
    """
    import deepen.cli as cli
    from deepen.cli import show
    from deepen.compute import folders
    from deepen.compute.signals import StopFlag, listening

    run = place_of(place, replace=replace, instead=instead)
    stop = StopFlag()
    with listening(stop), show.Screen(quiet=quiet) as screen:
        model = work({"checkpoints": run, "watch": screen, "stop": stop, "started": cli.STARTED})
        model.save(place, beside=beside(model))
        if model.history.ended.startswith("stopped"):
            screen.note(f"{model.history.ended}; to go on, call the same again, without --replace")
        else:
            folders.remove(run)
    return model


def tell(model: Any, place: Path, now: str, *, quiet: bool) -> None:
    """Print how it went, the scores, where it stands and what can be done with it."""
    from rich.console import Console

    from deepen.cli import show

    console = Console(highlight=False)
    if quiet:
        console.print(str(model.score) if "test" in model.scores else str(place), **show.AS_IT_IS)
        return
    show.history(console, model.history)
    if "test" in model.scores:
        show.scores(console, model.scores)
    what = {"features": "features are", "language": "language model is"}.get(model.FORM, "player is")
    console.print(f"{model.about['seconds']:.0f} s; the {what} in {place}/", **show.AS_IT_IS)
    console.print(f"now: {now}", **show.AS_IT_IS)


def begin(job: dict[str, Any], *, first: bool) -> tuple[dict[str, Any], Path]:
    """Begin a run: see that its result can be written, and keep what it was asked."""
    from deepen.compute.folders import write_json
    from deepen.training.options import Options

    place = Path(job["out"])
    run = run_folder(place)
    if not first:
        return job, run
    Options.from_dict(job["options"])
    check_place(place, replace=job["replace"])
    if not job["replace"] and (run / "run.json").is_file():
        raise FolderError(
            "an interrupted run stands there", where=run,
            mend=f"Go on with: deepen train --resume {place}, or begin anew with --replace.",
        )  # fmt: skip
    shutil.rmtree(run, ignore_errors=True)
    if Path(job["source"]).exists():
        run.mkdir(parents=True, exist_ok=True)
        kept = {**job, **{name: _relative(job[name], run) for name in _PATHS}}
        write_json(run / "run.json", kept)
    return job, run


@contextlib.contextmanager
def refusing(run: Path, *, new: bool) -> Iterator[None]:
    """Let a new run that is refused before it learned anything leave nothing, so that the call can be mended."""
    from deepen.compute.folders import remove

    try:
        yield
    except (DataError, SettingError, FolderError):
        if new and not any(run.glob("checkpoints*/*")):
            remove(run)
        raise


def _relative(path: str | None, run: Path) -> str | None:
    return path if path is None or path == _ROWS else os.path.relpath(path, run)


def resume(job: dict[str, Any]) -> tuple[dict[str, Any], Path]:
    """Take up what an interrupted run was asked."""
    from deepen.compute.folders import read_json

    place = Path(job["resume"])
    run = place if place.name.endswith(".run") else run_folder(place)
    if not (run / "run.json").is_file():
        raise FolderError(
            "there is no interrupted run", where=run, mend="Begin one with: deepen train SOURCE."
        )
    kept = read_json(run / "run.json")
    if (
        not isinstance(kept, dict)
        or not {"source", "test", "valid", "out", "options"} <= kept.keys()
        or not all(isinstance(kept.get(name), str | None) for name in _PATHS)
    ):
        raise FolderError(
            "is not what deepen train writes", where=run / "run.json", mend="Begin anew with --replace."
        )
    for name in _PATHS:
        if kept.get(name) not in (None, _ROWS):
            kept[name] = os.path.normpath(run / kept[name])
    drawn = {name: job[name] or kept.get(name) for name in ("mistakes", "plot", "pictures")}
    return {**kept, "quiet": job["quiet"], **drawn}, run
