"""Features of pictures by k-means: one layer, learned in seconds (Coates, Lee and Ng 2011).

Legend: N pictures, H height, W width, C channels, S the patch's side, M patches, D numbers in a patch, K centroids.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.device import pick
from deepen.config import between, whole
from deepen.errors import SettingError
from deepen.nets.centroids import Centroids
from deepen.pretraining.machines.pictures import OfPictures, as_tensor

__all__ = ["KMeansFeatures"]

# Distances at once. On a CPU they should stay in the second-level cache: 2 MB; one thread took 1.0 ms for a picture's
# 729 patches and 400 centroids then, and 4.9 ms with 75 MB (measured). On a GPU there should be enough to fill it
# (assumed).
_AT_ONCE = {"cpu": 2**19, "cuda": 2**26}
_BATCH = 4096  # patches, or ten for each centroid if that is more


class KMeansFeatures(OfPictures):
    """Learns K typical patches of pictures, and describes a picture by how near its patches are to them.

    Patches are drawn at random, brought to the same brightness and contrast, and whitened; their K centroids are found
    by k-means. A patch's activations are ``max(0, mean(z) - z_k)`` where ``z_k`` is its distance to centroid k, and a
    picture's features are the sums over each of four quadrants: 4 K. What stands behind should be a linear classifier
    on standardised features.

    Parameters
    ----------
    n_centroids
        K; fewer where there are not so many patches.
    patch
        S.
    stride
        From one place of a patch to the next.
    pools
        Regions along each side: 2 for quadrants.
    n_patches
        M, how many patches are drawn to learn from.
    contrast
        What is added to a patch's variance, as a share of the mean variance, so that flat patches do not become noise.
        The paper adds 10 at brightnesses from 0 to 255, which is a share of 0.007 on CIFAR-10 (measured).
    whitening
        What is added to the eigenvalues of the normalised patches' covariance; as Coates and Ng (2012) say, 0.1.
    half
        The product with the centroids in bfloat16.
    random_state
        The seed.
    device
        Where features are computed; by default the first GPU, or the CPU. k-means itself is scikit-learn's and runs on
        the CPU: it takes seconds.

    Attributes
    ----------
    net_ : deepen.nets.centroids.Centroids
        Patches to features.
    n_centroids_ : int
        K, as it came to be.
    picture_shape_ : tuple of int
        (H, W, C).

    Notes
    -----
    Rows (N, D) are taken as one patch each, whatever ``patch`` says: K features.

    Examples
    --------
    >>> X = np.random.default_rng(0).integers(0, 256, (50, 12, 12, 3), dtype=np.uint8)
    >>> KMeansFeatures(8, n_patches=500).fit_transform(X).shape
    (50, 32)
    """

    def __init__(
        self,
        n_centroids: int = 400,
        *,
        patch: int = 6,
        stride: int = 1,
        pools: int = 2,
        n_patches: int = 200_000,
        contrast: float = 0.007,
        whitening: float = 0.1,
        half: bool = False,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.n_centroids = n_centroids
        self.patch = patch
        self.stride = stride
        self.pools = pools
        self.n_patches = n_patches
        self.contrast = contrast
        self.whitening = whitening
        self.half = half
        self.random_state = random_state
        self.device = device

    net_: Centroids
    n_centroids_: int

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the centroids.

        Parameters
        ----------
        X
            (N, H, W) or (N, H, W, C) bytes or other numbers, or rows (N, D).
        y
            Ignored.

        Raises
        ------
        DataError
            If X holds no pictures.
        SettingError
            If a setting is out of range, or a patch is larger than the pictures.
        """
        self.check_settings()
        pictures = self._pictures(X, reset=True)
        seed = seeds.from_random_state(self.random_state)
        patches = self._drawn(pictures, seed)
        self.histories_ = {}
        self.n_centroids_ = min(self.n_centroids, len(patches))
        net = self._build()
        net.floor.fill_(self.contrast * max(float(patches.var(dim=1, correction=0).mean()), 1e-12))
        normal = net.normalised(patches)
        net.mean, net.whitening = _whitening(normal, self.whitening)
        found = MiniBatchKMeans(
            self.n_centroids_, init="random", n_init=1, batch_size=max(_BATCH, 10 * self.n_centroids_),
            compute_labels=False, random_state=seeds.derive(seed, "k-means") % 2**31,
        ).fit(net.whitened(normal).numpy())  # fmt: skip
        net.centroids = torch.from_numpy(found.cluster_centers_.astype(np.float32))
        self.net_ = net.to(pick(self.device)).eval()
        return self

    def centroids(self) -> np.ndarray:
        """The centroids as pictures of whitened patches, brightness 0 in the middle: (K, S, S, C) uint8."""
        check_is_fitted(self, "net_")
        C = self.picture_shape_[2]
        side = self.net_.patch
        shown = self.net_.centroids.view(-1, C, side, side).permute(0, 2, 3, 1).cpu().numpy()
        most = np.abs(shown).max(axis=(1, 2, 3), keepdims=True)
        found: np.ndarray = (127.5 + 127.5 * shown / np.maximum(most, 1e-12)).round().astype(np.uint8)
        return found

    def check_settings(self) -> None:
        """Refuse settings that are wrong, before anything is read; ``fit`` does so too.

        Raises
        ------
        SettingError
            Naming the setting, what is allowed, and what came.
        """
        for name in ("n_centroids", "patch", "stride", "pools", "n_patches"):
            whole(name, getattr(self, name), 1, 2**31)
        between("contrast", self.contrast, 0, float("inf"), open_low=True)
        between("whitening", self.whitening, 0, float("inf"), open_low=True)

    def _build(self) -> Centroids:
        return Centroids(
            self.picture_shape_[2], self.n_centroids_, patch=self._side(), stride=self.stride, pools=self.pools,
            in_half=self.half,
        )  # fmt: skip

    def _side(self) -> int:
        """S; 1 where there is one place."""
        H, W, _ = self.picture_shape_
        if (H, W) == (1, 1):
            return 1
        if self.patch > min(H, W):
            raise SettingError(
                "larger than the pictures", where="patch", allowed=f"up to {min(H, W)}", came=str(self.patch)
            )
        return self.patch

    def _fitted(self) -> dict[str, Any]:
        return {**super()._fitted(), "n_centroids_": self.n_centroids_}

    def _features(self, x: Tensor) -> Tensor:
        return self.net_(x)  # type: ignore[no-any-return]

    def _block(self) -> int:
        rows, columns = self.net_.grid(*self.picture_shape_[:2])
        at_once = _AT_ONCE.get(self._device.type, _AT_ONCE["cpu"])
        return max(1, at_once // (rows * columns * self.n_centroids_))

    def _drawn(self, pictures: np.ndarray, seed: int) -> Tensor:
        """Patches from random pictures and places, none of them twice: (M, D)."""
        H, W, _ = self.picture_shape_
        side = self._side()
        places = (len(pictures), H - side + 1, W - side + 1)
        every = int(np.prod(places))
        rng = seeds.numpy_generator(seed, "patches")
        chosen = rng.choice(every, min(self.n_patches, every), replace=False)
        n, row, column = (at[:, None, None] for at in np.unravel_index(chosen, places))
        rows, columns = row + np.arange(side)[:, None], column + np.arange(side)
        cut = pictures[n, rows, columns]  # (M, S, S, C)
        return as_tensor(cut, torch.device("cpu")).reshape(len(cut), -1)


def _whitening(x: Tensor, added: float) -> tuple[Tensor, Tensor]:
    """Give the mean (D,) and the ZCA matrix (D, D), ``V (L + added)^-1/2 V^T``, of patches (M, D)."""
    mean = x.mean(dim=0, dtype=torch.float64)
    apart = x - mean.float()
    values, vectors = torch.linalg.eigh((apart.T @ apart / len(x)).double())
    return mean.float(), (vectors * (values.clamp_min(0) + added).rsqrt() @ vectors.T).float()
