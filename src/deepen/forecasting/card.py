"""The model card of a forecaster: the README.md of its folder, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deepen.forecasting.columns import Columns
from deepen.records import History, Score

__all__ = ["write_card"]


class _Known(Protocol):
    """What the card tells of a forecaster."""

    columns: Columns
    scores: Mapping[str, Score]
    history: History
    notes: tuple[str, ...]
    about: Mapping[str, Any]

    @property
    def horizon(self) -> int:
        """Steps ahead."""


def write_card(path: Path, model: _Known) -> None:
    """Write what it forecasts, how good it is beside simple forecasts, and what it was made of."""
    source, ahead = model.about.get("source", "a table"), model.about.get("step", "step")
    lines = [
        "# A deepen forecaster",
        "",
        f"It forecasts **{', '.join(model.columns.targets)}** of {source}, {model.horizon} {ahead}s ahead.",
        "",
        "```python",
        "import deepen",
        "",
        'model = deepen.load("this-folder")',
        'model.predict("history.csv").write_csv("forecast.csv")',
        "```",
        "",
        "## How good it is",
        "",
    ]
    if "test" in model.scores:
        names = list(model.scores)
        lines += [
            "On the test part, the last dates, from every origin in it, with 95 % intervals for the net:",
            "",
            f"| | net | 95 % interval | {' | '.join(names[1:])} |",
            f"|{'---|' * (len(names) + 2)}",
        ]
        for name, m in model.scores["test"].measures.items():
            beside = [
                f"{model.scores[other].measures[name].value:.4g}"
                if name in model.scores[other].measures
                else ""
                for other in names[1:]
            ]
            lines.append(
                f"| {name.replace('_', ' ')} | {m.value:.4g} | {m.low:.4g} to {m.high:.4g} | {' | '.join(beside)} |"
            )
        lines.append("")
    lines += ["## What to know", "", *(f"- {text}" for text in model.notes), ""]
    lines += ["## How it was made", ""]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in model.about.items()]
    lines += [f"- training: {model.history.ended}", *(f"- {event}" for event in model.history.events), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
