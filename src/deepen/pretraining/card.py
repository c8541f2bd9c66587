"""The model card: the README.md of a folder that :func:`deepen.pretrain` wrote, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deepen.data.schema import Schema
from deepen.records import History, Score

__all__ = ["write_card"]


class _Known(Protocol):
    """What the card tells of a machine."""

    schema: Schema
    method: str
    scores: Mapping[str, Score]
    history: History
    notes: tuple[str, ...]
    about: Mapping[str, Any]


def write_card(path: Path, model: _Known) -> None:
    """Write what the machine is, how good it is, what it reads, and how it was made."""
    schema, score = model.schema, model.scores.get("test")
    lines = [
        "# Features learned by deepen", "",
        f"A machine ({model.about.get('machine', model.method)}) that learned the form of"
        f" {model.about.get('source', 'arrays')} without labels.", "",
        "```python", "import deepen", "", 'features = deepen.load("this-folder")', "features.encode(new_examples)",
        'deepen.train(few_labels, from_="this-folder")', "```", "",
    ]  # fmt: skip
    if score is not None:
        lines += [
            "## How good it is", "", f"On the {score.part} part, with 95 % intervals:", "",
            "| | | 95 % interval | by | on |", "|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [
            f"| {m.name.replace('_', ' ')} | {m.value:.4g} | {m.low:.4g} to {m.high:.4g} | {m.method} | {m.n:,} |"
            for m in score.measures.values()
        ]
        others = [f"{name}: {s.headline}" for name, s in model.scores.items() if name != "test"]
        lines += ["", *(["Beside it: " + "; ".join(others) + ".", ""] if others else [])]
    if path.with_name("samples.png").is_file():
        lines += ["![What it dreams](samples.png)", ""]
    lines += ["## What it reads", "", "| column | kind | role | |", "|---|---|---|---|"]
    lines += [f"| {name} | {c.kind} | {c.role} | {c.why} |" for name, c in schema.lines]
    if schema.warnings or model.notes:
        lines += ["", "## What to know", "", *(f"- {text}" for text in (*schema.warnings, *model.notes))]
    lines += ["", "## How it was made", ""]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in model.about.items()]
    lines += [f"- training: {model.history.ended}", *(f"- {event}" for event in model.history.events), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
