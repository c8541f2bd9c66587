"""The deep autoencoder as an estimator: codes of rows, and rows of codes.

Legend: N rows, D columns, K codes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_array, check_is_fitted
from torch import Tensor

from deepen.compute import seeds
from deepen.config import between, one_of, wholes
from deepen.errors import DataError, SettingError
from deepen.nets.autoencoder import Autoencoder, Dense, Encoded
from deepen.nets.bypassed import Bypassed, begin_with
from deepen.nets.conv_autoencoder import ConvDecoder, ConvEncoder
from deepen.nets.stack import ACTIVATIONS, Stack
from deepen.nets.units import Units
from deepen.pretraining.machines.base import Unsupervised, settings_among
from deepen.pretraining.steps.divergence import Divergence
from deepen.pretraining.steps.fitting import Pace, Run
from deepen.pretraining.steps.restoring import Restoring, RestoringStep
from deepen.pretraining.steps.unrolling import pretrain

__all__ = ["DeepAutoencoder"]

_KINDS = ("convolutional", "denoising", "plain", "sparse", "variational")
_DECAY = 2.0  # of layers beside a linear map (measured: benchmarks/papers/autoencoder_choice.md)
_PRETRAINED = 0.2  # of a clock's time that the machines take together (assumed)


def _is_variational(estimator: Any) -> bool:
    """Whether codes have a distribution; scikit-learn takes a method for missing where this raises."""
    if estimator.kind != "variational":
        raise AttributeError('its codes follow no distribution: fit it with kind="variational"')
    return True


class DeepAutoencoder(Unsupervised):
    """A deep autoencoder (Hinton and Salakhutdinov 2006): K codes from which each row can be restored.

    Parameters
    ----------
    layers
        The features of each layer, and K last; the decoder has the same, the other way round. Of a convolutional one
        the channels of each convolution, which halves the side, and K last.
    kind
        ``plain``. ``denoising``: restores rows from such with noise. ``sparse``: codes between 0 and 1 that are on now
        and then. ``variational``: codes are draws near the standard normal, so that new rows can be sampled.
        ``convolutional``: for square grey pictures, (N, S, S) or flat.
    pretrain
        ``rbm``: layer by layer, as a stack of restricted Boltzmann machines with Gaussian codes; for the plain and
        denoising kinds, with logistic layers. ``none``: all layers at once.
    activation
        ``gelu``, ``relu``, ``tanh`` or ``sigmoid``; by default ``gelu``, or ``sigmoid`` after machines.
    bypass
        A linear map beside the encoder and another beside the decoder, which begin as the principal components: the net
        begins no worse than these, and its layers learn what they leave over. By default where visible units are
        Gaussian, of the plain and denoising kinds; after machines there is none.
    loss, noise, sparsity, sparsity_cost
        See :class:`~deepen.pretraining.steps.restoring.Restoring`; noise and sparsity count for the kinds of that name.
    visible
        ``binary``, ``gaussian``, or ``auto``: binary where all of X lies between 0 and 1, and mostly near the ends, as
        ink does. Rows are then restored by logistic units; Gaussian units' data are standardised, and restored by
        linear ones.
    batch, optimiser, rate, decay, window
        How all layers are trained together: see :class:`~deepen.pretraining.steps.fitting.Pace`. By default layers
        beside a linear map decay by 2, which spares the map, and others do not.
    epochs, minutes
        The budget: one of them; 10 passes by default, as many again for each machine before. The machines take a fifth
        of the minutes.
    half
        Matrix products in bfloat16; by default where a clock runs and it is quicker here.
    random_state
        The seed.
    device
        By default the first GPU, or the CPU.

    Attributes
    ----------
    net_ : Autoencoder
        Encoder and decoder.
    shape_ : list of int
        A row's shape: D, or S and S.
    bypass_ : bool
        Whether there are linear maps beside the layers.

    Examples
    --------
    >>> X = np.linspace(0, 1, 400)[:, None] * np.array([1.0, 0.5, 0.2, 0.8])  # four columns that follow from one
    >>> learner = DeepAutoencoder([16, 1], epochs=100, batch=50)
    >>> codes = learner.fit_transform(X)
    >>> codes.shape, bool(np.abs(learner.inverse_transform(codes) - X).max() < 0.1)
    ((400, 1), True)
    """

    net_: Autoencoder
    shape_: list[int]
    bypass_: bool = False  # as it is in a folder that was written before there were any

    def __init__(
        self,
        layers: Sequence[int] = (1000, 500, 250, 30),
        *,
        kind: str = "plain",
        pretrain: str = "none",
        activation: str | None = None,
        bypass: bool | None = None,
        loss: str = "squared",
        noise: float = 0.25,
        sparsity: float = 0.05,
        sparsity_cost: float = 1.0,
        visible: str = "auto",
        batch: int = 250,
        optimiser: str = "adamw",
        rate: float = 2e-3,
        decay: float | None = None,
        window: float = 0.02,
        epochs: float | None = None,
        minutes: float | None = None,
        half: bool | None = None,
        random_state: Any = 0,
        device: str | None = None,
    ) -> None:
        self.layers = layers
        self.kind = kind
        self.pretrain = pretrain
        self.activation = activation
        self.bypass = bypass
        self.loss = loss
        self.noise = noise
        self.sparsity = sparsity
        self.sparsity_cost = sparsity_cost
        self.visible = visible
        self.batch = batch
        self.optimiser = optimiser
        self.rate = rate
        self.decay = decay
        self.window = window
        self.epochs = epochs
        self.minutes = minutes
        self.half = half
        self.random_state = random_state
        self.device = device

    # -- codes, and back

    def inverse_transform(self, codes: Any) -> np.ndarray:
        """Restore rows from their codes: (N, K) to (N, D), in the data's units; pictures if it learned from such.

        Raises
        ------
        DataError
            If there are not K codes.
        """
        check_is_fitted(self, "net_")
        given = check_array(codes, dtype=np.float32, order="C")
        if given.shape[1] != self.layers[-1]:
            raise DataError(
                "another number of codes",
                where="codes",
                allowed=str(self.layers[-1]),
                came=str(given.shape[1]),
            )
        return self._restored(self._by_blocks(given, self.net_.restore)).reshape(-1, *self.shape_)

    def reconstruct(self, X: Any) -> np.ndarray:
        """Go to the codes and back: (N, D), in the data's units; pictures if it learned from such."""
        return super().reconstruct(X).reshape(-1, *self.shape_)

    def score(self, X: Any, y: Any = None) -> float:
        """The squared error of restored rows, summed over their D columns, mean over the rows, below zero."""
        check_is_fitted(self, "net_")
        rows = self._rows(X, reset=False)
        error = self._restored(rows) - self._restored(self._by_blocks(rows, self._reconstructed))
        return -float(np.square(error, dtype=np.float64).sum(axis=1).mean())

    def sample(self, n: int = 16, *, random_state: int = 0) -> np.ndarray:
        """Restore rows from codes drawn from the standard normal, of the variational kind: (n, D), or pictures."""
        check_is_fitted(self, "net_")
        drawn = torch.randn(n, self.layers[-1], generator=seeds.generator(random_state, "samples"))
        return self.inverse_transform(drawn.numpy())

    sample = available_if(_is_variational)(sample)  # here, since the decorator would hide the types above

    def to_mlp(self, classes: int) -> Encoded:
        """Give the encoder with a new linear head, for :func:`deepen.train`; both share the encoder's weights.

        It reads what ``fit`` was given, flat or as pictures, and scales it as ``fit`` did.

        Parameters
        ----------
        classes
            Outputs of the head, which begins at zero.
        """
        check_is_fitted(self, "net_")
        between("classes", classes, 1, 1e7)
        moments = {} if self.mean_ is None or self.scale_ is None else {
            "mean": torch.from_numpy(self.mean_), "scale": torch.from_numpy(self.scale_)
        }  # fmt: skip
        return Encoded(self.net_, self.layers[-1], classes, **moments)

    def stack(self) -> Stack:
        """Give the encoder's layers as a net that reads what ``fit`` was given.

        Raises
        ------
        SettingError
            If they are convolutions, the codes are drawn, or a linear map stands beside layers that saturate.
        """
        check_is_fitted(self, "net_")
        encoder = self.net_.encoder
        if isinstance(encoder, Bypassed):
            encoder = encoder.plain()
        if not isinstance(encoder, Dense) or self.net_.drawn:
            return super().stack()
        net = Stack(encoder.sizes, None, activation=self._activation, linear=True)
        net.layers.load_state_dict(encoder.layers.state_dict())
        return self._scaled(net)

    # -- learning

    @property
    def _activation(self) -> str:
        """What stands behind each layer but the codes."""
        return self.activation or ("gelu" if self.pretrain == "none" else "sigmoid")

    def _learn(self, run: Run, rows: np.ndarray, y: Any) -> None:
        self._check_bypass(self.visible_)  # what "auto" became
        self.bypass_ = self._bypassed()
        self.net_ = self._build().to(run.device)
        self._begin(rows, run.seed)
        if self.pretrain == "rbm":
            self.histories_ |= pretrain(run, self.net_, rows, Divergence(), Pace(), share=_PRETRAINED)
        pace = replace(settings_among(self, Pace), decay=self._decay)
        step, batches = RestoringStep(self._restoring()), run.batches(rows, pace, "autoencoder")
        self.histories_["autoencoder"] = run.learn(self.net_, step, batches, pace, "autoencoder")

    def _build(self) -> Autoencoder:
        *widths, codes = self.layers
        visible, drawn = Units(self.visible_, self.n_features_in_), self.kind == "variational"
        encoder: torch.nn.Module
        decoder: torch.nn.Module
        if self.kind == "convolutional":
            side = math.isqrt(self.n_features_in_)
            encoder, decoder = ConvEncoder(side, widths, codes), ConvDecoder(side, widths, codes)
        else:
            encoder = Dense([visible.n, *widths, codes * (1 + drawn)], activation=self._activation)
            decoder = Dense([codes, *reversed(widths), visible.n], activation=self._activation)
            if self.bypass_:
                encoder, decoder = Bypassed(encoder), Bypassed(decoder)
        if self.kind == "sparse":
            encoder = torch.nn.Sequential(encoder, torch.nn.Sigmoid())
        return Autoencoder(encoder, decoder, visible, drawn=drawn)

    @property
    def _decay(self) -> float:
        return self.decay if self.decay is not None else _DECAY if self.bypass_ else 0.0

    def _bypassed(self) -> bool:
        able = self.kind in ("plain", "denoising") and self.pretrain == "none" and self.visible_ == "gaussian"
        return able if self.bypass is None else self.bypass

    @torch.no_grad()
    def _begin(self, rows: np.ndarray, seed: int) -> None:
        """Let the last biases give the rows' mean, as those of a machine's visible units do, or the maps the rows."""
        decoder = self.net_.decoder
        if self.bypass_:
            with np.errstate(
                invalid="ignore"
            ):  # rows that are all alike: shares of no variance, not used here
                found = PCA(min(self.layers[-1], *rows.shape), random_state=seed % 2**32).fit(rows)
            begin_with(
                self.net_, *(torch.from_numpy(a) for a in (found.components_, found.explained_variance_**0.5))
            )
        if isinstance(decoder, Dense):
            mean = torch.from_numpy(rows.mean(axis=0, dtype=np.float64))
            decoder.layers[-1].bias.copy_(self.net_.visible.input_for(mean))  # type: ignore[operator]

    def _features(self, rows: Tensor) -> Tensor:
        return self.net_.encode(rows)

    def _reconstructed(self, rows: Tensor) -> Tensor:
        found: Tensor = self.net_(rows)
        return found

    def check_settings(self) -> None:
        """Refuse settings that are wrong."""
        super().check_settings()
        one_of("kind", self.kind, _KINDS)
        one_of("pretrain", self.pretrain, ("none", "rbm"))
        if self.activation is not None:
            one_of("activation", self.activation, tuple(ACTIVATIONS))
        self._restoring()
        wholes("layers", self.layers, 1, 1e7, least=2 if self.kind == "convolutional" else 1)
        if self.pretrain == "rbm" and self.kind not in ("plain", "denoising"):
            raise SettingError(
                "machines are for the plain and denoising kinds", where="pretrain", came=f'kind="{self.kind}"'
            )
        if self.bypass and self.pretrain == "rbm":
            raise SettingError(
                "machines leave no room for a linear map", where="bypass", came='pretrain="rbm"'
            )
        self._check_bypass(self.visible)
        if self.pretrain == "rbm" and self.activation not in (None, "sigmoid"):
            raise SettingError(
                "machines have logistic units", where="activation", allowed="sigmoid", came=self.activation
            )

    def filters(self) -> np.ndarray:
        """The weights between the columns and each unit of the first layer: (U, D).

        Of convolutions those of each channel's unit in the middle of the picture.
        """
        check_is_fitted(self, "net_")
        encoder = self.net_.encoder
        if isinstance(encoder, ConvEncoder):
            return encoder.filters().cpu().numpy()
        first = next(layer for layer in encoder.modules() if isinstance(layer, torch.nn.Linear))
        found: np.ndarray = first.weight.detach().float().cpu().numpy()
        return found

    def _check_bypass(self, visible: str) -> None:
        if self.bypass and (self.kind not in ("plain", "denoising") or visible == "binary"):
            raise SettingError(
                "linear maps are for Gaussian units, and the plain and denoising kinds", where="bypass",
                came=f'kind="{self.kind}" and {visible} units',
            )  # fmt: skip

    def _restoring(self) -> Restoring:
        return Restoring(
            loss=self.loss,
            noise=self.noise if self.kind == "denoising" else 0.0,
            sparsity=self.sparsity if self.kind == "sparse" else 0.0,
            sparsity_cost=self.sparsity_cost,
        )

    def _fitted(self) -> dict[str, Any]:
        return {**super()._fitted(), "shape_": self.shape_, "bypass_": self.bypass_}

    # -- reading

    def _rows(self, X: Any, *, reset: bool) -> np.ndarray:
        """As any X; of a convolutional one pictures too: (N, S, S) or (N, D) to (N, D)."""
        if isinstance(X, Tensor):
            X = X.detach().cpu().numpy()
        pictures = self.kind == "convolutional" and np.ndim(X) == 3
        shape = list(np.shape(X)[1:]) if pictures else []
        rows = super()._rows(np.asarray(X).reshape(len(X), -1) if pictures else X, reset=reset)
        if reset:
            self.shape_ = shape or [rows.shape[1]]
            side = math.isqrt(rows.shape[1])
            if self.kind == "convolutional" and (side**2 != rows.shape[1] or len(set(shape)) > 1):
                raise DataError(
                    "not square pictures", where="X", allowed="(N, S, S)", came=f"rows of shape {self.shape_}"
                )
        return rows
