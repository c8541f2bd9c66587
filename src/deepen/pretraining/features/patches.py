"""k-means on patches as :func:`deepen.pretrain` knows machines: it reads rows of a matrix, whose shape it is told.

Legend: N rows, D columns, C channels, H height, W width, K centroids, F features, M patches.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deepen.compute.signals import StopFlag
from deepen.compute.weights import load_state, save_state
from deepen.errors import SettingError
from deepen.learning.watch import Watch
from deepen.nets.near import Near
from deepen.pretraining.machines.kmeans import KMeansFeatures
from deepen.pretraining.machines.pictures import as_tensor
from deepen.shapes import Grid, Shape

__all__ = ["KMeansOfRows"]

_STATED = 1000  # pictures whose features' means and deviations are taken for those of all (assumed)
_COMPARED = 1000  # pictures whose patches are compared with what stands for them (assumed)


class KMeansOfRows(KMeansFeatures):
    """:class:`~deepen.pretraining.machines.kmeans.KMeansFeatures` of pictures as rows, channel by channel: (N, C H W).

    Attributes
    ----------
    grid_ : Grid
        The pictures.
    mean_, scale_ : numpy.ndarray
        (F,) of the features of pictures of ``fit``.

    Examples
    --------
    >>> kmeans = KMeansOfRows(4, patch=3, n_patches=200)
    >>> kmeans.reads({"image scan": Grid(1, 6, 6)})
    >>> kmeans.fit(np.random.default_rng(0).random((30, 36))).transform(np.zeros((2, 36))).shape
    (2, 16)
    """

    grid_: Grid
    mean_: np.ndarray
    scale_: np.ndarray

    def reads(self, shapes: Mapping[str, Shape]) -> None:
        """Take notice of what the rows are.

        Raises
        ------
        SettingError
            If they are not pictures alone, or a patch is larger than they are.
        """
        (shape, *others) = shapes.values()
        if others or not isinstance(shape, Grid):
            raise SettingError(
                "k-means learns patches of pictures, and nothing else", where="--method", came=", ".join(shapes),
                mend="Leave the other columns out (--drop), or take rbm or autoencoder, which read all columns.",
            )  # fmt: skip
        self.picture_shape_ = (shape.h, shape.w, shape.c)
        self._side()
        self.grid_ = shape

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        checkpoints: str | Path | None = None,
        watch: Watch | None = None,
        stop: StopFlag | None = None,
    ) -> Self:
        """Learn the centroids: within seconds, so that nothing is kept on the way.

        Parameters
        ----------
        X
            (N, C H W) numbers.
        y, checkpoints
            Ignored.
        watch, stop
            Who is told, and a flag that ends it before it begins.

        Raises
        ------
        Stopped
            If it was stopped.
        """
        if watch is not None:
            watch.stage("k-means")
        if stop is not None:
            stop.check("k-means")
        super().fit(self._unrolled(X))
        some = self.transform(X[:: -(-len(X) // _STATED)])
        self.mean_, spread = some.mean(axis=0), some.std(axis=0)
        self.scale_ = np.where(spread > 1e-6 * max(1e-30, float(spread.max())), spread, 1).astype(np.float32)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give the features: (N, C H W) to (N, F) float32."""
        check_is_fitted(self, "net_")
        return super().transform(self._unrolled(X))

    def compared(self, train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
        """Measure what is lost of each test picture's whitened patches, where the nearest centroid stands for each.

        Beside it stands what the first principal component of the training patches loses, one number for each patch as
        a centroid's is, and their mean.

        Parameters
        ----------
        train, test
            (N, D).

        Returns
        -------
        dict
            Squared errors by name, the mean over the patches of each picture: (N,); that of the centroids under "".
        """
        few = train[:: -(-len(train) // _STATED)]
        line = _first_component(torch.cat([self._whitened(row) for row in few]))
        found: dict[str, list[float]] = {"": [], "1 principal component": [], "the mean": []}
        for row in test[:_COMPARED]:
            x = self._whitened(row)
            whole = x.square().sum(dim=1)
            nearest = self.net_.distances(x).square().amin(dim=1)
            errors = nearest, whole - (x @ line).square(), whole
            for name, error in zip(found, errors, strict=True):
                found[name].append(float(error.mean()))
        return {name: np.array(errors) for name, errors in found.items()}

    def filters(self) -> np.ndarray:
        """The centroids of whitened patches: (K, S S C)."""
        check_is_fitted(self, "net_")
        found: np.ndarray = self.net_.centroids.cpu().numpy()
        return found

    def as_pictures(self, patches: np.ndarray) -> np.ndarray:
        """Bring patches from 0 to 1, laid out as centroids are, to pictures: (M, S S C) to (M, S, S, C) uint8."""
        side = self.net_.patch
        planes = patches.reshape(-1, self.grid_.c, side, side).transpose(0, 2, 3, 1)
        return np.asarray(np.rint(255 * planes.clip(0, 1)), dtype=np.uint8)

    def stack(self) -> Near:
        """Give the features, standardised, as a net that reads pictures; it is as it is, whatever trains its head."""
        check_is_fitted(self, "net_")
        net = Near(
            self.grid_, None, channels=self.grid_.c, centroids=self.n_centroids_, patch=self.net_.patch,
            stride=self.stride, pools=self.pools,
        )  # fmt: skip
        net.centroids.load_state_dict(self.net_.state_dict())
        net.mean.copy_(torch.from_numpy(self.mean_))
        net.scale.copy_(torch.from_numpy(self.scale_))
        return net

    def write_parts(self, stage: Path) -> None:
        """Write all but the centroids into a folder in the making."""
        super().write_parts(stage)
        scale = {"mean": torch.from_numpy(self.mean_), "scale": torch.from_numpy(self.scale_)}
        save_state(stage / "scale.safetensors", scale)

    def _read(self, place: Path, data: dict[str, Any]) -> None:
        super()._read(place, data)
        scale = load_state(place / "scale.safetensors")
        self.mean_, self.scale_ = scale["mean"].numpy(), scale["scale"].numpy()
        height, width, channels = self.picture_shape_
        self.grid_ = Grid(channels, height, width)

    def _unrolled(self, X: Any) -> np.ndarray:
        """Rows as pictures: (N, C H W) to (N, H, W, C)."""
        g = self.grid_
        rows = np.asarray(X, dtype=np.float32).reshape(-1, g.c, g.h, g.w)
        return np.ascontiguousarray(rows.transpose(0, 2, 3, 1))

    def _whitened(self, row: np.ndarray) -> Tensor:
        """Every patch of one picture (D,), as k-means compares it: (M, S S C)."""
        picture = as_tensor(self._unrolled(row[None]), self._device)
        found: Tensor = self.net_.whitened(self.net_.normalised(self.net_.patches(picture)))
        return found


def _first_component(x: Tensor) -> Tensor:
    """The direction in which patches about the mean 0 vary most: (M, D) to (D,)."""
    _, directions = torch.linalg.eigh((x.T @ x).double())
    most: Tensor = directions[:, -1].to(x)
    return most
