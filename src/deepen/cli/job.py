"""One training as ``deepen train`` asks for it: done here or in several processes, saved, and shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepen.errors import DeepenError, TrainingError

__all__ = ["start"]

_LONG_ENOUGH = 20.0  # seconds of a run beside which two for its pictures are little (measured: 1.5 to 3 s)
_TOGETHER = 10.0  # seconds within which what is wrong for all is wrong in every process (assumed)


def start(job: dict[str, Any], processes: int) -> None:
    """Do the job here, or in several processes."""
    if processes == 1:
        _work(job)
        return
    from deepen.compute.processes import launch

    try:
        launch(_work_alone, processes, [job])
    except TrainingError as error:
        place = job.get("resume") or job.get("out")
        error.mend = f"Go on with: deepen train --resume {place} --processes {processes}."
        raise


def _work_alone(job: dict[str, Any]) -> None:
    """Do the job in one of several processes; only the first speaks, and the launcher tells of a death."""
    from deepen.cli import _say
    from deepen.compute.processes import speaks

    try:
        _work(job)
    except DeepenError as error:
        if not speaks():
            # What stops all is said by the first, at whose end this one is ended; what stops this one alone, by itself.
            time.sleep(_TOGETHER)
            sys.stderr.write(f"deepen: {error}\n")
        _say(str(error), debug=False)
        sys.exit(2)
    except RuntimeError as error:
        if "onnection" not in str(error) and "gloo" not in str(error):
            _say(f"{type(error).__name__}: {error}", debug=False)
        os._exit(1)  # another process has died: there is nobody left to say goodbye to


def _work(job: dict[str, Any]) -> None:
    """Train, save and show."""
    import deepen.cli as cli
    from deepen.cli import runs, show
    from deepen.compute import folders
    from deepen.compute.processes import speaks
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.train import train as verb

    new = "resume" not in job
    job, run = runs.begin(job, first=speaks()) if new else runs.resume(job)
    stop = StopFlag()
    quiet = job["quiet"] or not speaks()
    with runs.refusing(run, new=new and speaks()), listening(stop), show.Screen(quiet=quiet) as screen:
        model: Any = verb(
            job["source"], test=job["test"], valid=job["valid"], checkpoints=run, watch=screen, stop=stop,
            started=cli.STARTED, from_=job.get("from"), unlabelled=job.get("unlabelled"), **job["options"],
        )  # fmt: skip
        if not speaks():
            return
        place = Path(job["out"])
        model.save(place, beside=_pictures(model, job.get("pictures"), screen.note))
        if model.history.ended.startswith("stopped"):
            screen.note(f"{model.history.ended}; go on with: deepen train --resume {place}")
        else:
            folders.remove(run)
    from rich.console import Console

    console = Console(highlight=False)
    if not model.scores:
        console.print(
            f"no test part was held out, so there is no score: deepen evaluate {place} DATA", markup=False
        )
    elif job["quiet"]:
        console.print(str(model.score), markup=False)
    else:
        beside = [each for n in ("from_nothing", "beside") if (each := getattr(model, n, None)) is not None]
        for each in beside:
            if each.first:
                console.print(each.sentence, markup=False, style="bold")
        show.history(console, model.history)
        show.scores(console, model.scores)
        for each in beside:
            if not each.first:
                console.print(each.sentence, markup=False)
        show.behind(console, model.evaluation)
        console.print(f"{model.about['seconds']:.0f} s; the model is in {place}/", markup=False)
    if job["mistakes"]:
        from deepen.reporting.mistakes import draw

        console.print(
            f"its mistakes are drawn in {draw(model.mistakes, Path(job['mistakes']))}", markup=False
        )
    if job["plot"]:
        console.print(f"its last test forecasts are drawn in {model.plot(job['plot'])}", markup=False)


def _pictures(model: Any, wanted: bool | None, note: Callable[[str], None]) -> Callable[[Path], None] | None:
    """What draws a model's evaluation into its folder; None where there is none, or it would not be cheap."""
    long = model.about.get("seconds", 0.0) >= _LONG_ENOUGH
    if model.evaluation is None or not (wanted or (wanted is None and long)):
        return None

    def draw(folder: Path) -> None:
        from deepen.reporting import pictures

        try:
            pictures.draw(model.evaluation, folder)
        except Exception as error:  # whatever goes wrong in a drawing, the model that was trained is kept
            note(f"its pictures could not be drawn: {type(error).__name__}: {error}")

    return draw
