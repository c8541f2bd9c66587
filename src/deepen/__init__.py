"""Raw data in, a trained deep net out, within a time you name, with the evidence beside it.

Nothing heavy is imported until it is used: ``import deepen`` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from deepen.errors import DeepenError

if TYPE_CHECKING:
    from deepen import (
        compute,
        data,
        environments,
        estimators,
        evidence,
        games,
        learning,
        nets,
        pretraining,
        reinforcement,
        selfplay,
    )
    from deepen.estimators import DeepClassifier, DeepFeatures, DeepRegressor
    from deepen.findings import Finding, Findings
    from deepen.model import Model
    from deepen.verbs.check import check
    from deepen.verbs.load import load
    from deepen.verbs.match import match
    from deepen.verbs.play import play
    from deepen.verbs.pretrain import pretrain
    from deepen.verbs.report import report
    from deepen.verbs.see import see
    from deepen.verbs.study import study
    from deepen.verbs.think import think
    from deepen.verbs.train import train
    from deepen.verbs.watch import watch

__version__ = "0.1.0"

__all__ = [
    "DeepClassifier",
    "DeepFeatures",
    "DeepRegressor",
    "DeepenError",
    "Finding",
    "Findings",
    "Model",
    "__version__",
    "check",
    "compute",
    "data",
    "environments",
    "estimators",
    "evidence",
    "games",
    "learning",
    "load",
    "match",
    "nets",
    "play",
    "pretrain",
    "pretraining",
    "reinforcement",
    "report",
    "see",
    "selfplay",
    "study",
    "think",
    "train",
    "watch",
]

_VERBS = ("check", "load", "match", "play", "pretrain", "report", "see", "study", "think", "train", "watch")
_LAZY = {
    **{verb: f"deepen.verbs.{verb}" for verb in _VERBS}, "Model": "deepen.model",
    "Finding": "deepen.findings", "Findings": "deepen.findings",
    "DeepClassifier": "deepen.estimators", "DeepFeatures": "deepen.estimators", "DeepRegressor": "deepen.estimators",
}  # fmt: skip
_ROOMS = (
    "compute", "data", "environments", "estimators", "evidence", "games", "learning", "nets", "pretraining",
    "reinforcement", "selfplay",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"deepen.{name}")
    raise AttributeError(f"module 'deepen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
