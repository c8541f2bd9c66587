"""How the training went: loss and score as time passed, and what had to be mended on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deepen.records import Moment
from deepen.reporting.blocks import Block, Cell, Drawn, Points, Section, Table, Words
from deepen.reporting.charts.canvas import number
from deepen.reporting.charts.curves import Curves, Line
from deepen.reporting.glossary import named
from deepen.reporting.material import Material
from deepen.reporting.wording import EXPERTS

__all__ = ["training"]

_MOST_POINTS, _MOST_EVENTS = 160, 40
_SHARES = ("two classes", "many classes", "several labels", EXPERTS)  # the tasks whose score is a share
_PLAYED = {"environment_steps": "steps in the environment", "episodes": "episodes"}
_SILENT = ("low", "high", "minus_return")  # figures of a look that are no column of their own


def training(material: Material) -> Section | None:
    """Draw what was looked at; a training without a look is told in words."""
    history = material.history
    blocks: list[Block] = []
    moments = _thinned([m for m in history.moments if math.isfinite(m.seconds)])
    if history.moments:
        last = history.moments[-1]
        blocks.append(
            Words(
                f"{_done(last, material)}, {last.seconds:,.0f} seconds after the start. It ended: {history.ended}."
            )
        )
    elif history.ended != "complete":
        blocks.append(Words(f"It ended: {history.ended}."))
    if len(moments) > 1:
        epochs = material.wording.epochs
        table = _table(moments, len(history.moments), epochs=epochs)
        blocks += [Drawn(_losses(moments, epochs=epochs), table)]
        blocks += _scores(moments, material)
    if history.events:
        blocks.append(Points(list(history.events[:_MOST_EVENTS]), "What happened on the way"))
    if not blocks:
        return None
    return Section("training", "The training", blocks, [material.wording.loss])


def _done(last: Moment, material: Material) -> str:
    """How far it came: in passes over the data, or in what was played."""
    found = [f"{last.step:,} step{'s' * (last.step != 1)}"]
    if material.wording.epochs:
        found.append(f"{number(last.epoch)} passes over the training part")
    else:
        found[0] += " of learning"
        found += [f"{last.valid[name]:,.0f} {what}" for name, what in _PLAYED.items() if name in last.valid]
    return ", ".join(found)


def _thinned(moments: Sequence[Moment]) -> list[Moment]:
    """Evenly so many, the first and the last among them."""
    if len(moments) <= _MOST_POINTS:
        return list(moments)
    step = (len(moments) - 1) / (_MOST_POINTS - 1)
    return [moments[round(k * step)] for k in range(_MOST_POINTS)]


def _tips(moments: Sequence[Moment], name: str, values: Sequence[float], *, epochs: bool = True) -> list[str]:
    return [
        f"{name}: {number(v)}; {m.seconds:,.1f} s, {f'epoch {number(m.epoch)}, ' * epochs}step {m.step:,}"
        for m, v in zip(moments, values, strict=True)
    ]


def _losses(moments: Sequence[Moment], *, epochs: bool) -> Curves:
    x = [m.seconds for m in moments]
    train = [m.loss for m in moments]
    valid = [m.valid.get("loss", math.nan) for m in moments]
    lines = [
        Line("training loss", x, train, colour=0, tips=_tips(moments, "training loss", train, epochs=epochs))
    ]
    if any(math.isfinite(v) for v in valid):
        tips = _tips(moments, "validation loss", valid)
        lines.append(Line("validation loss", x, valid, colour=1, dash=1, tips=tips))
    said = f"The training loss went from {number(train[0])} to {number(train[-1])}"
    known = [v for v in valid if math.isfinite(v)]
    said += f", the validation loss from {number(known[0])} to {number(known[-1])}." if known else "."
    frame = _frame([*train, *known])
    said += " The first values run off the chart." if frame is not None else ""
    return Curves("Loss by time", said, lines, x_label="seconds", y_label="loss", frame=frame)


def _frame(values: Sequence[float]) -> tuple[float, float] | None:
    """Cut the first steps' peak off, where it would flatten all that follows."""
    known = sorted(v for v in values if math.isfinite(v))
    if len(known) < 8:
        return None
    low, high = known[0], known[int(0.95 * (len(known) - 1))]
    room = 0.08 * ((high - low) or abs(high) or 1.0)
    return None if known[-1] <= high + 4 * (high - low) else (low - room, high + 4 * room)


def _scores(moments: Sequence[Moment], material: Material) -> list[Block]:
    scored = [m for m in moments if "score" in m.valid]
    if len(scored) < 2:
        return []
    y = [m.valid["score"] for m in scored]
    ends = [[m.valid.get(name, math.nan) for m in scored] for name in ("low", "high")]
    line = Line(
        "validation score", [m.seconds for m in scored], y, colour=2, shape=0, low=ends[0], high=ends[1],
        tips=_tips(scored, "validation", y),
    )  # fmt: skip
    share = material.task in _SHARES
    headline = material.score.headline if material.score is not None else None
    least = headline is not None and headline.better == "lower"
    first, last, best = (
        f"{v:.1%}" if share else number(v) for v in (y[0], y[-1], min(y) if least else max(y))
    )
    said = f"On the validation part it went from {first} to {last}; the best was {best}."
    name = named(headline.name) if headline is not None else "score"
    chart = Curves(f"Validation {name} by time", said, [line], x_label="seconds", y_label=name, percent=share)
    return [Drawn(chart)]


def _table(moments: Sequence[Moment], of: int, *, epochs: bool) -> Table:
    names = list(dict.fromkeys(name for m in moments for name in m.valid if name not in _SILENT))
    part = "validation " if epochs else ""  # what plays has none
    rows = [
        [
            *(Cell(number(v), v) for v in (round(m.seconds, 1), m.step)),
            *([Cell(number(m.epoch), m.epoch)] if epochs else []),
            *(Cell(number(v), v) for v in (m.rate, m.loss)),
            *(Cell(number(m.valid[name]), m.valid[name]) if name in m.valid else Cell("–") for name in names),
        ]
        for m in moments
    ]
    columns = (
        "seconds", "step", *(["epoch"] if epochs else []), "learning rate", "training loss",
        *(part + name.replace("_", " ") for name in names),
    )  # fmt: skip
    return Table("The moments that were looked at", columns, rows, folded=True, left_out=of - len(rows))
