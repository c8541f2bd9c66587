"""The folder of an estimator of this room: its settings, what was fitted, and the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn

from deepen.compute import folders
from deepen.compute.device import pick
from deepen.compute.weights import load_into, load_state, save_state
from deepen.errors import FolderError
from deepen.records import History

__all__ = ["KIND", "Kept"]

KIND = "features"
"""What the manifest of such a folder says that it is."""


class Kept(BaseEstimator):  # type: ignore[misc]
    """An estimator that is written as a folder of safetensors and JSON, and read again.

    A subclass gives :meth:`_build` and :meth:`_fitted`; what it keeps beside, it adds to :meth:`write_parts` and
    :meth:`_read`.

    Attributes
    ----------
    net_ : torch.nn.Module
        What was trained, in evaluation mode.
    histories_ : dict of str to History
        Of each training, by name.
    """

    FORMAT: ClassVar[int] = 1

    net_: nn.Module
    histories_: dict[str, History]

    def save(self, folder: str | Path) -> Path:
        """Write it as a folder of safetensors and JSON: whole, or not at all.

        Raises
        ------
        FolderError
            If the place cannot be written, or holds something that deepen did not write.
        """
        check_is_fitted(self, "net_")
        target = Path(folder)
        with folders.staged(target, kind=KIND, free=("*.png",)) as stage:
            save_state(stage / "weights.safetensors", self.net_.state_dict())
            self.write_parts(stage)
        return target

    @classmethod
    def load(cls, folder: str | Path, *, device: str | None = None) -> Self:
        """Read it from its folder.

        Raises
        ------
        FolderError
            If the folder is missing, damaged, foreign, or written by a newer deepen.
        """
        place = Path(folder)
        folders.verify(place, kind=KIND)
        found = cls.read_parts(place, device=device)
        load_into(found.net_, load_state(place / "weights.safetensors"), where=place)
        found.net_.to(pick(device)).eval()
        return found

    @classmethod
    def read_parts(cls, place: Path, *, device: str | None = None) -> Self:
        """Read all but the net's weights.

        Raises
        ------
        FolderError
            If they are another estimator's, or a newer deepen's.
        """
        data = folders.read_json(place / "features.json")
        if data["form"] != cls.__name__:
            raise FolderError(
                f"holds a {data['form']}", where=place, mend=f"Read it with {data['form']}.load."
            )
        if data["format"] > cls.FORMAT:
            raise FolderError(
                "was written by a newer deepen", where=place, allowed=f"format {cls.FORMAT} or older",
                came=f"format {data['format']}", mend="Upgrade: pip install -U deepen.",
            )  # fmt: skip
        found = cls(**{**data["settings"], "device": device})
        found._read(place, data)
        return found

    def _build(self) -> nn.Module:
        """The net without its weights, from the settings and what was fitted."""
        raise NotImplementedError

    def _fitted(self) -> dict[str, Any]:
        """What :meth:`_build` needs beside the settings, as plain data; attributes that end in ``_``."""
        raise NotImplementedError

    def write_parts(self, stage: Path) -> None:
        """Write all but the net's weights into a folder in the making."""
        folders.write_json(stage / "features.json", {
            "form": type(self).__name__, "format": self.FORMAT, "settings": _plain(self.get_params(deep=False)),
            "fitted": self._fitted(), "histories": {k: h.to_dict() for k, h in self.histories_.items()},
        })  # fmt: skip

    def _read(self, place: Path, data: dict[str, Any]) -> None:
        """Take up what was fitted, from the folder and its ``features.json``."""
        for name, value in data["fitted"].items():
            setattr(self, name, value)
        self.histories_ = {k: History.from_dict(h) for k, h in data["histories"].items()}
        self.net_ = self._build()


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as JSON holds them; a random generator has served its turn and is not kept."""
    plain = {k: _as_json(v) for k, v in settings.items()}
    state = plain.get("random_state")
    plain["random_state"] = state if isinstance(state, int) else None
    return plain


def _as_json(value: Any) -> Any:
    """A setting whose numbers are Python's own, as a grid of NumPy's is searched with other ones."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return [_as_json(each) for each in value] if isinstance(value, list | tuple) else value
