"""The sections of the report, in their order: a function each, from the records to a section or to nothing.

To add one: write a file with such a function, and name it in ``SECTIONS``.
"""

from __future__ import annotations

from collections.abc import Callable

from deepen.reporting.blocks import Section
from deepen.reporting.material import Material
from deepen.reporting.sections.answers import answers
from deepen.reporting.sections.calibration import calibration
from deepen.reporting.sections.confusion import confusion
from deepen.reporting.sections.data import data
from deepen.reporting.sections.findings import findings
from deepen.reporting.sections.forecasts import forecasts
from deepen.reporting.sections.levels import levels
from deepen.reporting.sections.made import made
from deepen.reporting.sections.mistakes import mistakes
from deepen.reporting.sections.playing import playing
from deepen.reporting.sections.scores import scores
from deepen.reporting.sections.study import study
from deepen.reporting.sections.subgroups import subgroups
from deepen.reporting.sections.summary import summary
from deepen.reporting.sections.training import training
from deepen.reporting.sections.writing import writing

__all__ = ["SECTIONS"]

SECTIONS: tuple[Callable[[Material], Section | None], ...] = (
    summary,
    data,
    findings,
    playing,
    training,
    scores,
    confusion,
    answers,
    calibration,
    forecasts,
    writing,
    mistakes,
    subgroups,
    levels,
    study,
    made,
)
