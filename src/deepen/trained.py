"""What every trained model is, whatever it learned: a net with its scores and history, kept as a folder."""

from __future__ import annotations

import platform
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import nn

from deepen.compute import folders
from deepen.compute.device import pick
from deepen.compute.weights import load_into, load_state, save_state
from deepen.errors import FolderError, SettingError
from deepen.evaluation import FILE as EVALUATION
from deepen.evaluation import Evaluation, Mistakes
from deepen.nets.sizes import parameters
from deepen.records import History, Score

__all__ = ["KIND", "Trained", "versions"]

KIND = "model"
"""What the manifest of such a folder says that it is."""

_FREE = ("README.md", "*.png")  # for people, who may edit or remove them: no model is made of them


@dataclass(kw_only=True, repr=False)
class Trained(ABC):
    """The base of the models that :func:`deepen.train` gives.

    Parameters
    ----------
    net
        The trained module, in evaluation mode.
    scores
        What was measured, by name: ``test`` is the headline; what is simpler stands beside it.
    history
        How the training went.
    notes
        What was understood, mended and left out, a sentence each.
    about
        Seconds, sizes, device and versions, as plain data.
    evaluation
        What stands behind the score on the test part: mistakes, confusion, reliability, subgroups. None where there is
        none, as for forecasts, texts and a folder written by an older deepen.
    counts
        How many examples there are in each part, of each class or of a number's sizes, as plain data.

    Attributes
    ----------
    FORM
        The word by which a folder says what sort of model it holds; empty for classes, labels and numbers.
    FORMAT
        Of the folder; raised when an older deepen could not read it.
    FOREIGN
        What is wrong with a folder of another form.
    """

    net: nn.Module
    scores: Mapping[str, Score] = field(default_factory=dict)
    history: History = field(default_factory=History)
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Evaluation | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)

    FORM: ClassVar[str] = ""
    FORMAT: ClassVar[int] = 1
    FOREIGN: ClassVar[str] = "holds a model of another form"

    @property
    def score(self) -> Score:
        """The score on the test part: its headline is what to quote.

        Raises
        ------
        SettingError
            If it was trained without one.
        """
        if "test" not in self.scores:
            raise SettingError(
                "no test part was held out, so there is no score", where="test_share", came="0",
                mend="Measure the model on data that it has not seen: model.evaluate(...).",
            )  # fmt: skip
        return self.scores["test"]

    def __repr__(self) -> str:
        """What it is in a line: all else stands in its fields."""
        scores = [str(self.scores["test"])] if "test" in self.scores else []
        size = f"{type(self.net).__name__}, {parameters(self.net):,} parameters"
        return f"<{type(self).__name__}: {'; '.join([size, *scores])}>"

    @property
    def mistakes(self) -> Mistakes | None:
        """The worst mistakes on the test part."""
        return None if self.evaluation is None else self.evaluation.mistakes

    @property
    def device(self) -> torch.device:
        """Where the net is."""
        return next(self.net.parameters()).device

    def save(self, folder: str | Path, *, beside: Callable[[Path], Any] | None = None) -> Path:
        """Write the model as a folder: whole, or not at all.

        Parameters
        ----------
        beside
            Writes what else shall stand in the folder, such as pictures; called with the folder in the making.

        Raises
        ------
        FolderError
            If the place cannot be written, or holds something that deepen did not write.
        """
        target = Path(folder)
        with folders.staged(target, kind=KIND, free=_FREE) as stage:
            save_state(stage / "weights.safetensors", self.net.state_dict())
            if self.evaluation is not None:
                folders.write_json(stage / EVALUATION, self.evaluation.to_dict())
            self._save_more(stage)
            if beside is not None:
                beside(stage)
            folders.write_json(stage / "model.json", self._to_dict())
            self._write_card(stage / "README.md")
        return target

    @classmethod
    def load(cls, folder: str | Path, *, device: str | torch.device | None = None) -> Self:
        """Read a model from its folder.

        Raises
        ------
        FolderError
            If the folder is missing, damaged, truncated, foreign, or written by a newer deepen.
        """
        return cls._load(folder, device, cls._from_dict)

    @classmethod
    def _load(
        cls,
        folder: str | Path,
        device: str | torch.device | None,
        build: Callable[[Mapping[str, Any], Path], Self],
    ) -> Self:
        """Read a folder: ``build`` makes the model of what stands in it, but for the net's weights."""
        place = Path(folder)
        folders.verify(place, kind=KIND)
        data = folders.read_json(place / "model.json")
        form = data.get("form", "")
        if form != cls.FORM:
            raise FolderError(
                cls.FOREIGN, where=place, came=form or "a table's", mend="Read it with deepen.load."
            )
        if data.get("format", 0) > cls.FORMAT:
            raise FolderError(
                "was written by a newer deepen", where=place, allowed=f"format {cls.FORMAT} or older",
                came=f"format {data['format']}", mend="Upgrade: pip install -U deepen.",
            )  # fmt: skip
        try:
            model = build(data, place)
            load_into(model.net, load_state(place / "weights.safetensors"), where=place)
            if (place / EVALUATION).is_file():
                model.evaluation = Evaluation.from_dict(folders.read_json(place / EVALUATION))
        except (KeyError, TypeError) as error:
            raise FolderError(f"is damaged: {type(error).__name__}: {error}", where=place) from None
        model.net.to(pick(str(device) if device is not None else None)).eval()
        return model

    def report(
        self,
        path: str | Path,
        *,
        study: str | Path | None = None,
        seen: str | Path | None = None,
        checked: str | Path | None = None,
    ) -> Path:
        """Write one HTML page with all that is known of the model; it needs no other file and no network.

        Parameters
        ----------
        path
            The file to write; one that stands there is replaced.
        study, seen, checked
            Folders of ``deepen study``, ``deepen see`` and ``deepen check``, to be shown on the page too.

        Raises
        ------
        FolderError
            If the file cannot be written, or a folder is not what it should be.
        """
        from deepen.reporting.material import Material
        from deepen.reporting.page import write

        material = Material(model=self._to_dict(), evaluation=self.evaluation)
        return write(material.with_folders(study=study, seen=seen, checked=checked), Path(path))

    def to_files(self) -> dict[str, bytes]:
        """Give the folder's files by name, for whoever keeps a model elsewhere than on a disk."""
        with tempfile.TemporaryDirectory() as place:
            folder = self.save(Path(place) / "model")
            return {
                p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
            }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], *, device: str | torch.device | None = None) -> Self:
        """Read a model from what :meth:`to_files` gave.

        Raises
        ------
        FolderError
            If a file is missing, damaged, foreign, or written by a newer deepen.
        """
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "model"
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            return cls.load(folder, device=device)

    def _to_dict(self) -> dict[str, Any]:
        return {
            **({"form": self.FORM} if self.FORM else {}),
            "format": self.FORMAT,
            "versions": versions(),
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "history": self.history.to_dict(),
            "notes": list(self.notes),
            "about": dict(self.about),
            "counts": dict(self.counts),
            **self._specific(),
        }

    @staticmethod
    def _common_from(data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of this class, but for the net, out of what :meth:`_to_dict` wrote."""
        return {
            "scores": {name: Score.from_dict(score) for name, score in data["scores"].items()},
            "history": History.from_dict(data["history"]),
            "notes": tuple(data["notes"]),
            "about": data["about"],
            "counts": data.get("counts") or {},
        }

    @abstractmethod
    def _specific(self) -> dict[str, Any]:
        """What a subclass adds to :meth:`_to_dict`."""

    @classmethod
    @abstractmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Self:
        """The model without its weights, of what stands in a folder."""

    @abstractmethod
    def _write_card(self, path: Path) -> None:
        """Write the folder's README.md."""

    def _save_more(self, stage: Path) -> None:  # noqa: B027 - most models have nothing more
        """Write what is kept in files of its own."""


def versions() -> dict[str, str]:
    """What a model was made with."""
    return {
        "deepen": version("deepen"),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
