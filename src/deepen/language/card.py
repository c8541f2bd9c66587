"""The model card: the README.md of a language model's folder, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deepen.data.tokens import Tokeniser
from deepen.records import History, Score

__all__ = ["write_card"]


class _Known(Protocol):
    """What the card tells of a model."""

    tokeniser: Tokeniser
    scores: Mapping[str, Score]
    history: History
    notes: tuple[str, ...]
    about: Mapping[str, Any]
    sample: str


def write_card(path: Path, model: _Known) -> None:
    """Write what the model is, how good it is, how it writes, and what it was made of."""
    tokens = model.tokeniser
    lines = [
        "# A deepen language model",
        "",
        f"It learned to write from {model.about.get('source', 'a text')}, by {tokens.unit}: {tokens.why}.",
        "",
        "```python",
        "import deepen",
        "",
        'model = deepen.load("this-folder")',
        'model.write("A beginning", length=500, temperature=0.8)',
        "```",
        "",
    ]
    score = model.scores.get("test")
    if score is not None:
        lines += [
            "## How good it is", "", f"On the {score.part} part, with 95 % intervals:", "",
            "| | | 95 % interval | by | on |", "|---|---|---|---|---|",
        ]  # fmt: skip
        lines += [
            f"| {m.name.replace('_', ' ')} | {m.value:.4g} | {m.low:.4g} to {m.high:.4g} | {m.method} | {m.n:,} |"
            for m in score.measures.values()
        ]
        beside = [f"{name}: {s.headline}" for name, s in model.scores.items() if name != "test"]
        lines += ["", *(["Beside it: " + "; ".join(beside) + ".", ""] if beside else [])]
    if model.sample:
        quoted = [f"    {line}" for line in model.sample.splitlines()]
        lines += ["## How it writes", "", "Drawn by chance, so true to nothing:", "", *quoted, ""]
    if model.notes:
        lines += ["## What to know", "", *(f"- {text}" for text in model.notes), ""]
    lines += ["## How it was made", ""]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in model.about.items()]
    lines += [f"- training: {model.history.ended}", *(f"- {event}" for event in model.history.events), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
