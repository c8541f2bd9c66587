"""What the three estimators share: the settings of a training, the training itself, and how they are pickled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from deepen.compute import seeds
from deepen.data.table import Table
from deepen.estimators.inputs import free_name, table_of
from deepen.model import Model
from deepen.trained import Trained
from deepen.verbs.train import train

__all__ = ["Deep"]

# Below this many rows a recipe keeps the last weights, so that a validation part would only be lost to the training.
_LEAST_TO_VALIDATE = 2000
_VALID_SHARE = 0.1


class Deep(BaseEstimator):  # type: ignore[misc]
    """The settings, and what follows from them.

    ``fit`` trains on all the rows given: whoever evaluates holds rows out before. From 2,000 rows on, and where a clock
    runs, a tenth of them is a validation part, by which the best weights are kept and probabilities are calibrated.

    Parameters
    ----------
    minutes, epochs, steps
        The budget: one of them. By default as many passes as data of this sort and number want, whatever the clock
        says, so that the same seed gives the same net.
    size, reader, image_size, batch, rate, mirror, kinds, device
        As options of :func:`deepen.train`.
    from_, freeze, level_rate
        What the net begins with, a model or features or the folder of either; how many of its lowest levels stay as
        they are, or ``all``; and at which share of the rate of the level above each level learns: as options of
        :func:`deepen.train`.
    valid_share
        The share of the rows that is the validation part; 0 for none.
    random_state
        The seed; or a generator from which, or None for the global one, a new seed is drawn at every ``fit``.

    Attributes
    ----------
    model_ : Model
        The trained model, as :func:`deepen.train` gives it, with its schema, notes and history; it has no score.
    n_features_in_ : int
        Columns of ``X``.
    feature_names_in_ : numpy.ndarray
        Their names, if ``X`` had names.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("category", "labels", "number")

    model_: Model

    def __init__(
        self,
        *,
        minutes: float | None = None,
        epochs: float | None = None,
        steps: int | None = None,
        size: str | float | None = None,
        reader: str | None = None,
        image_size: int | None = None,
        batch: int | None = None,
        rate: float | None = None,
        mirror: bool | None = None,
        kinds: Mapping[str, str] | None = None,
        from_: Any = None,
        freeze: str | int | None = None,
        level_rate: float | None = None,
        valid_share: float | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.minutes = minutes
        self.epochs = epochs
        self.steps = steps
        self.size = size
        self.reader = reader
        self.image_size = image_size
        self.batch = batch
        self.rate = rate
        self.mirror = mirror
        self.kinds = kinds
        self.from_ = from_
        self.freeze = freeze
        self.level_rate = level_rate
        self.valid_share = valid_share
        self.random_state = random_state
        self.device = device

    def _train(self, table: Table, column: Any, kind: str, **options: Any) -> None:
        """Train on a table of inputs and a column of targets of this kind."""
        unlimited = self.minutes is None and self.epochs is None and self.steps is None
        few = len(table) < _LEAST_TO_VALIDATE and self.minutes is None
        share = (0.0 if few else _VALID_SHARE) if self.valid_share is None else self.valid_share
        self.model_ = train(
            table, column,
            minutes=math.inf if unlimited else self.minutes, epochs=self.epochs, steps=self.steps,
            size=self.size, reader=self.reader, image_size=self.image_size, batch=self.batch, rate=self.rate,
            mirror=self.mirror, from_=self.from_, freeze=self.freeze, level_rate=self.level_rate,
            kinds={**(self.kinds or {}), free_name(table): kind}, keep=("*",),
            test_share=0, valid_share=share, seed=seeds.from_random_state(self.random_state), device=self.device,
            **options,
        )  # fmt: skip

    def _raw(self, X: Any) -> np.ndarray:
        """Give the model's answers as numbers: (N, K) or (N,)."""
        check_is_fitted(self)
        return self.model_.raw(table_of(self, X, reset=False))

    def __getstate__(self) -> dict[str, Any]:
        """Give the state with each model as its folder's files: never as pickled modules."""
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = state["model_"].to_files()
        before = state.get("from_")
        if isinstance(before, Trained):
            state["from_"] = (type(before), before.to_files())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the state over, and build the model again."""
        before = state.get("from_")
        if isinstance(before, tuple):
            kind, files = before
            state = {**state, "from_": kind.from_files(files, device=state.get("device"))}
        if "model_" in state:
            state = {**state, "model_": Model.from_files(state["model_"], device=state.get("device"))}
        super().__setstate__(state)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a model; scikit-learn would take the setting ``from_``, by its underscore, for one."""
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """Say that missing values, categories and arrays of more dimensions are read, and that ``y`` is needed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.three_d_array = True
        # Strings are read too; but scikit-learn takes that tag for leave to give anything, even a dictionary in a cell.
        tags.input_tags.string = False
        tags.target_tags.required = True
        return tags
