"""Logistic principal components, against scikit-learn's logistic regression and the gradients of the likelihood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from deepen.errors import DataError, SettingError
from deepen.pretraining.machines.logistic_pca import LogisticPCA, loss, newton


def drawn(n: int = 300, d: int = 12, k: int = 2) -> np.ndarray:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n, k)) @ (2 * rng.normal(size=(k, d))) + 0.5 * rng.normal(size=d)
    return (rng.random((n, d)) < 1 / (1 + np.exp(-logits))).astype(np.float32)


def test_codes_are_a_logistic_regression_of_each_row_on_the_loadings():
    x, torch_rng = drawn(4, 60), torch.Generator().manual_seed(0)
    W, mu = torch.randn(60, 3, generator=torch_rng), torch.zeros(60)
    Z = torch.zeros(4, 3)
    for _ in range(10):
        Z = newton(torch.from_numpy(x), Z, W, 0.5, offset=mu)
    for row, codes in zip(x, Z, strict=True):
        theirs = LogisticRegression(C=1 / 0.5, fit_intercept=False, tol=1e-8).fit(W.numpy(), row)
        np.testing.assert_allclose(codes, theirs.coef_[0], atol=1e-3)


def test_no_step_makes_a_row_worse_however_far_it_starts():
    torch.manual_seed(0)
    x, W, mu = torch.from_numpy(drawn(200)), torch.randn(12, 2), torch.randn(12)
    Z = 30 * torch.randn(200, 2)
    for _ in range(5):
        after = newton(x, Z, W, 0.01, offset=mu)
        assert (loss(x, after, W, 0.01, mu) <= loss(x, Z, W, 0.01, mu) + 1e-4).all()
        Z = after


def test_codes_of_rows_far_from_the_middle_are_found():
    # Whole steps from zero would go from one wall to the other, where the logistic function has no slope.
    torch.manual_seed(0)
    W, mu, Z = 5 * torch.randn(40, 10), 4 * torch.randn(40), torch.zeros(500, 10)
    x = (torch.rand(500, 40) < torch.sigmoid(torch.randn(500, 10) @ W.t() + mu)).float()
    for _ in range(20):
        Z = newton(x, Z, W, 0.01, offset=mu)
    Z.requires_grad_()
    (gradient,) = torch.autograd.grad(loss(x, Z, W, 0.01, mu).sum(), Z)
    assert gradient.abs().max() < 0.01


def test_every_sweep_is_better_and_the_last_has_no_gradient_left():
    x = drawn()
    learner = LogisticPCA(2, sweeps=200, ridge=0.5).fit(x)
    assert all(a >= b - 1e-4 for a, b in zip(learner.losses_, learner.losses_[1:], strict=False))
    W, mu = torch.from_numpy(learner.components_.T.copy()), torch.from_numpy(learner.intercept_)
    Z = torch.from_numpy(learner.transform(x))
    for p in (W, mu, Z):
        p.requires_grad_()
    whole = loss(torch.from_numpy(x), Z, W, 0.5, mu).sum() + 0.25 * (W.square().sum() + mu.square().sum())
    for gradient in torch.autograd.grad(whole, (W, mu, Z)):
        assert gradient.abs().max() < 0.2  # of 300 rows together


def test_it_restores_binary_rows_better_than_principal_components_do():
    x = drawn(400, 30)
    learner, line = LogisticPCA(3).fit(x[:300]), PCA(3).fit(x[:300])
    assert learner.get_feature_names_out().tolist() == [f"logisticpca{k}" for k in range(3)]
    ours = np.square(learner.inverse_transform(learner.transform(x[300:])) - x[300:]).sum(1).mean()
    theirs = np.square(line.inverse_transform(line.transform(x[300:])) - x[300:]).sum(1).mean()
    assert ours < 0.95 * theirs


def test_what_it_cannot_read_is_refused():
    with pytest.raises(DataError, match="row 0, column 1"):
        LogisticPCA(1).fit([[0.0, 2.0], [1.0, 0.0]])
    with pytest.raises(SettingError, match="n_components"):
        LogisticPCA(3).fit([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(SettingError, match="ridge"):
        LogisticPCA(1, ridge=0).fit([[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.data
@pytest.mark.slow
def test_thirty_principal_components_of_mnist_leave_the_error_that_is_known(data_folder: Path):
    import gzip

    def pixels(part: str) -> np.ndarray:
        with gzip.open(data_folder / f"images/mnist/{part}-images-idx3-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float64) / 255

    line, test = PCA(30, svd_solver="covariance_eigh").fit(pixels("train")), pixels("t10k")
    error = np.square(line.inverse_transform(line.transform(test)) - test).sum(axis=1).mean()
    assert error == pytest.approx(13.87, abs=0.01)  # the metric of Hinton and Salakhutdinov (2006)


@pytest.mark.filterwarnings("error")
def test_rows_that_are_all_alike_are_learned_without_a_warning():
    learner = LogisticPCA(1).fit(np.ones((5, 3)))
    assert learner.inverse_transform(learner.transform(np.ones((1, 3)))).min() > 0.9


@pytest.mark.parametrize("wrong", [{"n_components": 1.5}, {"sweeps": 2.5}, {"steps": 0}])
def test_no_whole_numbers_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        LogisticPCA(**{"n_components": 1, **wrong}).fit(np.random.default_rng(0).random((5, 3)))
