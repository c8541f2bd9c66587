"""The model card: the README.md of a model's folder, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from deepen.data.schema import Schema
from deepen.evidence.beside import Beside, seconds_said
from deepen.evidence.from_nothing import FROM_NOTHING, FromNothing
from deepen.evidence.match import Match
from deepen.records import History, Score

__all__ = ["ONE_TRAINING", "made", "matched", "measured", "write_card"]

ONE_TRAINING = "this is one training: another seed may bring a better player or a worse one"
"""What to know of every player that learned by playing (Henderson et al. 2018 show how much seeds differ)."""


class _Known(Protocol):
    """What the card tells of a model."""

    schema: Schema
    scores: Mapping[str, Score]
    history: History
    notes: tuple[str, ...]
    about: Mapping[str, Any]


def write_card(
    path: Path, model: _Known, beside: Beside | None = None, from_nothing: FromNothing | None = None
) -> None:
    """Write what the model is, how good it is and what it was made of; first of all where it has not paid."""
    compared = [each for each in (from_nothing, beside) if each is not None]
    schema, score = model.schema, model.scores.get("test")
    lines = [
        "# A deepen model",
        "",
        f"It learned **{', '.join(schema.targets)}** ({schema.task}) from {model.about.get('source', 'arrays')}.",
        "",
        *(line for each in compared if each.first for line in (f"**{each.sentence}**", "")),
        "```python",
        "import deepen",
        "",
        'model = deepen.load("this-folder")',
        "model.predict(new_examples)",
        "```",
        "",
        "## How good it is",
        "",
    ]
    if score is not None:
        lines += measured(model.scores)
        lines += [line for each in compared for line in _compared(each)]
    lines += _behind(path, model)
    lines += ["## What it reads", "", "| column | kind | role | |", "|---|---|---|---|"]
    lines += [f"| {name} | {c.kind} | {c.role} | {c.why} |" for name, c in schema.lines]
    lines += [""]
    if schema.warnings or model.notes:
        lines += ["## What to know", "", *(f"- {text}" for text in (*schema.warnings, *model.notes)), ""]
    lines += made(model.about, model.history)
    path.write_text("\n".join(lines), encoding="utf-8")


def measured(scores: Mapping[str, Score], on: str = "") -> list[str]:
    """The measures with their intervals, and in a line what stands beside; on the test part, unless it is said."""
    score = scores["test"]
    lines = [
        f"{on or f'On the {score.heading}'}, with 95 % intervals:",
        "",
        "| | | 95 % interval | by | on |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {m.name.replace('_', ' ')} | {m.value:.4g} | {f'{m.low:.4g} to {m.high:.4g}' * m.has_interval} "
        f"| {m.method} | {m.n:,} |"
        for m in score.measures.values()
    ]
    others = [f"{name}: {s.headline}" for name, s in scores.items() if name != "test"]
    return [*lines, "", *(["Beside it: " + "; ".join(others) + ".", ""] if others else [])]


def matched(matches: Sequence[Match]) -> list[str]:
    """Against whom a player was tried, and what came of it."""
    lines = [
        "In games that it played when it was trained, a draw being half a point, with 95 % intervals:",
        "",
        "| against | games | won | drawn | lost | points | |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in matches:
        if not one.counted:
            continue
        m, (won, drawn, lost) = one.score, one.results
        lines.append(
            f"| {one.other} | {m.n:,} | {won:,} | {drawn:,} | {lost:,} | {m.value:.1%} | {m.low:.1%} to {m.high:.1%} |"
        )
    return [*lines, ""]


def made(about: Mapping[str, Any], history: History) -> list[str]:
    """How a model was made, and how its training ended."""
    lines = [f"- {name.replace('_', ' ')}: {_written(name, value)}" for name, value in about.items()]
    lines += [f"- training: {history.ended}", *(f"- {event}" for event in history.events)]
    return ["## How it was made", "", *lines, ""]


def _written(name: str, value: object) -> str:
    """Thousands parted, but for a seed, which is copied."""
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 and name != "seed" else str(value)


def _behind(path: Path, model: _Known) -> list[str]:
    """What is confused, for whom it is worse, and the pictures that stand beside the card."""
    found, lines = getattr(model, "evaluation", None), []
    if (
        found is not None
        and found.ordered is not None
        and len(found.ordered.labels) > 2
        and found.ordered.pairs
    ):
        lines += [f"Most confused: {'; '.join(map(str, found.ordered.pairs[:3]))}.", ""]
    for groups in found.subgroups if found is not None else ():
        measure = groups.measure.replace("_", " ")
        lines += [
            f"By {groups.column} ({groups.test}):",
            "",
            f"| | rows | {measure} | | |",
            "|---|---|---|---|---|",
        ]
        for group in groups.groups:
            m, name = group.measures[groups.measure], group.name.replace("|", r"\|")
            lines += [
                f"| {name} | {group.n:,} | {m.value:.4g} | {m.low:.4g} to {m.high:.4g} | {group.verdict} |"
            ]
        lines += ["", *(f"{note}." for note in groups.notes), ""]
    for name, title in (
        ("mistakes", "The worst mistakes"), ("confusion", "What is taken for what"),
        ("reliability", "How often answers of each probability were right"), ("subgroups", "Scores by subgroup"),
    ):  # fmt: skip
        if path.with_name(f"{name}.png").is_file():
            lines += [f"![{title}]({name}.png)", ""]
    return lines


def _compared(found: Beside) -> list[str]:
    """The shallow learners, and the best of them beside the net; or a net from nothing beside it."""
    p, nothing = found.paired, isinstance(found, FromNothing)
    name = f"the net {FROM_NOTHING}" if nothing else found.chosen
    told = "" if p.p is None else (
        f" The net alone is right on {p.only_one:,} rows, {name} alone on {p.only_other:,}"
        f" (McNemar's exact test: p = {p.p:.2g})."
    )  # fmt: skip
    how = "The interval" if nothing else "It was chosen on the validation part; the interval"
    lines = [
        "### A net from nothing" if nothing else "### Shallow learners", "",
        f"{found.sentence}{told} {how} is that of a paired bootstrap.", "",
        f"| learner | {p.measure.replace('_', ' ')}, validation part | training rows | time |", "|---|---|---|---|",
    ]  # fmt: skip
    for each in found.learners:
        reached = "" if each.valid != each.valid else f"{each.valid:.4g}"
        rows, seconds = (
            (f"{each.rows:,}", seconds_said(each.seconds)) if each.rows else ("no time was left", "")
        )
        lines.append(f"| {each.name} | {reached} | {rows} | {seconds} |")
    return [*lines, ""]
