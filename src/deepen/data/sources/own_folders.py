"""Folders that deepen wrote itself, given for data: they hold tables and JSON, but nothing to learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deepen.compute.folders import MANIFEST, read_json, read_manifest
from deepen.errors import DataError, FolderError

__all__ = ["refuse_model"]

_MODEL = "model"  # what the manifest of a trained model's folder says that it is
_PLAYERS = {"player": "environment", "board player": "game"}
"""Of each form of a player, where its folder names the world that it plays in."""


def refuse_model(folder: Path) -> None:
    """Refuse the folder of a trained model, and say what is done with it instead.

    Raises
    ------
    DataError
        If it is one.
    """
    if not (folder / MANIFEST).is_file():
        return
    try:
        if read_manifest(folder)["deepen"] != _MODEL:
            return
        model = read_json(folder / "model.json")
    except FolderError:  # some other manifest.json, or a damaged one: whoever reads the folder finds out
        return
    form = model.get("form", "") if isinstance(model, dict) else ""
    if form in _PLAYERS:
        raise DataError(
            "is the folder of a player, and holds no data to learn from",
            where=folder,
            mend=_player(model, folder),
        )
    raise DataError(
        "is the folder of a trained model, and holds no data", where=folder,
        mend=f"Give the data first: deepen predict {folder} DATA, deepen train DATA --from {folder}."
        if form == ""
        else f"See what it is with: deepen report {folder}.",
    )  # fmt: skip


def _player(model: dict[str, Any], folder: Path) -> str:
    """Say what is done with a player."""
    world = model.get(_PLAYERS[model["form"]], "WORLD")
    others = f", deepen match {folder}" if model["form"] == "board player" else ""
    if model.get("method") == "experts":
        return f"Let it play: deepen watch {folder}{others}."
    return (
        f"Let it play: deepen watch {folder}{others}. Players learn by deepen play: deepen play {world} --out {folder} "
        "goes on with a training that was stopped, and with --replace begins anew."
    )
