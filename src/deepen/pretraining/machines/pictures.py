"""What the estimators share that learn from pictures: reading them, and features block by block.

Legend: N pictures, H height, W width, C channels, F features.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from deepen.errors import DataError
from deepen.pretraining.machines.keeping import Kept

__all__ = ["OfPictures", "as_tensor"]


class OfPictures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Kept):  # type: ignore[misc]
    """An estimator that learns from pictures alone.

    A subclass keeps its settings as scikit-learn does, gives ``fit``, and among its settings are ``random_state`` and
    ``device``.

    Attributes
    ----------
    net_, histories_
        See :class:`~deepen.pretraining.machines.keeping.Kept`.
    picture_shape_ : tuple of int
        (H, W, C).
    n_features_in_ : int
        H, or D of rows (N, D): what scikit-learn compares.
    """

    picture_shape_: tuple[int, int, int]
    n_features_in_: int

    def transform(self, X: Any) -> np.ndarray:
        """Give the features of pictures: (N, H, W) or (N, H, W, C) to (N, F) float32."""
        check_is_fitted(self, "net_")
        pictures = self._pictures(X, reset=False)
        found = np.empty((len(pictures), self._n_features_out), np.float32)
        size = self._block()
        with torch.no_grad():
            for first in range(0, len(pictures), size):
                block = as_tensor(pictures[first : first + size], self._device)
                found[first : first + size] = self._features(block).float().cpu().numpy()
        return found

    @abstractmethod
    def _features(self, x: Tensor) -> Tensor:
        """The features of some pictures: (B, C, H, W) to (B, F)."""

    @abstractmethod
    def _block(self) -> int:
        """How many pictures to take at once."""

    def _fitted(self) -> dict[str, Any]:
        return {"picture_shape_": list(self.picture_shape_), "n_features_in_": self.n_features_in_}

    @property
    def _device(self) -> torch.device:
        kept: Tensor = next(iter(self.net_.state_dict().values()))
        return kept.device

    @property
    def _n_features_out(self) -> int:
        H, W, C = self.picture_shape_
        with torch.no_grad():
            return int(self._features(torch.zeros(1, C, H, W, device=self._device)).shape[1])

    def _pictures(self, X: Any, *, reset: bool) -> np.ndarray:
        """Check X as scikit-learn does: (N, H, W, C), uint8 as it came and all else float32.

        Rows (N, D) are pictures of one place with D channels.

        Raises
        ------
        DataError
            If the pictures are of another shape than those of ``fit``.
        """
        if isinstance(X, Tensor):
            X = X.detach().cpu().numpy()
        kept = getattr(X, "dtype", None) == np.uint8
        array = validate_data(
            self, X, reset=reset, dtype=np.uint8 if kept else np.float32, order="C", allow_nd=True,
            ensure_min_samples=2 if reset else 1,
        )  # fmt: skip
        if array.ndim not in (2, 3, 4):
            raise DataError(
                "no pictures",
                where="X",
                allowed="(N, H, W), (N, H, W, C), or rows (N, D)",
                came=str(array.shape),
            )
        array = array[:, None, None, :] if array.ndim == 2 else array[..., None] if array.ndim == 3 else array
        if reset:
            self.picture_shape_ = array.shape[1:]
        if array.shape[1:] != tuple(self.picture_shape_):
            raise DataError(
                "pictures of another shape than those that it was fitted on", where="X",
                allowed=str(tuple(self.picture_shape_)), came=str(array.shape[1:]), mend="Resize them alike.",
            )  # fmt: skip
        return array  # type: ignore[no-any-return]

    def __sklearn_tags__(self) -> Any:
        """Say that features are float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def as_tensor(pictures: np.ndarray, device: torch.device) -> Tensor:
    """Bring pictures (B, H, W, C) to the device as (B, C, H, W) float32; of bytes, 255 becomes 1.

    Examples
    --------
    >>> as_tensor(np.full((2, 4, 4, 3), 255, np.uint8), torch.device("cpu")).shape
    torch.Size([2, 3, 4, 4])
    """
    # An array that must not be written, as of a file in memory, is copied: torch warns of it.
    x = torch.from_numpy(np.require(pictures, requirements=["W"])).to(device).permute(0, 3, 1, 2)
    return x.float() / 255 if pictures.dtype == np.uint8 else x.float()
