"""One study: understand and encode once, fill the grid as the clock allows, and tell what it says.

Every cell is written down when it is done, so a study that is killed goes on where it was, and its folder holds the
chart, the laws and the advice of what was measured so far.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np

from deepen.compute import journal
from deepen.compute.device import summary
from deepen.compute.json_files import read_json
from deepen.config import one_of
from deepen.data.cache import key_of
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import FolderError, SettingError
from deepen.evidence.shallow import LEARNERS
from deepen.learning.budget import Clock
from deepen.learning.plan import Plan
from deepen.nets.sizes import SIZES
from deepen.scaling.cells import NET, Cell, Curve
from deepen.scaling.folder import save
from deepen.scaling.law import FEWEST, law
from deepen.scaling.plan import Costs, Job, amounts, choose, grid
from deepen.scaling.study import Study
from deepen.scaling.trial import chance_of, epochs_of, trial
from deepen.scaling.workers import Worker, write_examples
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.gather import gather
from deepen.training.learn import make_plan

__all__ = ["CELLS", "run"]

CELLS, ASKED, SHARED = "cells.jsonl", "asked.json", "examples.tmp"
MIDDLE = 0.12  # of the clock, for which the middle size is chosen as if it were all there is (assumed)
SAVES = 8  # times, at the most, that the results are written while the study goes on
SAVING = 0.05  # of the clock, at the most, that this may take (assumed)
# What writing the results takes, in the seconds that one law takes: its own, its check and its crossing, of each curve;
# and the chart, matplotlib's import included (measured on three studies: 2.2 to 2.5 and 3 to 5).
OF_A_LAW, OF_A_CHART = 2.5, 6.0
TASKS = ("two classes", "many classes", "several labels", "number")
MOST_WORKERS = 32
STUDIED = ("linear", "neighbours", "SVM", "boosting")
"""The shallow learners of a study, unless others are named."""
SLOWER = 4.0  # times its foretold seconds after which a cell is given up (assumed)

Ask = Callable[[Job, float], dict[str, Any]]


def run(
    context: Context,
    understood: Callable[[Context], tuple[Table, Schema]],
    *,
    folder: Path | None,
    target_score: float | None,
    sizes: Sequence[str] | None,
    learners: Iterable[str] | None,
) -> Study:
    """Study a source.

    Parameters
    ----------
    understood
        Reads the source.
    folder
        Where the study is kept; an earlier one of the same data there goes on.
    target_score
        The accuracy (or R²) that is wanted.
    sizes, learners
        Of the nets, and the shallow ones; found from the clock, and :data:`STUDIED`, by default.

    Raises
    ------
    SettingError
        If an option is wrong, or the task is none of classes, labels and numbers.
    FolderError
        If the folder holds the study of other data.
    """
    wanted = STUDIED if learners is None else tuple(learners)
    for name in wanted:
        one_of("learners", name, tuple(LEARNERS))
    for name in sizes or ():
        one_of("sizes", name, SIZES)
    if target_score is not None and not 0 < target_score < 1:
        raise SettingError(
            "out of range", where="--target-score", allowed="above 0, below 1", came=f"{target_score:g}"
        )
    with tempfile.TemporaryDirectory(prefix="deepen-study-") as spare:
        place = folder or Path(spare)
        place.mkdir(parents=True, exist_ok=True)
        asked = read_json(place / ASKED) if (place / ASKED).is_file() else None
        if asked is not None and asked["image_size"] is not None and context.options.image_size is None:
            # Pictures of another size would make other cells.
            context.options = dataclasses.replace(context.options, image_size=asked["image_size"])
        table, schema = understood(context)
        if schema.task not in TASKS:
            raise SettingError(
                f"the task {schema.task!r} cannot be studied yet", where="study", allowed=", ".join(TASKS)
            )
        examples = gather(context, table, schema)
        _same(place, asked, examples, context)
        return _Running(context, examples, place, folder is not None, target_score, sizes, wanted).all()


def _same(place: Path, asked: dict[str, Any] | None, examples: Examples, context: Context) -> None:
    """See that a study that stands there is of the same data, or note what this one is of."""
    rows = examples.rows
    content = key_of(
        examples.target.tobytes(), rows.train.tobytes(), rows.test.tobytes(), examples.preparation.to_dict()
    )
    if asked is None:
        sides = [max(kind.height, kind.width) for kind in examples.preparation.images.values()]
        journal.write_json_whole(
            place / ASKED,
            {"content": content, "image_size": sides[0] if sides else None, "seed": context.options.seed},
        )
    elif asked["content"] != content:
        raise FolderError(
            "holds the study of other data, or of the same data split otherwise", where=place,
            mend="Choose another folder with --to, or remove it.",
        )  # fmt: skip


class _Running:
    """A study as it goes."""

    def __init__(
        self,
        context: Context,
        examples: Examples,
        place: Path,
        kept: bool,
        target_score: float | None,
        sizes: Sequence[str] | None,
        learners: tuple[str, ...],
    ) -> None:
        self.context, self.examples, self.place, self.kept = context, examples, place, kept
        self.target_score, self.clock = target_score, context.clock
        known = journal.read(place / CELLS)
        if known:
            self.clock.count_as_spent(max(self.clock.elapsed, known[-1]["at"]))
            context.tell(f"{len(known)} cells were measured before")
        self.cells: dict[Job, dict[str, Any]] = {Job.from_dict(r): r for r in known}
        self.plan = self._planned()
        self.middle = str(self.plan.recipe.net.size)
        self.sizes = tuple(sizes) if sizes else _around(self.middle)
        if self.middle not in self.sizes:
            self.middle = self.sizes[len(self.sizes) // 2]
        train, groups = examples.rows.train, examples.groups
        self.rows = amounts(
            len(train),
            len(examples.preparation.labels),
            None if groups is None else len(np.unique(groups[train])),
        )
        self.jobs = grid(self.rows, self.sizes, self.middle, learners)
        self.costs = Costs(self._guess, lambda job: job.rows * self._epochs(job))
        for job, record in self.cells.items():
            self.costs.add(job, record["seconds"])
        self.failed: dict[Job, str] = {}
        self.chance = chance_of(examples)
        self._a_law = _seconds_of_a_law()

    def _planned(self) -> Plan:
        left = max(1.0, MIDDLE * self.clock.left)
        short = dataclasses.replace(self.context, clock=Clock(left), folder=self.place if self.kept else None)
        plan = make_plan(short, self.examples, None)
        self.context.notes = short.notes
        return plan

    def _epochs(self, job: Job) -> float:
        return epochs_of(self.examples, self.plan, job.rows, job.length)[0]

    def _guess(self, job: Job) -> float:
        epochs, batch = epochs_of(self.examples, self.plan, job.rows, job.length)
        step = self.plan.step_seconds * batch / self.plan.recipe.batch
        return step * epochs * max(1.0, job.rows / batch)

    def all(self) -> Study:
        """Fill the grid, and give what it says."""
        workers = _workers(self.context)
        self.context.watch.stage("studying")
        with _Asking(self, workers) as ask:
            self._fill(ask, workers)
        for job, why in self.failed.items():
            self.context.tell(f"not measured: {job}: {why}")
        found = self.study()
        self._save(found)
        return found

    def _fill(self, ask: Ask, workers: int) -> None:
        running: dict[Future[dict[str, Any]], tuple[Job, float]] = {}
        saved = self.clock.elapsed
        spacing = max(self.clock.left / SAVES, self.saving / SAVING)
        with ThreadPoolExecutor(workers) as pool:
            while True:
                stopped = self.context.stop()
                if not stopped:
                    for job in self._next(workers, [j for j, _ in running.values()]):
                        limit = max(10.0, SLOWER * self.costs(job))
                        limit = min(limit, max(1.0, self.clock.left - self.saving))
                        running[pool.submit(ask, job, limit)] = (job, limit)
                if not running:
                    return
                done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(*running.pop(future), future.result())
                if self.clock.elapsed - saved > spacing and self.kept:
                    self._save(self.study())
                    saved, spacing = self.clock.elapsed, max(spacing, self.saving / SAVING)

    def _next(self, workers: int, running: list[Job]) -> list[Job]:
        """The jobs to begin now."""
        free = workers - len(running)
        if free <= 0:
            return []
        left = self.clock.left - self.saving
        open_ = [j for j in self.jobs if j not in self.cells and j not in self.failed and j not in running]
        busy = sum(self.costs(j) for j in running) / workers
        chosen = choose(open_, self.costs, left=max(0.0, left - busy), workers=workers, middle=self.middle)
        if not chosen and not running and not self.cells and not self.failed:
            # However short the clock, there is something to show.
            return sorted(open_, key=lambda j: (self.costs(j), j.learner == NET, j.rows))[:1]
        return chosen[:free]

    def _take(self, job: Job, limit: float, record: dict[str, Any]) -> None:
        """Write a cell down."""
        if "given_up" in record:
            if not self.context.stop():
                self.failed[job] = record["given_up"]
                self.costs.add(job, max(limit, record["seconds"]))
            return
        record["at"] = self.clock.elapsed
        journal.append(self.place / CELLS, record)
        self.cells[job] = record
        self.costs.add(job, record["seconds"])
        self.context.watch.note(f"{job}: {record['error']:.2%} error in {record['seconds']:.1f} s")

    def study(self) -> Study:
        """What is known so far."""
        test = len(self.examples.rows.test)
        cells = [
            Cell(
                job.learner, job.rows, (record["error"],), test, size=job.size, weights=record["weights"],
                length=job.length, compute=record["compute"], seconds=record["seconds"], spread=record["spread"],
            )
            for job, record in sorted(self.cells.items(), key=lambda item: _order(item[0]))
        ]  # fmt: skip
        return Study(
            source=self.examples.origin, task=self.examples.schema.task, rows=len(self.examples.rows.train),
            test=test, chance=self.chance, cells=tuple(cells), target_score=self.target_score,
            notes=tuple(self.context.notes),
            about={
                "seconds": round(self.clock.elapsed, 1), "seed": self.context.options.seed,
                "device": summary(self.context.device), "workers": _workers(self.context),
            },
        )  # fmt: skip

    @property
    def saving(self) -> float:
        """The seconds that writing the results takes, with the laws that there are and may be after one cell more."""
        amounts: dict[tuple[str, str, float], set[int]] = {}
        for job in self.cells:
            amounts.setdefault((job.learner, job.size, job.length), set()).add(job.rows)
        laws = sum(len(rows) >= FEWEST - 1 for rows in amounts.values())
        return self._a_law * (OF_A_LAW * (laws + 1) + OF_A_CHART)

    def _save(self, found: Study) -> None:
        began = time.monotonic()
        found.advice  # noqa: B018 - its laws are fitted now, kept or not
        if self.kept:
            save(found, self.place)
        units = OF_A_LAW * len(found.laws) + OF_A_CHART
        # Other programs may have come to use the machine, or the data's curves be slow to fit.
        self._a_law = max(self._a_law, (time.monotonic() - began) / units)


def _seconds_of_a_law() -> float:
    """How long this machine takes to fit one."""
    cells = tuple(Cell("net", n, (0.05 + 2 * n**-0.5,), 2000) for n in (60, 120, 240, 480, 960))
    began = time.monotonic()
    law(Curve("net", cells, 0.9))
    return time.monotonic() - began


def _order(job: Job) -> tuple[Any, ...]:
    return job.learner != NET, job.learner, job.size, job.length, job.rows, job.seed


def _around(middle: str) -> tuple[str, ...]:
    at = SIZES.index(middle)
    return SIZES[max(0, at - 1) : at + 2]


def _workers(context: Context) -> int:
    """How many cells are trained at once: on a GPU one, on a CPU one for each core that this process may use."""
    if context.device.type != "cpu":
        return 1
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, MOST_WORKERS))


class _Asking:
    """Who does the trials: this process, or others of one thread each."""

    def __init__(self, running: _Running, workers: int) -> None:
        self._running, self._workers = running, workers
        self._idle: Queue[Worker] = Queue()
        self._all: list[Worker] = []

    def __enter__(self) -> Ask:
        if self._workers == 1:
            return self._here
        running = self._running
        shared = running.place / SHARED
        write_examples(shared, running.examples, running.plan, running.context.options)
        self._all = [Worker(shared) for _ in range(self._workers)]
        for worker in self._all:
            self._idle.put(worker)
        return self._there

    def _here(self, job: Job, limit: float) -> dict[str, Any]:
        running = self._running
        return trial(
            running.context, running.examples, running.plan, job, most_rows=running.rows[-1], seconds=limit
        )

    def _there(self, job: Job, limit: float) -> dict[str, Any]:
        worker = self._idle.get()
        try:
            return worker(
                job, most_rows=self._running.rows[-1], seconds=limit, stop=self._running.context.stop
            )
        finally:
            self._idle.put(worker)

    def __exit__(self, *_: object) -> None:
        import shutil

        for worker in self._all:
            worker.end()
        shutil.rmtree(self._running.place / SHARED, ignore_errors=True)
