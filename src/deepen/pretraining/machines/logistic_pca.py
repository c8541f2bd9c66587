"""Logistic principal components: the best code that a linear map and a logistic function can restore rows from.

Each value is a probability whose logit is linear in its row's codes: ``logit p = Z W' + mu``. The likelihood is concave
in the codes given the loadings, and in the loadings given the codes, so Newton's steps go from one to the other
(Collins, Dasgupta and Schapire 2001; Schein, Saul and Ungar 2003 use bounds in place of second derivatives).

Legend: N rows, D columns, K codes.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_array, check_is_fitted, validate_data
from torch import Tensor

from deepen.compute.device import pick
from deepen.config import between, whole
from deepen.nets.units import Units, check_values

__all__ = ["LogisticPCA"]

_BLOCK = 4096  # rows at once


class LogisticPCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Principal components of natural parameters, for values from 0 to 1.

    Parameters
    ----------
    n_components
        K.
    sweeps
        Newton steps for all codes, and then for all loadings, in ``fit``.
    steps
        Newton steps for codes in ``transform``, from zero, the loadings as they are.
    ridge
        What half the square of each code and loading costs, in nats: without it those of columns that are always 0 have
        no bound.
    random_state
        The seed of the principal components that it begins with.
    device
        By default the first GPU, or the CPU.

    Attributes
    ----------
    components_ : numpy.ndarray
        (K, D) the loadings W'.
    intercept_ : numpy.ndarray
        (D,) mu.
    losses_ : list of float
        The cross-entropy of a row after each sweep, in nats, with what the ridge costs.

    Examples
    --------
    >>> X = np.repeat([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], 20, axis=0)
    >>> learner = LogisticPCA(1).fit(X)
    >>> learner.inverse_transform(learner.transform(X[[0, -1]])).round().tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    """

    components_: np.ndarray
    intercept_: np.ndarray
    losses_: list[float]

    def __init__(
        self,
        n_components: int = 2,
        *,
        sweeps: int = 20,
        steps: int = 20,
        ridge: float = 0.01,
        random_state: int = 0,
        device: str | None = None,
    ) -> None:
        self.n_components = n_components
        self.sweeps = sweeps
        self.steps = steps
        self.ridge = ridge
        self.random_state = random_state
        self.device = device

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find loadings.

        Raises
        ------
        DataError
            If a value is outside [0, 1], or missing.
        SettingError
            If a setting is out of range.
        """
        x = self._values(X, reset=True)
        whole("n_components", self.n_components, 1, min(x.shape))
        between("ridge", self.ridge, 0, 1e9, open_low=True)
        for name in ("sweeps", "steps"):
            whole(name, getattr(self, name), 1, 1e6)
        Z, right = self._begun(x)  # (N, K) and (D, K + 1), the intercept last
        self.losses_ = []
        for _ in range(self.sweeps):
            Z = newton(x, Z, right[:, :-1], self.ridge, offset=right[:, -1])
            left = torch.cat([Z, torch.ones_like(Z[:, :1])], dim=1)
            right = newton(x.t().contiguous(), right, left, self.ridge)
            self.losses_.append(self._loss(x, Z, right))
        self.components_, self.intercept_ = right[:, :-1].t().cpu().numpy(), right[:, -1].cpu().numpy()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give the likeliest codes: (N, D) to (N, K) float32."""
        check_is_fitted(self, "components_")
        x = self._values(X, reset=False)
        W = torch.from_numpy(self.components_.T.copy()).to(x)
        Z = x.new_zeros(len(x), self.n_components)
        for _ in range(self.steps):
            Z = newton(x, Z, W, self.ridge, offset=torch.from_numpy(self.intercept_).to(x))
        found: np.ndarray = Z.cpu().numpy()
        return found

    def inverse_transform(self, codes: Any) -> np.ndarray:
        """Give the probabilities that codes stand for: (N, K) to (N, D)."""
        check_is_fitted(self, "components_")
        Z = check_array(codes, dtype=np.float32)
        found: np.ndarray = torch.sigmoid(torch.from_numpy(Z @ self.components_ + self.intercept_)).numpy()
        return found

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def _values(self, X: Any, *, reset: bool) -> Tensor:
        array = validate_data(
            self, X, reset=reset, dtype=np.float32, order="C", ensure_min_samples=2 if reset else 1
        )
        x = torch.from_numpy(array)
        check_values(Units("binary", x.shape[1]), x, where="X")
        return x.to(pick(self.device))

    def _begun(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Principal components of the values, times four: the logistic function's slope is a quarter at most."""
        start = PCA(self.n_components, svd_solver="randomized", random_state=self.random_state)
        with np.errstate(invalid="ignore"):  # rows that are all alike: shares of no variance, not used here
            Z = torch.from_numpy(start.fit_transform(x.cpu().numpy())).to(x)
        W = torch.from_numpy(4 * start.components_.T).to(x)
        return Z, torch.cat([W, Units("binary", 1).input_for(x.mean(dim=0))[:, None]], dim=1)

    def _loss(self, x: Tensor, Z: Tensor, right: Tensor) -> float:
        each = loss(x, Z, right[:, :-1], self.ridge, right[:, -1])
        return float((each.sum() + 0.5 * self.ridge * right.square().sum()) / len(x))


@torch.no_grad()
def newton(x: Tensor, A: Tensor, B: Tensor, ridge: float, *, offset: Tensor | None = None) -> Tensor:
    """Take one Newton step of each row of A, in the likelihood of x with the logits ``A B' + offset``.

    A step that would make a row's likelihood worse is made shorter, see :func:`damping`.

    Parameters
    ----------
    x
        (N, D) from 0 to 1.
    A, B, offset
        (N, K), (D, K) and (D,).
    ridge
        What half the square of each number of A costs.

    Returns
    -------
    torch.Tensor
        (N, K).
    """
    K = B.shape[1]
    offset = B.new_zeros(len(B)) if offset is None else offset
    first, second = torch.triu_indices(K, K, device=B.device)
    pairs = B[:, first] * B[:, second]  # (D, K (K + 1) / 2): the second derivatives are symmetric
    found = []
    for v, a in zip(torch.split(x, _BLOCK), torch.split(A, _BLOCK), strict=True):
        p = torch.sigmoid(a @ B.t() + offset)
        gradient = (v - p) @ B - ridge * a  # (B, K)
        curvature = a.new_empty(len(a), K, K)
        curvature[:, first, second] = (p * (1 - p)) @ pairs
        curvature[:, second, first] = curvature[:, first, second]
        curvature.diagonal(dim1=1, dim2=2).add_(ridge)
        step = torch.linalg.solve(curvature, gradient)
        worse = ~(loss(v, a + step, B, ridge, offset) <= loss(v, a, B, ridge, offset))
        found.append(a + torch.where(worse[:, None], damping(step @ B.t()), 1.0) * step)
    return torch.cat(found)


def damping(change: Tensor) -> Tensor:
    """The part of a Newton step that surely is better, given by how much the step changes the logits: (N, D) to (N, 1).

    Along it the third derivative is at most r times the second, r the largest change, so the loss lies below a curve
    whose lowest point is at ``log(1 + r) / r`` (from Bach 2010, "Self-concordant analysis for logistic regression",
    proposition 1): a step without danger, which needs no search.
    """
    r = change.abs().amax(dim=1, keepdim=True).clamp_min(1e-6)
    return torch.log1p(r) / r


def loss(x: Tensor, A: Tensor, B: Tensor, ridge: float, offset: Tensor) -> Tensor:
    """The cross-entropy of each row, and half the ridge times its codes' square: (N, D) to (N,)."""
    logits = A @ B.t() + offset
    return (F.softplus(logits) - x * logits).sum(dim=1) + 0.5 * ridge * A.square().sum(dim=1)
