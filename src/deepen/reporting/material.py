"""What a report is made of: the plain data of a model's folder, and of the folders of a study and of what was seen.

Any part may be absent: folders of an older deepen lack some, and models of other forms have others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from deepen.answers import Fan
from deepen.compute.folders import read_json, verify
from deepen.errors import FolderError
from deepen.evaluation import FILE, Evaluation
from deepen.evidence.beside import Beside
from deepen.evidence.from_nothing import FROM_NOTHING, FromNothing
from deepen.records import History, Measure, Score
from deepen.reporting.wording import EXPERTS, Wording, wording

__all__ = ["Material"]

_SEEN, _STUDY, _CHECKED = "seeing.json", "study.json", "findings.json"


@dataclass(frozen=True)
class Material:
    """The records that sections are made of.

    Parameters
    ----------
    model
        What ``model.json`` holds.
    evaluation
        What stands behind the score: mistakes, confusion, reliability, subgroups.
    study, seen, checked
        What ``study.json``, ``seeing.json`` and ``findings.json`` hold.
    seen_pictures
        The bytes of what ``deepen see`` drew, by name.
    """

    model: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Evaluation | None = None
    study: Mapping[str, Any] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)
    checked: Mapping[str, Any] = field(default_factory=dict)
    seen_pictures: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of_folder(cls, folder: str | Path) -> Material:
        """Read a model's folder. No net is built: what a report tells is written there.

        Raises
        ------
        FolderError
            If the folder is missing, damaged, or holds no model.
        """
        place = Path(folder)
        verify(place, kind="model")
        model = read_json(place / "model.json")
        if not isinstance(model, dict):
            raise FolderError("is damaged: it describes no model", where=place / "model.json")
        if not (place / FILE).is_file():
            return cls(model=model)
        try:
            return cls(model=model, evaluation=Evaluation.from_dict(read_json(place / FILE)))
        except (KeyError, TypeError, AttributeError) as error:
            raise FolderError(f"is damaged: {type(error).__name__}: {error}", where=place / FILE) from None

    def with_folders(
        self,
        *,
        study: str | Path | None = None,
        seen: str | Path | None = None,
        checked: str | Path | None = None,
    ) -> Material:
        """Add what a study found, what was seen, and what a check of the data found.

        Raises
        ------
        FolderError
            If a folder is missing, or does not hold what it should.
        """
        found = self
        if study is not None:
            found = dataclasses.replace(found, study=_read(Path(study), _STUDY, "a study", "deepen study"))
        if checked is not None:
            found = dataclasses.replace(
                found, checked=_read(Path(checked), _CHECKED, "what was found in data", "deepen check")
            )
        if seen is not None:
            place = Path(seen)
            data = _read(place, _SEEN, "what was seen", "deepen see")
            names = [Path(str(name)).name for name in data.get("pictures", {})]
            pictures = {n: (place / n).read_bytes() for n in names if (place / n).is_file()}
            found = dataclasses.replace(found, seen=data, seen_pictures=pictures)
        return found

    @property
    def form(self) -> str:
        """``forecast``, ``language``...; empty for classes, labels and numbers."""
        return str(self.model.get("form", ""))

    @property
    def task(self) -> str:
        """What was learned, in deepen's words."""
        if self.model.get("method") == "experts":
            return EXPERTS
        return str(self.schema.get("task") or self.form)

    @property
    def wording(self) -> Wording:
        """What is said of such a task."""
        return wording(self.task)

    @property
    def world(self) -> str:
        """The game or the environment that is played; empty for what does not play."""
        return str(self.model.get("environment") or self.model.get("game") or "")

    @property
    def schema(self) -> Mapping[str, Any]:
        """What was understood of the columns."""
        return self.model.get("schema") or {}

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of what is answered."""
        columns = self.model.get("columns")
        named = columns.get("targets", ()) if isinstance(columns, Mapping) else ()
        return tuple(map(str, self.schema.get("targets") or named))

    @property
    def counts(self) -> Mapping[str, Any]:
        """How many examples there are, of what, in each part."""
        return self.model.get("counts") or {}

    @cached_property
    def shallow(self) -> Beside | None:
        """The shallow learners of the same run, and how the best of them compares with the net, row by row."""
        found = self.model.get("beside")
        return Beside.from_dict(found) if found else None

    @cached_property
    def from_nothing(self) -> FromNothing | None:
        """How a net from nothing compares with it, if it began with what was learned before."""
        found = self.model.get("from_nothing")
        return FromNothing.from_dict(found) if found else None

    @property
    def compared(self) -> list[Beside]:
        """What the model was compared with, row by row: a net from nothing, and shallow learners."""
        return [each for each in (self.from_nothing, self.shallow) if each is not None]

    @property
    def unit(self) -> str:
        """What a score stands on, in the plural."""
        return self.wording.unit

    @property
    def about(self) -> Mapping[str, Any]:
        """Seconds, sizes, device and versions."""
        return self.model.get("about") or {}

    @property
    def notes(self) -> Sequence[str]:
        """What was understood, mended and left out."""
        return [str(note) for note in self.model.get("notes") or ()]

    @property
    def source(self) -> str:
        """What the training data are called."""
        return str(self.about.get("source") or "data without a name")

    @cached_property
    def scores(self) -> Mapping[str, Score]:
        """What was measured; ``test`` is the model's own."""
        found = {}
        for name, data in (self.model.get("scores") or {}).items():
            score = _score(data)
            if score.measures:
                found[str(name)] = score
        return found

    @property
    def score(self) -> Score | None:
        """The model's own on the test part, if it was measured."""
        return self.scores.get("test")

    def simpler(self, measure: str) -> dict[str, Measure]:
        """What is simpler than a net, by name, in one measure."""
        return {name: found for name, found in self.beside(measure).items() if name != FROM_NOTHING}

    def beside(self, measure: str) -> dict[str, Measure]:
        """What stands beside the model, by name, in one measure."""
        others = (
            (name, score.measures.get(measure)) for name, score in self.scores.items() if name != "test"
        )
        return {name: found for name, found in others if found is not None}

    @cached_property
    def history(self) -> History:
        """How the training went."""
        data = self.model.get("history")
        return History.from_dict(data) if data else History()

    @cached_property
    def fans(self) -> Sequence[Fan]:
        """The last test forecasts of a forecaster."""
        return [Fan.from_dict(fan) for fan in self.model.get("fans") or ()]


def _score(data: Mapping[str, Any]) -> Score:
    """Read a score of any version: a measure may have gained fields since."""
    known = {f.name for f in dataclasses.fields(Measure)}
    measures = {
        name: Measure(**{k: v for k, v in m.items() if k in known}) for name, m in data["measures"].items()
    }
    confusion = tuple(tuple(row) for row in data.get("confusion") or ())
    return Score(
        measures, tuple(map(str, data.get("labels") or ())), confusion, str(data.get("part", "test"))
    )


def _read(place: Path, name: str, what: str, mend: str) -> Mapping[str, Any]:
    if not (place / name).is_file():
        raise FolderError(
            f"does not hold {what}: there is no {name}", where=place, mend=f"Make it with {mend}."
        )
    data = read_json(place / name)
    if not isinstance(data, dict):
        raise FolderError("is damaged: it holds no facts by name", where=place / name)
    return data
