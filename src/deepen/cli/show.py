"""What the command prints: what was understood, the progress bar, the scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from deepen.answers import Forecast
    from deepen.data.schema import Schema
    from deepen.evaluation import Evaluation, Subgroups
    from deepen.findings import Findings
    from deepen.learning.watch import Progress as Now
    from deepen.records import History, Score

__all__ = ["AS_IT_IS", "Screen", "behind", "findings", "forecast", "history", "scores"]

_MOST_ROWS = 24  # of the table of columns: what a screen holds


# One line, in which neither [x] nor :-1: is anything but itself.
AS_IT_IS: dict[str, Any] = {"markup": False, "emoji": False, "soft_wrap": True}


_PLAYED = {
    "return": "return: the rewards of an episode, added up; exploring: with actions by chance among its own",
    "against_chance": "points: a win is 100 %, a draw 50; in these games it looks no moves ahead against random ones",
}
"""What the figures of a look at a player are, said once; by one that every such look has."""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


class Screen:
    """A watch that shows on a terminal what happens; plain lines where the output is no terminal."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, quiet=quiet, highlight=False)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._stage = ""
        self._lines = 0
        self._explained = False

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        """Show the part of the work that goes on."""
        if total and total > 2000 and self.console.is_terminal:
            bar = self._open()
            bar.update(
                self._task,
                description=name,
                completed=done / total,
                total=1.0,
                detail=f"{done:,} of {total:,}",
            )
        elif name != self._stage and not total:
            self._close()
            self._lines = 0  # another training may follow
            self.console.print(f"[dim]{name} ...[/dim]")
        self._stage = name

    def note(self, text: str) -> None:
        """Show what was understood or mended."""
        self.console.print(f"  {text}", **AS_IT_IS)

    def understood(self, schema: Schema, rows: int) -> None:
        """Show the columns and the task in a short table."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("column", "kind", "role", "why"):
            table.add_column(name)
        shown = sorted(schema.lines, key=lambda line: (line[1].role != "target", line[1].role == "input"))
        for name, plan in shown[:_MOST_ROWS]:
            style = {"target": "bold", "left out": "yellow"}.get(plan.role, "")
            table.add_row(Text(name), plan.kind, plan.role, Text(plan.why), style=style)
        self.console.print(f"{rows:,} rows; the task: {schema.task}")
        self.console.print(table)
        if len(shown) > _MOST_ROWS:
            self.console.print(f"  and {len(shown) - _MOST_ROWS:,} more inputs")
        self.console.print(
            "[dim]  another choice: --target NAME, --kind NAME=KIND, --drop NAME, --keep NAME[/dim]"
        )

    def progress(self, now: Now) -> None:
        """Show how far the training is, the time left, and the score so far with its interval."""
        played = _played(now.valid)
        if played:
            self._explain(now.valid)
        detail = f"{_clock(now.left)} left  {played or _learned(now)}"
        if self.console.is_terminal:
            self._open().update(
                self._task, description="training", completed=now.share, total=1.0, detail=detail
            )
        elif now.share * 10 >= self._lines:
            self._lines = int(now.share * 10) + 1
            self.console.print(f"  training {now.share:4.0%}  {detail}", markup=False)

    def _explain(self, looked: Mapping[str, float]) -> None:
        """Say once what the figures of play are."""
        said = next((said for name, said in _PLAYED.items() if name in looked), "")
        if said and not self._explained:
            self._explained = True
            self.console.print(f"  {said}", **AS_IT_IS)

    def _open(self) -> Progress:
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[detail]}"),
            )
            self._bar = Progress(*columns, console=self.console, transient=True, refresh_per_second=4)
            self._bar.start()
            self._task = self._bar.add_task("", total=1.0, detail="")
        return self._bar

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _learned(now: Now) -> str:
    """How far the training is, and the score so far with its interval."""
    said = f"epoch {now.epoch:.1f}" if now.epoch >= 0.05 or not now.step else f"step {now.step:,}"
    said += f"  loss {now.loss:.3f}" if math.isfinite(now.loss) else ""  # before the first step there is none
    v = now.valid
    if "score" not in v:
        return said
    ends = f" [{v['low']:.3f}, {v['high']:.3f}]" if math.isfinite(v["low"]) else ""  # one game alone has none
    return f"{said}  valid {v['score']:.3f}{ends}"


def _played(looked: Mapping[str, float]) -> str:
    """What the last look at a player found; nothing of what is no player."""
    said = []
    if "return" in looked or "training_return" in looked:
        names = {"return": "return", "training_return": "exploring"}
        said.append(", ".join(f"{word} {looked[name]:.4g}" for name, word in names.items() if name in looked))
    if "against_chance" in looked:
        before = f", {looked['against_last']:.0%} against itself before" if "against_last" in looked else ""
        said.append(f"points {looked['against_chance']:.0%} against random moves{before}")
    if said and "environment_steps" in looked:
        said.append(f"{looked['environment_steps']:,.0f} steps")
    return "  ".join(said)


def scores(console: Console, found: Mapping[str, Score]) -> None:
    """Print every measure with its interval, the baselines beside it."""
    test = next(iter(found.values()))
    beside = [name for name in found if found[name] is not test]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(test.heading)
    for name in ("net", "95 % interval", *beside):
        table.add_column(name, justify="right")
    for name, m in test.measures.items():
        others = [f"{found[b].measures[name].value:.4g}" if name in found[b].measures else "" for b in beside]
        ends = f"[{m.low:.4g}, {m.high:.4g}]" if m.has_interval else ""
        table.add_row(name.replace("_", " "), f"{m.value:.4g}", ends, *others)
    console.print(table, markup=False)
    if test.confusion and len(test.labels) <= 12:
        console.print(_confusion(test.labels, test.confusion))


def behind(console: Console, found: Evaluation | None, *, groups: bool = False) -> None:
    """Print the most confused pairs and the worst subgroup, a line each; or every subgroup in a table."""
    if found is None:
        return
    if found.ordered is not None and len(found.ordered.labels) > 2 and found.ordered.pairs:
        pairs = "; ".join(map(str, found.ordered.pairs[:3]))
        console.print(f"most confused: {pairs}", **AS_IT_IS)
    for each in found.subgroups:
        if groups:
            console.print(_groups(each))
            for note in each.notes:
                console.print(f"  {note}", **AS_IT_IS)
        console.print(str(each), **AS_IT_IS)


def _groups(found: Subgroups) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(Text(f"by {found.column}"))
    for name in ("rows", found.measure.replace("_", " "), "95 % interval", "than the rest", "p"):
        table.add_column(name, justify="right")
    for group in found.groups:
        m = group.measures[found.measure]
        table.add_row(
            Text(group.name), f"{group.n:,}", f"{m.value:.4g}", f"[{m.low:.4g}, {m.high:.4g}]", group.verdict,
            f"{group.p:.2g}",
        )  # fmt: skip
    return table


def _confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        title="rows: true, columns: predicted",
        title_justify="left",
    )
    table.add_column("")
    for label in labels:
        table.add_column(Text(label), justify="right")
    for label, row in zip(labels, counts, strict=True):
        table.add_row(Text(label), *(f"{n:,}" if n else "." for n in row))
    return table


def history(console: Console, found: History) -> None:
    """Print how the training ended, and what had to be mended."""
    if found.ended != "complete":
        console.print(f"training: {found.ended}")
    for event in found.events:
        console.print(f"  {event}", markup=False)


def forecast(console: Console, found: Forecast, most: int) -> None:
    """Print what is to come: the median, and the 80 % interval, of every target and date."""
    low, high = (
        found.columns.index(f"{found.targets[0]} {q}%") - found.columns.index(found.targets[0])
        for q in (10, 90)
    )
    first = len(found.columns) - len(found.targets) * len(found.levels)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in found.columns[:first]:
        table.add_column(Text(name))
    for target in found.targets:
        table.add_column(Text(target), justify="right")
        table.add_column("80 % interval", justify="right")
    for at, row in enumerate(found.rows()):
        if at == most:
            break
        figures = []
        for k in range(len(found.targets)):
            own = row[first + k * len(found.levels) :]
            figures += [f"{own[0]:.5g}", f"[{own[low]:.5g}, {own[high]:.5g}]"]
        table.add_row(*(Text(each) for each in row[:first]), *(Text(each) for each in figures))
    console.print(table)
    if len(found) > most:
        console.print(f"and {len(found) - most:,} more; write them all with --out forecast.csv", markup=False)


_EACH = 4  # findings shown of a kind; the folder holds them all


def findings(console: Console, found: Findings) -> None:
    """Print what a check found, the worst kind first, a few of each."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("severity", justify="right")
    table.add_column("what", overflow="fold")
    table.add_column("where", overflow="fold", max_width=48)
    for kind, count in found.counts().items():
        own = found.of(kind)
        table.add_row("", f"{kind}: {count:,}", "", style="bold")
        for each in own[:_EACH]:
            table.add_row(f"{each.severity:.2f}", Text(each.text), Text("\n".join(each.where[:2])))
        if count > _EACH:
            table.add_row("", f"and {count - _EACH:,} more", "", style="dim")
    if len(found):
        console.print(table)
    else:
        console.print("nothing was found")
    auc = found.figures.get("AUC between train and test")
    if auc is not None and not found.of("shift"):
        low, high = found.figures["AUC low"], found.figures["AUC high"]
        console.print(
            f"training and test part are alike: a classifier between them has AUC {auc:.3f} [{low:.3f}, {high:.3f}]"
        )
    share = found.figures.get("labels estimated wrong")
    if share is not None:
        right = found.figures["accuracy of the learner that doubts labels"]
        console.print(
            f"a quick learner, right for {right:.1%} of the rows, contradicts {share:.1%} of the labels"
        )
    console.print(f"{found.rows:,} rows looked at in {found.seconds:.0f} s")
