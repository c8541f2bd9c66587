"""``deepen.load``: whatever was trained, from its folder."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from torch import nn

from deepen.compute.folders import read_json, verify
from deepen.errors import SettingError
from deepen.model import Model
from deepen.trained import KIND

__all__ = ["FORMS", "load", "no_player"]

FORMS: dict[str, tuple[str, str]] = {
    "forecast": ("deepen.forecasting.model", "Forecaster"),
    "language": ("deepen.language.model", "Writer"),
    "text to text": ("deepen.language.translator", "Translator"),
    "tags": ("deepen.tagging.model", "Tagger"),
    "board player": ("deepen.matches.board_player", "BoardPlayer"),
    "features": ("deepen.pretraining.features.model", "Features"),
    "player": ("deepen.reinforcement.model", "Player"),
}
"""The module and class of a model's folder by its form, where it is not that of :class:`Model`."""


def load(folder: str | Path, *, net: nn.Module | None = None, device: str | None = None) -> Model:
    """Read what was trained from the folder that its ``save`` wrote: a model, a player, features...

    Parameters
    ----------
    folder
        Which says itself what it holds.
    net
        The module to put the weights in, for a model that was trained with the user's own.
    device
        Where to put it; the first GPU, if there is one, else the CPU.

    Raises
    ------
    FolderError
        If the folder is missing, damaged, truncated, foreign, or written by a newer deepen.
    SettingError
        If a module is given for what is never trained with the user's own.
    """
    place = Path(folder)
    verify(place, kind=KIND, contents=False)
    form = read_json(place / "model.json").get("form", "")
    if form not in FORMS:
        return Model.load(place, net=net, device=device)
    if net is not None:
        raise SettingError(
            "belongs to a model that was trained with a module of one's own", where="net", came=form
        )
    room, name = FORMS[form]
    loaded: Model = getattr(importlib.import_module(room), name).load(place, device=device)
    return loaded


def no_player(thing: Any, place: object, *, board: bool = False) -> SettingError:
    """Make the error for what shall play and cannot, saying what it is and what is done with it instead.

    Parameters
    ----------
    thing
        What was loaded or given.
    place
        Its folder, where it came from one.
    board
        Whether only a board game would do.
    """
    form = getattr(thing, "FORM", None)
    folder = place if isinstance(place, str | Path) else "FOLDER"
    where = str(place) if isinstance(place, str | Path) else "model"
    if form == "player":
        return SettingError(
            f"is no player of a board game: in {thing.environment} there is nobody to play against", where=where,
            mend=f"Watch it: deepen watch {folder}. How good it is stands in deepen report {folder}.",
        )  # fmt: skip
    came = type(thing).__name__ if form is None else f"a model of {form or thing.schema.task}"
    use = f"It answers for data: deepen predict {folder} DATA. " if hasattr(thing, "predict") else ""
    worlds = "connect4, go:9..." if board else "WORLD."
    return SettingError(
        "is no player of a board game" if board else "is no player", where=where, came=came,
        mend=f"{use}Players come of deepen play {worlds}",
    )  # fmt: skip
