"""How it was made: what is needed to make it again, and what is missing from this page."""

from __future__ import annotations

from deepen.reporting.blocks import Block, Cell, Points, Section, Table
from deepen.reporting.material import Material

__all__ = ["made"]


def made(material: Material) -> Section | None:
    """A table of sizes, device, seed and versions."""
    facts = {**dict(material.model.get("versions") or {}), **dict(material.about)}
    blocks: list[Block] = []
    if facts:
        rows = [[Cell(str(name).replace("_", " ")), Cell(_words(value))] for name, value in facts.items()]
        blocks.append(Table("Sizes, device, seed and versions", ("what", "which"), rows[:60]))
    blocks += _settings(material)
    missing = _missing(material)
    if missing:
        blocks.append(Points(missing, "What this page could not show"))
    return Section("made", "How it was made", blocks) if blocks else None


def _settings(material: Material) -> list[Block]:
    """What a player was asked to do: what of it stands in ``model.json``."""
    if not material.world:
        return []
    rows = [
        [Cell(f"{what}{str(name).replace('_', ' ')}"), Cell(_words(value))]
        for part, what in (
            ("settings", ""),
            ("net", "net: "),
            ("searching", "search: "),
            ("making", "world: "),
        )
        for name, value in (material.model.get(part) or {}).items()
    ]
    return [Table("Settings", ("what", "which"), rows, folded=True)] if rows else []


def _words(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def _missing(material: Material) -> list[str]:
    found = []
    if not material.scores:
        found.append("Scores: none was measured.")
    if material.evaluation is None and material.form == "":
        found.append(
            "Mistakes, calibration and the like: the folder keeps none; that of a model trained anew does."
        )
    if not material.seen and material.form == "":
        found.append("What each level has learned: look by deepen see, and name its folder by --seen.")
    if not material.study and material.form == "":
        found.append("What more data would buy: measure it by deepen study, and name its folder by --study.")
    return found
