"""What the estimators of this room share: reading ``X``, the run of one ``fit``, and the folder.

Legend: N rows, D columns, F features.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from deepen.compute.signals import StopFlag
from deepen.compute.weights import load_state, save_state
from deepen.config import Settings, one_of
from deepen.errors import DataError, SettingError
from deepen.learning.watch import Watch
from deepen.nets.mean_field_mlp import MeanFieldMLP
from deepen.nets.stack import Stack
from deepen.nets.units import Units, check_values
from deepen.pretraining.machines.keeping import Kept
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.runaway import ran_away
from deepen.shapes import Shape

__all__ = ["Unsupervised", "settings_among"]

S = TypeVar("S", bound=Settings)
N = TypeVar("N", Stack, MeanFieldMLP)

_ROWS = 4096  # at once, where features are computed
_ROUNDING = 1e-6  # of a column's mean: what varies less does so by rounding, float32 having 24 bits (assumed)
_TO_COMPARE = 20_000  # rows to which principal components are fitted at the most


class Unsupervised(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Kept):  # type: ignore[misc]
    """An estimator that learns from ``X`` alone.

    A subclass keeps its settings as scikit-learn does, in attributes of their own; among them are ``visible``,
    ``epochs``, ``minutes``, ``half``, ``random_state`` and ``device``.

    Attributes
    ----------
    net_, histories_
        See :class:`~deepen.pretraining.machines.keeping.Kept`.
    visible_ : str
        ``binary`` or ``gaussian``: the kind of the visible units.
    mean_, scale_ : numpy.ndarray
        (D,) by which Gaussian units' data are standardised; None for binary ones.
    n_features_in_ : int
        D.
    """

    EPOCHS: ClassVar[float] = 10.0
    """Passes over the data where no budget is named."""

    visible: str
    visible_: str
    mean_: np.ndarray | None
    scale_: np.ndarray | None
    n_features_in_: int

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        checkpoints: str | Path | None = None,
        watch: Watch | None = None,
        stop: StopFlag | None = None,
    ) -> Self:
        """Learn.

        Parameters
        ----------
        X
            (N, D) numbers; for binary units from 0 to 1.
        y
            (N,) classes, for machines with label units; else ignored.
        checkpoints
            A folder to keep the state in as it goes; a later call with the same arguments goes on from there.
        watch, stop
            Who is told how it goes, and a flag that ends it at the next step: what was trained stays.

        Raises
        ------
        DataError
            If a value is missing, or outside [0, 1] for binary units.
        SettingError
            If a setting is wrong, or contradicts another.
        TrainingError
            If it diverges whatever is done.
        """
        self.check_settings()
        rows = self._rows(X, reset=True)
        run = Run.of(self, epochs=self.EPOCHS, checkpoints=checkpoints, watch=watch, stop=stop)
        self.histories_ = {}
        self._learn(run, rows, y)
        self.net_.eval()
        return self

    def check_settings(self) -> None:
        """Refuse settings that are wrong, before anything is read; ``fit`` does so too.

        Raises
        ------
        SettingError
            Naming the setting, what is allowed, and what came.
        """
        one_of("visible", self.visible, ("auto", "binary", "gaussian"))
        settings_among(self, Pace)

    def transform(self, X: Any) -> np.ndarray:
        """Give the features: (N, D) to (N, F) float32.

        Raises
        ------
        DataError
            If a row's are not finite.
        """
        check_is_fitted(self, "net_")
        rows = self._rows(X, reset=False)
        found = self._by_blocks(rows, self._features)
        bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(bad):
            spoilt = bool(ran_away(self.net_))
            raise DataError(
                "its features are not finite", where=f"row {bad[0]}",
                mend="The machine's weights ran away: learn them anew with a smaller rate."
                if spoilt else "Look for an extreme value in it.",
            )  # fmt: skip
        return found

    def reconstruct(self, X: Any) -> np.ndarray:
        """Give rows as the machine sees them, in the data's units: (N, D)."""
        check_is_fitted(self, "net_")
        return self._restored(self._by_blocks(self._rows(X, reset=False), self._reconstructed))

    def filters(self) -> np.ndarray:
        """The weights between the columns and each unit of the first layer: (U, D)."""
        check_is_fitted(self, "net_")
        width = self.n_features_in_
        weights = next(w for w in self.net_.parameters() if w.ndim == 2)  # (V, H); label units stand behind
        found: np.ndarray = weights[:width].detach().float().cpu().numpy().T
        return np.ascontiguousarray(found)

    def reads(self, shapes: Mapping[str, Shape]) -> None:
        """Take notice of what stands side by side in ``X``: a machine that reads all columns alike need not."""

    def compared(self, train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
        """Measure what is lost of each test row, and what simpler means lose that fitted the training rows.

        Parameters
        ----------
        train, test
            (N, D).

        Returns
        -------
        dict
            Squared errors by name: (N,); the machine's own under "".
        """
        again = self.reconstruct(test).reshape(len(test), -1)
        found = {"": np.square(test - again).sum(axis=1)}
        features = self.transform(test[:1]).shape[1]
        if features < min(test.shape[1], len(train)):
            pca = PCA(features, random_state=0).fit(train[:_TO_COMPARE])
            line = pca.inverse_transform(pca.transform(test))
            found[f"{features} principal components"] = np.square(test - line).sum(axis=1)
        found["the mean"] = np.square(test - train.mean(axis=0)).sum(axis=1)
        return found

    def stack(self) -> Stack:
        """Give its layers, without a head, as a net that reads what ``fit`` was given.

        Raises
        ------
        SettingError
            If it is not made of layers of logistic units.
        """
        raise SettingError(
            "cannot be gone on with", where="--from", came=type(self).__name__,
            mend="Encode the data (deepen encode), and train on the codes.",
        )  # fmt: skip

    def _scaled(self, net: N) -> N:
        """Let a net standardise what it reads as ``fit`` did."""
        if self.mean_ is not None and self.scale_ is not None:
            net.mean.copy_(torch.from_numpy(self.mean_))
            net.scale.copy_(torch.from_numpy(self.scale_))
        return net

    @abstractmethod
    def _reconstructed(self, rows: Tensor) -> Tensor:
        """What comes back of some rows, as the visible units' means: (B, D) to (B, D)."""

    @abstractmethod
    def _learn(self, run: Run, rows: np.ndarray, y: Any) -> None:
        """Build ``net_`` and train it on rows (N, D)."""

    @abstractmethod
    def _features(self, rows: Tensor) -> Tensor:
        """The features of some rows: (B, D) to (B, F)."""

    def _fitted(self) -> dict[str, Any]:
        return {"visible_": self.visible_, "n_features_in_": self.n_features_in_}

    @property
    def _n_features_out(self) -> int:
        with torch.no_grad():
            return int(self._features(torch.zeros(1, self.n_features_in_, device=self._device)).shape[1])

    @property
    def _device(self) -> torch.device:
        return next(self.net_.parameters()).device

    def _by_blocks(self, rows: np.ndarray, work: Any) -> np.ndarray:
        """Apply ``work`` to some rows at a time on the net's device: (N, D) to (N, ...)."""
        found = []
        with torch.no_grad():
            for first in range(0, len(rows), _ROWS):
                block = torch.from_numpy(rows[first : first + _ROWS]).to(self._device)
                found.append(work(block).float().cpu().numpy())
        return np.concatenate(found)

    # -- reading

    def _rows(self, X: Any, *, reset: bool) -> np.ndarray:
        """Check X as scikit-learn does, and bring it to what the visible units want: (N, D) float32."""
        if isinstance(X, Tensor):
            X = X.detach().cpu().numpy()
        array = validate_data(
            self, X, reset=reset, dtype=np.float32, order="C", ensure_min_samples=2 if reset else 1,
        )  # fmt: skip
        unit = bool(array.min() >= 0 and array.max() <= 1)
        if reset:
            binary = unit and _is_ink(array)
            self.visible_ = ("binary" if binary else "gaussian") if self.visible == "auto" else self.visible
            self.mean_ = self.scale_ = None
            if self.visible_ == "gaussian":
                mean, spread = (np.asarray(f(array, axis=0, dtype=np.float64)) for f in (np.mean, np.std))
                self.mean_ = mean.astype(np.float32)
                # By each column's own size: in other units it would be no less of a column.
                varies = spread > np.maximum(1e-30, _ROUNDING * np.abs(mean))
                self.scale_ = np.where(varies, spread, 1).astype(np.float32)
        if self.visible_ == "gaussian":
            standard: np.ndarray = (array - self.mean_) / self.scale_
            return standard
        if not unit:
            check_values(Units(self.visible_, array.shape[1]), torch.from_numpy(array), where="X")
        return array  # type: ignore[no-any-return]

    def _restored(self, rows: np.ndarray) -> np.ndarray:
        """Bring visible states back to the data's own units: (N, D)."""
        return rows if self.scale_ is None else rows * self.scale_ + self.mean_

    # -- keeping

    def write_parts(self, stage: Path) -> None:
        """Write all but the net's weights into a folder in the making."""
        super().write_parts(stage)
        if self.mean_ is not None and self.scale_ is not None:
            scale = {"mean": torch.from_numpy(self.mean_), "scale": torch.from_numpy(self.scale_)}
            save_state(stage / "scale.safetensors", scale)

    def _read(self, place: Path, data: dict[str, Any]) -> None:
        scale = load_state(place / "scale.safetensors") if (place / "scale.safetensors").is_file() else None
        self.mean_, self.scale_ = (
            (None, None) if scale is None else (scale["mean"].numpy(), scale["scale"].numpy())
        )
        super()._read(place, data)

    def __sklearn_tags__(self) -> Any:
        """Say that features are float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _is_ink(array: np.ndarray) -> bool:
    """Whether values from 0 to 1 are so near the ends that drawing them adds less noise than they vary: (N, D)."""
    some = array[:: max(1, len(array) // _ROWS)].astype(np.float64)
    return bool((some * (1 - some)).mean() <= some.var(axis=0).mean())


def settings_among(estimator: BaseEstimator, kind: type[S]) -> S:
    """Gather the settings of one kind from an estimator's attributes of the same names; what it lacks is as usual.

    None counts as lacking where the kind has no None of its own: the estimator decides later, by what it reads.
    """
    found = {f.name: getattr(estimator, f.name) for f in fields(kind) if hasattr(estimator, f.name)}  # type: ignore[arg-type]
    usual = {f.name: f.default for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in found.items() if value is not None or usual[name] is None})
