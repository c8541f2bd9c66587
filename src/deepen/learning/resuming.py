"""Saving a training as it goes, and taking it up again where it was."""

from __future__ import annotations

from typing import Any

import torch

from deepen.compute import seeds
from deepen.errors import FolderError
from deepen.learning.checkpoints import Checkpoints

__all__ = ["Resuming"]


class Resuming:
    """All that has a state in one training, and the checkpoints that it is kept in.

    Parameters
    ----------
    checkpoints
        Where; None for a training that is not saved.
    device
        Whose random state is kept too, since dropout draws from it.
    **parts
        What has a state, by name. One that is None, or has no ``state_dict``, has none.
    """

    def __init__(self, checkpoints: Checkpoints | None, device: torch.device, **parts: Any) -> None:
        self._checkpoints, self._device = checkpoints, device
        self._parts = parts

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        return self._checkpoints is not None and self._checkpoints.due()

    def save(self, step: int, place: dict[str, Any]) -> str:
        """Save every part after ``step`` steps, and the ``place`` where the training is.

        Returns
        -------
        str
            What went wrong, if anything did. A disk that is full or fails is no reason to lose the training.
        """
        if self._checkpoints is None:
            return ""
        state = {
            name: part.state_dict() if hasattr(part, "state_dict") else None
            for name, part in self._parts.items()
        }
        try:
            self._checkpoints.save(step, {**state, "random": seeds.state(self._device), "place": place})
        except (FolderError, OSError) as error:
            return f"step {step}: the checkpoint could not be written: {error}"
        return ""

    def take_up(self) -> tuple[dict[str, Any] | None, list[str]]:
        """Bring every part to where the newest whole checkpoint has it.

        Returns
        -------
        place, damaged
            The place that was saved, None if there is no checkpoint; and a sentence for each newer one that was
            damaged and passed over.
        """
        state, damaged = self._checkpoints.load() if self._checkpoints is not None else (None, [])
        if state is None:
            return None, damaged
        for name, part in self._parts.items():
            if hasattr(part, "load_state_dict") and state[name] is not None:
                part.load_state_dict(state[name])
        seeds.restore(state["random"], self._device)
        place: dict[str, Any] = state["place"]
        return place, damaged
