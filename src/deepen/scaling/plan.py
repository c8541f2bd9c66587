"""The grid of a study, and which of its cells fit the clock: cheap ones first.

Each cell's seconds follow from those measured so far, so the plan is made anew whenever a cell is done.

Legend: n training rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deepen.evidence.shallow import LEARNERS
from deepen.nets.sizes import dial
from deepen.scaling.cells import NET

__all__ = ["Costs", "Job", "amounts", "choose", "grid"]

MOST_AMOUNTS = 8  # from all rows to a 128th
FEWEST_ROWS = 32
SEEDS = 3
LENGTHS = (0.25, 0.5, 2.0)  # beside 1, of the middle size
STEP_UP = 4.0  # times the work for a step on the dial of sizes, before it is measured (see deepen.nets.sizes)
AT_LEAST = 0.05  # seconds of a cell, whatever its rows
BACKBONE = 0.6  # of the time, that the one curve from which everything is forecast may take (assumed)


@dataclass(frozen=True)
class Job:
    """One training to do: plain data, that any process can be given.

    Examples
    --------
    >>> Job.from_dict(Job("net", 100, "small").to_dict()) == Job("net", 100, "small")
    True
    """

    learner: str
    rows: int
    size: str = ""
    length: float = 1.0
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """Read back what :meth:`to_dict` wrote."""
        return cls(**{f.name: data[f.name] for f in dataclasses.fields(cls)})

    def __str__(self) -> str:
        length = "" if self.length == 1 else f", {self.length:g} times as long"
        return f"{f'{self.learner} {self.size}'.strip()}, {self.rows:,} rows{length}"


def amounts(rows: int, classes: int, groups: int | None = None) -> tuple[int, ...]:
    """Amounts of data, halved from all rows down, rising.

    Parameters
    ----------
    classes
        Below four rows of each class nothing is learned worth measuring (assumed).
    groups
        How many groups the rows are in, of which whole ones are drawn: then groups are halved, and an amount is the
        rows that so many of them hold on average.

    Examples
    --------
    >>> amounts(1000, 10)
    (62, 125, 250, 500, 1000)
    >>> amounts(1000, 10, groups=5)
    (200, 400, 1000)
    """
    least = max(FEWEST_ROWS, 4 * classes)
    units = rows if groups is None else groups
    drawn = {max(1, round(units / 2**k)) for k in range(MOST_AMOUNTS)}
    found = {round(rows * u / units) for u in drawn}
    return tuple(sorted({n for n in found if n >= least} | {rows}))


def grid(rows: Sequence[int], sizes: Sequence[str], middle: str, learners: Iterable[str]) -> list[Job]:
    """All the cells worth having.

    Parameters
    ----------
    rows
        Amounts of data.
    sizes, middle
        Of the nets, and the one among them that is trained longer and shorter too.
    learners
        The shallow ones.
    """
    jobs = [Job(NET, n, size, 1.0, seed) for n in rows for size in sizes for seed in range(SEEDS)]
    jobs += [Job(NET, n, middle, length) for n in rows[-3:] for length in LENGTHS]
    # Of all the rows there is one choice only, and most shallow learners have nothing else that is random.
    return jobs + [
        Job(name, n, "", 1.0, seed)
        for n in rows
        for name in learners
        for seed in range(SEEDS if n < rows[-1] else 1)
    ]


class Costs:
    """What cells cost, by what was measured.

    Parameters
    ----------
    first
        ``first(job)`` guesses the seconds of a net's training before any is measured.
    work
        ``work(job)`` gives the examples that a net's training sees.
    """

    def __init__(self, first: Callable[[Job], float], work: Callable[[Job], float]) -> None:
        self._first, self._work = first, work
        self._measured: dict[tuple[str, str], dict[float, float]] = {}

    def add(self, job: Job, seconds: float) -> None:
        """Take note of what a cell took."""
        self._measured.setdefault((job.learner, job.size), {})[self._amount(job)] = seconds

    def _amount(self, job: Job) -> float:
        return float(self._work(job)) if job.learner == NET else float(job.rows)

    def __call__(self, job: Job) -> float:
        """Foretell the seconds of a cell, from the nearest that was measured."""
        own = self._measured.get((job.learner, job.size))
        amount = self._amount(job)
        growth = 1.0 if job.learner == NET else LEARNERS[job.learner].growth
        if own:
            known = [x for x in own if x <= amount] or [min(own)]
            return max(AT_LEAST, own[max(known)] * float(max(amount / max(known), 0.05) ** growth))
        if job.learner != NET:
            return AT_LEAST * float(max(1.0, job.rows / 500) ** growth)
        others = [size for learner, size in self._measured if learner == NET]
        if others:
            near = min(others, key=lambda size: abs(dial(size) - dial(job.size)))
            there = self(dataclasses.replace(job, size=near))
            return there * float(STEP_UP ** max(0.0, dial(job.size) - dial(near)))
        return max(AT_LEAST, float(self._first(job)))


def choose(jobs: Iterable[Job], seconds: Costs, *, left: float, workers: int, middle: str) -> list[Job]:
    """Choose the cells that fit the time left, cheap ones first.

    The middle net's curve goes first, to as many rows as fit; then, by cost, the shallow learners, other sizes, more
    seeds, and other lengths. More seeds of what takes long give way to all else.

    Parameters
    ----------
    jobs
        Those not done yet.
    left, workers
        Seconds on the clock, and how many cells are trained at once.
    """
    room, used, chosen = left * workers, 0.0, []
    costs = {job: seconds(job) for job in jobs}
    trunk = [j for j in costs if j.learner == NET and j.size == middle and j.length == 1 and j.seed == 0]
    for job in sorted(trunk, key=lambda j: j.rows):
        if used + costs[job] <= BACKBONE * room and costs[job] <= 0.9 * left:
            chosen.append(job)
            used += costs[job]
    others = [j for j in costs if j not in set(trunk)]
    for job in sorted(others, key=lambda j: (costs[j] * _worth(j, middle), j.rows)):
        if used + costs[job] <= 0.95 * room and costs[job] <= 0.9 * left:
            chosen.append(job)
            used += costs[job]
    return sorted(chosen, key=lambda j: (costs[j] * _worth(j, middle), j.rows))


def _worth(job: Job, middle: str) -> float:
    """How many times its seconds a cell must be worth."""
    if job.length != 1:
        return 3.0
    if job.seed:
        return 3.0 + 3.0 * job.seed
    return 1.0 if job.learner != NET or job.size == middle else 1.5
