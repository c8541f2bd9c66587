"""The losses of autoencoders: by hand, and against integrals."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.autoencoder import Autoencoder, Dense
from deepen.nets.units import Units
from deepen.pretraining.steps.restoring import Restoring, RestoringStep, corrupted


def net_of(kind: str = "binary", **how: bool) -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(Dense([6, 4 if how else 2]), Dense([2, 6]), Units(kind, 6), **how)


def test_errors_are_summed_over_the_columns_and_averaged_over_the_rows():
    net, x = net_of(), torch.rand(7, 6)
    p = net(x)
    squared = ((p - x) ** 2).sum() / 7
    entropy = -(x * p.log() + (1 - x) * (1 - p).log()).sum() / 7
    torch.testing.assert_close(RestoringStep(Restoring())(net, x), squared)
    torch.testing.assert_close(RestoringStep(Restoring(loss="cross-entropy"))(net, x), entropy)


def test_noise_comes_to_the_input_alone():
    torch.manual_seed(0)
    x = torch.rand(2000, 6) + 0.1
    hidden = corrupted(net_of(), x, 0.3)
    assert ((hidden == 0) | (hidden == x)).all()
    assert (hidden == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    added = corrupted(net_of("gaussian"), x, 0.3) - x
    assert added.std().item() == pytest.approx(0.3, abs=0.01)
    net = net_of()
    torch.manual_seed(1)
    error = (net(corrupted(net, x, 0.5)) - x).square().sum(dim=1).mean()
    torch.manual_seed(1)
    torch.testing.assert_close(RestoringStep(Restoring(noise=0.5))(net, x), error)


def test_sparse_codes_cost_their_divergence_from_the_wanted_share():
    net, x = net_of(), torch.rand(7, 6)
    net.encoder = nn.Sequential(net.encoder, nn.Sigmoid())
    plain = RestoringStep(Restoring())(net, x)
    how = Restoring(sparsity=0.1, sparsity_cost=2.0)
    share = net.encode(x).mean(dim=0)
    more = sum(0.1 * math.log(0.1 / q) + 0.9 * math.log(0.9 / (1 - q)) for q in share.tolist())
    assert RestoringStep(how)(net, x).item() == pytest.approx(plain.item() + 2 * more, rel=1e-5)


@pytest.mark.parametrize("kind", ["binary", "gaussian"])
def test_the_bound_of_drawn_codes_is_that_of_integration(kind: str):
    net = net_of(kind, drawn=True)
    x = torch.rand(1, 6)
    with torch.no_grad():
        loss = torch.stack([RestoringStep(Restoring())(net, x.expand(500, -1)) for _ in range(80)])
        mean, log_variance = net.posterior(x)
        q = torch.distributions.Normal(mean[0].double(), (0.5 * log_variance[0]).exp().double())
        line = torch.linspace(-8, 8, 161, dtype=torch.float64)
        z = torch.cartesian_prod(line, line)
        y = net.decoder(z.float()).double()
        if kind == "binary":
            likelihood = torch.distributions.Bernoulli(logits=y).logits * x - nn.functional.softplus(y)
        else:
            likelihood = -0.5 * (y - x) ** 2
        log_p = likelihood.sum(dim=1) + torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
        log_q = q.log_prob(z).sum(dim=1)
        exact = (log_q.exp() * (log_q - log_p)).sum() * 0.1**2
    assert loss.mean().item() == pytest.approx(exact.item(), abs=4 * loss.std().item() / 80**0.5)


def test_what_no_loss_can_be_is_refused():
    with pytest.raises(SettingError, match="loss"):
        Restoring(loss="hinge")
    with pytest.raises(SettingError, match="sparsity"):
        Restoring(sparsity=1.0)
