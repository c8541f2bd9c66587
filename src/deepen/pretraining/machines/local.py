"""Features of pictures by a sparse autoencoder with local receptive fields, as in the 2012 "cat" network.

Legend: N pictures, C channels, H height, W width, K maps, R rows and L columns of pools.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from deepen.compute.signals import StopFlag
from deepen.config import between
from deepen.data.batches import Batch
from deepen.errors import SettingError
from deepen.learning.watch import Watch
from deepen.nets.local import LocalNet, LocalStage, StageShape
from deepen.pretraining.machines.pictures import OfPictures, as_tensor
from deepen.pretraining.steps.fitting import Pace, Run

__all__ = ["LocalAutoencoder"]

_AT_ONCE = 256  # pictures (assumed: activations of some megabytes)


class LocalAutoencoder(OfPictures):
    """A sparse autoencoder whose units see a part of the picture each, pooled and normalised (Le et al. 2012).

    Stages are learned one after the other. Each is a sheet of fields, looked at by K units with weights of their own; a
    pool is the root of the sum of squares of a map's neighbouring units; pools are brought to the same local contrast.
    A stage learns to reconstruct its fields while few pools are active, which makes the units of a pool alike but for
    small shifts.

    Parameters
    ----------
    maps, field, stride, pool
        Of each stage; see :class:`~deepen.nets.local.StageShape`. As they are, they suit pictures of about 32 pixels.
    window
        The side of the window of local contrast normalisation.
    sparsity
        The cost of an active pool, beside the squared error of reconstruction.
    batch, rate
        AdamW's.
    epochs, minutes
        The budget: one of them; 10 passes for each stage by default.
    random_state
        The seed.
    device
        By default the first GPU, or the CPU.

    Attributes
    ----------
    net_ : deepen.nets.local.LocalNet
        The stages.
    histories_ : dict of str to History
        ``stage 1`` and so on.
    picture_shape_ : tuple of int
        (H, W, C).

    Notes
    -----
    Le et al. train all stages at once and decode by weights of their own; see :meth:`LocalStage.cost
    <deepen.nets.local.LocalStage.cost>` for why not here.

    Examples
    --------
    >>> X = np.random.default_rng(0).integers(0, 256, (50, 16, 16), dtype=np.uint8)
    >>> LocalAutoencoder(maps=(4,), field=(6,), stride=(2,), pool=(2,), epochs=1).fit_transform(X).shape
    (50, 100)
    """

    def __init__(
        self,
        *,
        maps: Sequence[int] = (16, 32),
        field: Sequence[int] = (14, 2),
        stride: Sequence[int] = (3, 1),
        pool: Sequence[int] = (2, 2),
        window: int = 9,
        sparsity: float = 1.0,
        batch: int = 100,
        rate: float = 0.003,
        epochs: float | None = None,
        minutes: float | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.maps = maps
        self.field = field
        self.stride = stride
        self.pool = pool
        self.window = window
        self.sparsity = sparsity
        self.batch = batch
        self.rate = rate
        self.epochs = epochs
        self.minutes = minutes
        self.random_state = random_state
        self.device = device

    net_: LocalNet

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        checkpoints: str | Path | None = None,
        watch: Watch | None = None,
        stop: StopFlag | None = None,
    ) -> Self:
        """Learn stage after stage.

        Parameters
        ----------
        X
            (N, H, W) or (N, H, W, C) bytes or other numbers.
        y
            Ignored.
        checkpoints
            A folder to keep the state in as it goes; a later call with the same arguments goes on from there.
        watch, stop
            Who is told how it goes, and a flag that ends it at the next step: what was trained stays.

        Raises
        ------
        DataError
            If X holds no pictures.
        SettingError
            If a setting is out of range, or the pictures are too small for the stages.
        TrainingError
            If it diverges whatever is done.
        """
        between("sparsity", self.sparsity, 0, float("inf"))
        between("window", self.window, 1, 1001)
        if self.window % 2 == 0:
            raise SettingError("must be odd, to have a middle", where="window", came=str(self.window))
        pictures = self._pictures(X, reset=True)
        run = Run.of(self, epochs=10.0, checkpoints=checkpoints, watch=watch, stop=stop)
        self.histories_ = {}
        self.net_ = self._build().to(run.device)
        pace = Pace(batch=min(self.batch, len(pictures)), rate=self.rate, decay=0.0, optimiser="adamw")
        for at, stage in enumerate(self.net_.stages):
            if run.stop():
                break  # the stages that are left stay as they began
            name = f"stage {at + 1}"
            below = self._below(pictures, at)
            self.histories_[name] = run.learn(
                stage,
                self._cost,
                run.batches(below, pace, name),
                pace,
                name,
                share=1 / (len(self.net_.stages) - at),
            )
        self.net_.eval()
        return self

    def maps_of(self, X: Any) -> np.ndarray:
        """The features by their places: (N, K, R, L)."""
        check_is_fitted(self, "net_")
        H, W, _ = self.picture_shape_
        last = self._shapes()[-1]
        for shape in self._shapes()[:-1]:
            H, W = shape.pools(H), shape.pools(W)
        return self.transform(X).reshape(-1, last.maps, last.pools(H), last.pools(W))

    def _cost(self, net: nn.Module, batch: Batch) -> Tensor:
        assert isinstance(net, LocalStage)
        return net.cost(batch.inputs["x"], self.sparsity)

    def _below(self, pictures: np.ndarray, stages: int) -> np.ndarray:
        """What a stage reads, the contrast of which is normalised: (N, C, H, W)."""
        with torch.no_grad():
            blocks = (
                self.net_(as_tensor(pictures[first : first + _AT_ONCE], self._device), stages).cpu().numpy()
                for first in range(0, len(pictures), _AT_ONCE)
            )
            return np.concatenate(list(blocks))

    def _shapes(self) -> list[StageShape]:
        lists = {name: list(getattr(self, name)) for name in ("maps", "field", "stride", "pool")}
        for name, values in lists.items():
            if not values or len(values) != len(lists["maps"]):
                raise SettingError(
                    "needs one number for each stage", where=name, allowed=f"{max(1, len(lists['maps']))}",
                    came=f"{len(values)}",
                )  # fmt: skip
            for value in values:
                between(name, value, 1, 100_000)
        return [StageShape(*row) for row in zip(*lists.values(), strict=True)]

    def _build(self) -> LocalNet:
        H, W, C = self.picture_shape_
        height, width = H, W
        for at, shape in enumerate(self._shapes()):
            height, width = shape.pools(height), shape.pools(width)
            if min(height, width) < 1:
                raise SettingError(
                    f"pictures of {H} x {W} leave nothing for stage {at + 1} to pool", where="field, stride, pool",
                    mend="Take smaller fields, strides or pools, or fewer stages.",
                )  # fmt: skip
        return LocalNet(C, H, W, self._shapes(), window=self.window)

    def _features(self, x: Tensor) -> Tensor:
        return self.net_(x).flatten(1)  # type: ignore[no-any-return]

    def _block(self) -> int:
        return _AT_ONCE
