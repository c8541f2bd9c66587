"""The folder of what was seen of a machine: sheets of pictures, or words where there are none to draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from deepen.compute import folders
from deepen.pretraining.features.model import Features
from deepen.pretraining.features.patches import KMeansOfRows
from deepen.pretraining.features.seen import Look
from deepen.reporting.contact_sheet import draw

__all__ = ["write"]

_KIND = "look"
_COLUMNS = 5  # that weigh most, told of a unit that has no picture

Sheet = tuple[str, str, list[tuple[np.ndarray | None, str]], int]
"""A sheet's file, its title, its pictures with what stands above each, and how many stand in a row."""


def write(found: Look, model: Features, place: Path) -> dict[str, str]:
    """Write arrays, pictures and a README; give what each picture shows, by its file.

    Raises
    ------
    FolderError
        If the folder cannot be written, or something that deepen did not write stands there.
    """
    with folders.staged(place, kind=_KIND, free=("README.md", "*.png")) as stage:
        arrays: dict[str, Any] = {
            "filters": found.filters, "rows": found.rows, "again": found.again,
            **{f"chain-{steps}": states for steps, states in found.chains.items()},
            **{f"dreams-{at}": states for at, states in enumerate(found.dreams.values())},
        }  # fmt: skip
        np.savez_compressed(stage / "look.npz", **arrays)
        lines = ["# What the machine has learned", "", *(f"- {text}" for text in found.sentences), ""]
        pictures: dict[str, str] = {}
        for name, title, shown, columns in _sheets(found, model) if model.grid is not None else ():
            draw(shown, stage / name, title, columns=columns)
            lines += [f"## {title}", "", f"![{title}]({name})", ""]
            pictures[name] = title
        lines += _words(found) if model.grid is None else []
        # The names of what deepen see tells of other nets, so that the report shows both alike.
        folders.write_json(stage / "seeing.json", {
            "levels": [{"sentence": text} for text in found.sentences], "notes": list(found.notes),
            "pictures": pictures, "columns": list(found.columns), "dreams": list(found.dreams),
        })  # fmt: skip
        (stage / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return pictures


def _sheets(found: Look, model: Features) -> Iterator[Sheet]:
    largest = np.abs(found.filters).max(axis=1, keepdims=True)
    grey = 0.5 + 0.5 * found.filters / np.maximum(largest, 1e-12)
    if isinstance(model.estimator, KMeansOfRows):
        title = "What patches are compared with: the centroids, whitened"
        yield "filters.png", title, [(picture, "") for picture in model.estimator.as_pictures(grey)], 16
        return
    grey = model.pictures(grey)
    title = "What the first layer's units look for: white excites, black inhibits"
    yield "filters.png", title, [(picture, "") for picture in grey], 16
    if found.chains:
        each = {f"{steps:,} step{'s' * (steps > 1)}": rows for steps, rows in found.chains.items()}
        yield "chains.png", "The same chains, step by step", *_in_lines(each, model)
    elif "" in found.dreams:
        yield "dreams.png", "What it dreams", *_in_lines({"": found.dreams[""]}, model)
    classes = {label: rows for label, rows in found.dreams.items() if label}
    if classes:
        yield "dreams.png", "What it dreams of each class", *_in_lines(classes, model)
    if len(found.rows):
        pairs = {"given": found.rows, "comes back": found.again}
        yield "reconstructions.png", "What it makes of data", *_in_lines(pairs, model)


def _in_lines(
    lines: dict[str, np.ndarray], model: Features
) -> tuple[list[tuple[np.ndarray | None, str]], int]:
    """Pictures in lines, the first one of each under its name; and how many stand in a line."""
    shown: list[tuple[np.ndarray | None, str]] = []
    for name, rows in lines.items():
        shown += [(picture, name if at == 0 else "") for at, picture in enumerate(model.pictures(rows))]
    return shown, len(shown) // len(lines)


def _words(found: Look) -> list[str]:
    """Tell of each unit the columns that weigh most."""
    title = "## What the first layer's units look for"
    lines = [title, "", "| unit | columns that weigh most |", "|---|---|"]
    for unit, weights in enumerate(found.filters):
        most = np.argsort(-np.abs(weights), kind="stable")[:_COLUMNS]
        lines.append(f"| {unit + 1} | {', '.join(f'{found.columns[k]} {weights[k]:+.2f}' for k in most)} |")
    return lines
