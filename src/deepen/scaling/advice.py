"""What a study says, in plain sentences: the shallow learner first where it wins."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from deepen.scaling.cells import Cell

if TYPE_CHECKING:
    from deepen.scaling.law import Forecast
    from deepen.scaling.study import Study

__all__ = ["advise"]


def advise(study: Study) -> tuple[str, ...]:
    """Say what the cells and their laws mean for whoever has the data."""
    if not study.curves:
        return ("Nothing was measured: give the study more minutes.",)
    told = [*_who_is_better(study)]
    if not study.best:
        return (*told, "Too few amounts of data were measured for a law: give the study more minutes.")
    return (
        *told, *_more_data(study), *_target(study), *_crossing(study), *_larger(study), *_longer(study),
        *_check(study),
    )  # fmt: skip


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _range(found: Forecast) -> str:
    return f"{_percent(found.error)} [{_percent(found.low)}, {_percent(found.high)}]"


def _about(rows: float) -> str:
    """Round to two digits, since no more is known."""
    if rows >= 1e15:
        return "more than 10^15"
    digits = max(0, math.floor(math.log10(max(rows, 1))) - 1)
    return f"{round(rows, -digits):,.0f}"


def _who_is_better(study: Study) -> list[str]:
    """The best net beside the best shallow learner, where both have learned from equally many rows."""
    deep, plain = study.best, study.best_shallow
    names = [name for name in (deep, plain) if name]
    if not names:
        return []
    cells = {name: {c.rows: c for c in study.curves[name].cells} for name in names}
    both = set.intersection(*(set(found) for found in cells.values()))
    if not both:
        name = min(names, key=lambda name: study.curves[name].cells[-1].error)
        last = study.curves[name].cells[-1]
        return [f"With {last.rows:,} rows {name} has a {study.measure} of {_percent(last.error)}."]
    rows = max(both)
    first, *others = sorted(names, key=lambda name: cells[name][rows].error)
    cell = cells[first][rows]
    text = f"With {rows:,} rows {first} has the lowest {study.measure}, {_percent(cell.error)}"
    for name in others:
        other = cells[name][rows]
        text += f"; {name} has {_percent(other.error)}"
        if _apart(cell, other) < 1.645:
            text += ", which is no clear difference"
            if name == plain:
                text += f": {plain} is as good, and takes {other.seconds:.1f} s beside {cell.seconds:.1f} s"
        elif first == plain and rows >= 0.99 * study.rows:
            text += ": on these data depth has not paid"
    told = [text + "."]
    for name in names:
        last = study.curves[name].cells[-1]
        if last.rows > rows:
            missing = next(other for other in names if other != name)
            told.append(
                f"With {last.rows:,} rows {name} has {_percent(last.error)}; the clock did not allow {missing} so many."
            )
    return told


def _apart(one: Cell, other: Cell) -> float:
    """How many standard errors two cells on the same test part are apart, of which they share a half."""
    spread = math.sqrt(0.5 * (one.test_spread**2 + other.test_spread**2))
    return abs(one.error - other.error) / max(spread, 1e-9)


def _more_data(study: Study) -> list[str]:
    parts = []
    for found in study.forecasts[study.best]:
        times = found.rows / study.rows
        parts.append(f"{_range(found)} with {'all' if times == 1 else f'{times:g} times'} the data")
    told = [f"Forecast for {study.best}: {'; '.join(parts)} (90 % intervals)."]
    floor = study.laws[study.best].plateau
    if floor.low > 0.1 * study.curves[study.best].cells[-1].error:
        told.append(
            f"More data alone will not bring its error below {_percent(floor.error)} "
            f"[{_percent(floor.low)}, {_percent(floor.high)}]."
        )
    elif floor.high > 0:
        told.append(
            f"No plateau is in sight: what more data cannot remove lies below {_percent(floor.high)}."
        )
    return told


def _target(study: Study) -> list[str]:
    if study.target_score is None:
        return []
    need, asked = study.needs[study.best], f"{study.score} {study.target_score:g}"
    if not need.reachable:
        floor = study.laws[study.best].plateau
        why = (
            f"its error levels off at {_percent(floor.error)} [{_percent(floor.low)}, {_percent(floor.high)}]"
            if floor.error > need.error
            else "even a thousand times the data would more likely than not miss it"
        )
        return [
            f"{asked} is not reachable by data alone: {why}. Try a larger net, longer training, or better labels."
        ]
    if need.rows <= study.curves[study.best].rows[-1]:
        return [f"{asked} is reached already, with about {_about(need.rows)} rows."]
    high = "no amount" if math.isinf(need.high) else _about(need.high)
    return [
        f"{asked} needs about {_about(need.rows)} training rows [{_about(need.low)}, {high}], "
        f"{need.rows / study.rows:.2g} times what there is."
    ]


def _crossing(study: Study) -> list[str]:
    told = []
    for name, found in study.crossings.items():
        if found.share >= 0.8 and math.isfinite(found.rows):
            worse = name if found.better == study.best else study.best
            told.append(
                f"{found.better} overtakes {worse} at about {_about(found.rows)} rows "
                f"[{_about(found.low)}, {_about(found.high)}]."
            )
    return told


def _larger(study: Study) -> list[str]:
    """The best net's curve beside the next larger one's, at the largest amount that both have."""
    names = list(study.nets)
    told = []
    for small, large in itertools.pairwise(names):
        both = set(study.curves[small].rows.tolist()) & set(study.curves[large].rows.tolist())
        if not both:
            continue
        most = max(both)
        one, other = (next(c for c in study.curves[name].cells if c.rows == most) for name in (small, large))
        change = other.error / one.error - 1
        clear = "" if _apart(one, other) > 1.645 else ", which is no clear difference"
        slower = other.seconds / max(one.seconds, 1e-9)
        told.append(
            f"{large} ({other.weights:,} weights) has {abs(change):.0%} {'less' if change < 0 else 'more'} error than "
            f"{small} ({one.weights:,}) with {int(most):,} rows{clear}, in {slower:.1f} "
            "times the seconds."
        )
    if study.surface is not None:
        weights = 4 * study.surface.largest[1]
        told.append(
            f"A net of four times the weights of the largest, with the same data: "
            f"{_range(study.surface.forecast(study.rows, weights))}."
        )
    return told


def _longer(study: Study) -> list[str]:
    told = []
    most = max((base.rows for base, _ in study.longer), default=0)
    for base, other in study.longer:
        if base.rows == most:
            change = other.error / base.error - 1
            clear = "" if _apart(base, other) > 1.645 else ", which is no clear difference"
            told.append(
                f"Training {other.length:g} times as long: {abs(change):.0%} {'less' if change < 0 else 'more'} error "
                f"with {base.rows:,} rows{clear}."
            )
    return told


def _check(study: Study) -> list[str]:
    found = study.checks.get(study.best)
    if not found:
        return []
    last = found[-1]
    hit = "inside" if last.inside else "outside"
    return [
        f"Self-check: fitted to at most {last.fitted_to:,.0f} rows, the law forecast {_range(last.forecast)} for "
        f"{last.forecast.rows:,.0f}; {_percent(last.came)} came, {hit} the interval."
    ]
