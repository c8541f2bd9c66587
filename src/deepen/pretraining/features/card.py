"""The model card: the README.md of a folder that :func:`deepen.pretrain` wrote, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deepen.data.schema import Schema
from deepen.model_card import made, measured
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
    schema = model.schema
    lines = [
        "# Features learned by deepen", "",
        f"A machine ({model.about.get('machine', model.method)}) that learned the form of"
        f" {model.about.get('source', 'arrays')} without labels.", "",
        "```python", "import deepen", "", 'features = deepen.load("this-folder")', "features.encode(new_examples)",
        'deepen.train(few_labels, from_="this-folder")', "```", "",
    ]  # fmt: skip
    if "test" in model.scores:
        lines += ["## How good it is", "", *measured(model.scores)]
    if path.with_name("samples.png").is_file():
        lines += ["![What it dreams](samples.png)", ""]
    lines += ["## What it reads", "", "| column | kind | role | |", "|---|---|---|---|"]
    lines += [f"| {name} | {c.kind} | {c.role} | {c.why} |" for name, c in schema.lines]
    if schema.warnings or model.notes:
        lines += ["", "## What to know", "", *(f"- {text}" for text in (*schema.warnings, *model.notes))]
    lines += ["", *made(model.about, model.history)]
    path.write_text("\n".join(lines), encoding="utf-8")
