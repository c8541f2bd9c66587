"""The model card: the README.md of a language model's folder, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from deepen.data.tokens import Tokeniser
from deepen.model_card import made, measured
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
        'deepen.train(few_labels, from_="this-folder")  # sentences and their classes, read by what it learned',
        "```",
        "",
    ]
    if "test" in model.scores:
        lines += ["## How good it is", "", *measured(model.scores)]
    if model.sample:
        quoted = [f"    {line}" for line in model.sample.splitlines()]
        lines += ["## How it writes", "", "Drawn by chance, so true to nothing:", "", *quoted, ""]
    if model.notes:
        lines += ["## What to know", "", *(f"- {text}" for text in model.notes), ""]
    lines += made(model.about, model.history)
    path.write_text("\n".join(lines), encoding="utf-8")
