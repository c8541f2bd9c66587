"""Trials in processes of their own, one thread each: jobs go in and cells come out as lines of JSON.

Nothing is handed over but plain data and a folder of arrays that all read memory-mapped. A process that is told
nothing more ends by itself, so none outlives a killed study.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from deepen.compute.folders import read_json, write_json
from deepen.compute.signals import StopFlag
from deepen.data.prepare import Preparation
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.learning.plan import Plan
from deepen.scaling.plan import Job
from deepen.training.examples import Examples
from deepen.training.options import Options

__all__ = ["Worker", "main", "read_examples", "write_examples"]

GRACE = 20.0  # seconds beyond its own after which a process that does not answer is ended (assumed)


def write_examples(folder: Path, examples: Examples, plan: Plan, options: Options) -> None:
    """Write what the trials share."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, array in enumerate(examples.arrays.values()):
        np.save(folder / f"array{number}.npy", array, allow_pickle=False)
    np.save(folder / "target.npy", examples.target, allow_pickle=False)
    if examples.groups is not None:
        np.save(folder / "groups.npy", examples.groups, allow_pickle=False)
    for part in ("train", "valid", "test"):
        np.save(folder / f"{part}.npy", getattr(examples.rows, part), allow_pickle=False)
    write_json(
        folder / "examples.json",
        {
            "names": list(examples.arrays), "preparation": examples.preparation.to_dict(),
            "schema": examples.schema.to_dict(), "plan": plan.to_dict(), "options": options.to_dict(),
        },
    )  # fmt: skip


def read_examples(folder: Path) -> tuple[Examples, Plan, Options]:
    """Read back what :func:`write_examples` wrote, the arrays memory-mapped."""
    told = read_json(folder / "examples.json")
    arrays = {
        name: np.load(folder / f"array{number}.npy", mmap_mode="r", allow_pickle=False)
        for number, name in enumerate(told["names"])
    }
    parts = [np.load(folder / f"{part}.npy", allow_pickle=False) for part in ("train", "valid", "test")]
    target = np.load(folder / "target.npy", allow_pickle=False)
    preparation, schema = Preparation.from_dict(told["preparation"]), Schema.from_dict(told["schema"])
    known = folder / "groups.npy"
    groups = np.load(known, allow_pickle=False) if known.is_file() else None
    examples = Examples("", arrays, target, Split(*parts), preparation, schema, groups=groups)
    return examples, Plan.from_dict(told["plan"]), Options.from_dict(told["options"])


class Worker:
    """One process that does trials.

    Parameters
    ----------
    folder
        Of the examples.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def __call__(
        self, job: Job, *, most_rows: int, seconds: float, stop: StopFlag | None = None
    ) -> dict[str, Any]:
        """Do one trial; ``given_up`` where the process died, did not answer in time, or was stopped."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        over = threading.Event()
        watchdog = threading.Thread(target=_watch, args=(process, over, seconds + GRACE, stop), daemon=True)
        watchdog.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(
                    json.dumps({**job.to_dict(), "most_rows": most_rows, "limit": seconds}) + "\n"
                )
                process.stdin.flush()
            line = process.stdout.readline()
        finally:
            over.set()
            watchdog.join()
        if not line:
            self.end()
            return {**job.to_dict(), "given_up": "its process ended", "seconds": seconds}
        found: dict[str, Any] = json.loads(line)
        return found

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
            env = {
                **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places)), "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            }  # fmt: skip
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deepen.scaling.workers", str(self._folder)], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True, env=env, start_new_session=True,
            )  # fmt: skip
        return self._process

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process.wait()
            self._process = None


def _watch(
    process: subprocess.Popen[str], over: threading.Event, seconds: float, stop: StopFlag | None
) -> None:
    """End a process that takes too long, or that nobody waits for any more."""
    until = time.monotonic() + seconds
    while not over.wait(0.2):
        if time.monotonic() > until or (stop is not None and stop()):
            process.kill()
            return


def main(folder: Path, given: Iterator[str], out: IO[str]) -> None:
    """Do trials, a line each, until nothing more comes."""
    import torch

    from deepen.compute.processes import alone
    from deepen.data.cache import Cache
    from deepen.errors import DeepenError
    from deepen.learning.budget import Clock
    from deepen.learning.watch import Silent
    from deepen.scaling.trial import trial
    from deepen.training.context import Context

    examples, plan, options = read_examples(folder)
    context = Context(
        options=options, folder=None, clock=Clock(), watch=Silent(), stop=StopFlag(),
        world=alone(torch.device("cpu")), cache=Cache(),
    )  # fmt: skip
    for line in given:
        asked = json.loads(line)
        job = Job.from_dict(asked)
        try:
            found = trial(context, examples, plan, job, most_rows=asked["most_rows"], seconds=asked["limit"])
        except (DeepenError, MemoryError, RuntimeError, ValueError) as error:
            # One cell that cannot be had must not end the study; it is told.
            found = {**job.to_dict(), "given_up": f"{type(error).__name__}: {error}", "seconds": 0.0}
        out.write(json.dumps(found) + "\n")
        out.flush()


if __name__ == "__main__":
    _out, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not stand among the answers
    main(Path(sys.argv[1]), iter(sys.stdin.readline, ""), _out)
