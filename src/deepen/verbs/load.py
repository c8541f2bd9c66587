"""``deepen.load``: any trained model, from its folder."""

from __future__ import annotations

import importlib
from pathlib import Path

from torch import nn

from deepen.compute.folders import read_json, verify
from deepen.model import Model
from deepen.trained import KIND

__all__ = ["FORMS", "load"]

FORMS: dict[str, tuple[str, str]] = {
    "forecast": ("deepen.forecasting.model", "Forecaster"),
    "language": ("deepen.language.model", "Writer"),
    "text to text": ("deepen.language.translator", "Translator"),
    "tags": ("deepen.tagging.model", "Tagger"),
    "board player": ("deepen.matches.board_player", "BoardPlayer"),
    "features": ("deepen.pretraining.model", "Features"),
    "player": ("deepen.reinforcement.model", "Player"),
}
"""The module and class of a model's folder by its form, where it is not that of :class:`Model`."""


def load(folder: str | Path, *, net: nn.Module | None = None, device: str | None = None) -> Model:
    """Read a model that :meth:`Model.save` wrote.

    Parameters
    ----------
    net
        The module to put the weights in, for a model that was trained with the user's own.
    device
        Where to put it; the first GPU, if there is one, else the CPU.

    Raises
    ------
    FolderError
        If the folder is missing, damaged, truncated, foreign, or written by a newer deepen.
    """
    place = Path(folder)
    verify(place, kind=KIND, contents=False)
    form = read_json(place / "model.json").get("form", "")
    if form not in FORMS:
        return Model.load(place, net=net, device=device)
    room, name = FORMS[form]
    loaded: Model = getattr(importlib.import_module(room), name).load(place, device=device)
    return loaded
