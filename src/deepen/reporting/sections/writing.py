"""How a language model writes."""

from __future__ import annotations

from deepen.reporting.blocks import Section, Verbatim
from deepen.reporting.material import Material

__all__ = ["writing"]

_MOST = 3000  # characters


def writing(material: Material) -> Section | None:
    """Show what it wrote when it was made."""
    sample = material.model.get("sample")
    if not sample:
        return None
    how = [
        "Drawn token by token from the model’s own probabilities, so true to nothing: it shows style, not knowledge."
    ]
    return Section("writing", "How it writes", [Verbatim(str(sample)[:_MOST])], how)
