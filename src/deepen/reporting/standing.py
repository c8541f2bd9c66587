"""How a player stands beside others, and what to do with it next. Each sentence follows from numbers."""

from __future__ import annotations

import math

from deepen.evidence.trend import rising
from deepen.records import Measure
from deepen.reporting.glossary import LEARNERS, opponent, shown
from deepen.reporting.material import Material

__all__ = ["PLAYERS", "against", "player_steps", "standing"]

_WIDE = 0.1  # of the points' interval: from here on more games pay (assumed)
_LATE = 1 / 3  # of the looks: where returns rise among these, it was still learning (assumed)
_SURE = 0.05  # the chance that a trend as strong comes of returns in random order
_FURTHER = 4  # times as many simulations as a look further ahead (assumed)
_EVEN = 0.5  # of the points

_BETTER, _EQUAL, _WORSE = "better", "equal", "worse"
_SAID = {
    "player": {
        _BETTER: "It does better than {}.",
        _EQUAL: "The episodes cannot tell it from {}.",
        _WORSE: "It does worse than {}.",
    },
    "board player": {
        _BETTER: "It is stronger than {}.",
        _EQUAL: "The games cannot tell it from {}.",
        _WORSE: "It is weaker than {}.",
    },
}
PLAYERS = frozenset(_SAID)
"""The tasks of what learned by playing."""


def against(material: Material) -> dict[str, Measure]:
    """The points of a board player against each opponent, the strongest first."""
    found = {(s.part if name == "test" else name): s.headline for name, s in material.scores.items()}
    return {name.removeprefix("against "): points for name, points in found.items()}


def standing(material: Material) -> str:
    """Say whom it does better than, as far as intervals tell."""
    groups = _groups(material)
    if not groups:
        return "Nothing was measured beside it."
    said = [
        sentence.format(_joined([f"{one} ({figure})" for one, figure in groups[how].items()]))
        for how, sentence in _SAID[material.task].items()
        if how in groups
    ]
    own = material.score.headline if material.score is not None else None
    if material.task == "player" and own is not None and own.n > 1 and own.low == own.high:
        said.append(f"All of its {own.n:,} episodes returned the same.")
    return " ".join(said)


def player_steps(material: Material) -> list[str]:
    """Say what to do next with a player, the most useful first."""
    groups, found = _groups(material), list[str]()
    if material.history.ended.startswith("stopped"):
        found.append("The training was stopped before its time: a whole one may play better.")
    behind = [*groups.get(_WORSE, ()), *groups.get(_EQUAL, ())]
    if LEARNERS["at random"] in behind:
        found.append("It does not play better than chance: give it more minutes, or try another --method.")
    elif behind:
        found.append(f"It is not ahead of {_joined(behind)}: give it more minutes.")
    return found + (
        _board(material, behind=bool(behind)) if material.task == "board player" else _episodes(material)
    )


def _board(material: Material, *, behind: bool) -> list[str]:
    found = []
    simulations = (material.model.get("searching") or {}).get("simulations")
    if behind and simulations:
        found.append(
            f"It looked {simulations:,} simulations ahead for each move; with more it may play better, untrained: "
            f"deepen match --simulations {_FURTHER * simulations}."
        )
    for name, points in list(against(material).items())[:1]:
        if points.high - points.low > _WIDE:
            found.append(
                f"{points.n:,} games leave its points against {opponent(name)} between {points.low:.0%} and "
                f"{points.high:.0%}: play more by deepen match --against {name} --games {_FURTHER * points.n}."
            )
    go = " A Go program may play against it by deepen gtp." if material.world.startswith("go:") else ""
    return [*found, f"See a game by deepen watch.{go}"]


def _episodes(material: Material) -> list[str]:
    returns = [v for m in material.history.moments if math.isfinite(v := m.valid.get("return", math.nan))]
    late = returns[len(returns) - round(_LATE * len(returns)) :]
    found = []
    if (p := rising(late)) < _SURE:
        found.append(
            f"Its returns still rose over the last third of the training (Mann and Kendall's test, p = {p:.2g}): "
            "more minutes may bring more."
        )
    return [*found, "See it play by deepen watch."]


def _groups(material: Material) -> dict[str, dict[str, str]]:
    """Who is beside it, as called in a sentence, with a figure; by how it does beside them."""
    score, found = material.score, dict[str, dict[str, str]]()
    if score is None:
        return found
    if material.task == "board player":
        for name, points in against(material).items():
            how = _compared(points, _EVEN, _EVEN)
            found.setdefault(how, {})[opponent(name)] = f"{shown(points)} of the points"
        return found
    own = score.headline
    for name, other in material.beside(own.name).items():
        how = _compared(own, other.low, other.high)
        found.setdefault(how, {})[LEARNERS.get(name, name)] = shown(other)
    return found


def _compared(own: Measure, low: float, high: float) -> str:
    if not own.has_interval:
        return _EQUAL
    return _BETTER if own.low > high else _WORSE if own.high < low else _EQUAL


def _joined(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
