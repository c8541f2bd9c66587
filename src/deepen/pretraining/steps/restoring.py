"""What an autoencoder is trained on: the error of what it restores, and what keeps its codes from being a mere copy.

Legend: B examples, D columns, K codes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import Settings, between, one_of
from deepen.data.batches import Batch
from deepen.nets.autoencoder import Autoencoder

__all__ = ["Restoring", "RestoringStep", "corrupted"]


class Restoring(Settings):
    """Which error, and what is added.

    Parameters
    ----------
    loss
        ``squared``: the squared error, which is also what is reported. ``cross-entropy``: of binary units, as Hinton
        and Salakhutdinov (2006) have it. Both are summed over the D columns.
    noise
        Denoising (Vincent et al. 2010): of binary units the share that is set to zero, of Gaussian ones the standard
        deviation of what is added; the clean input is what shall be restored.
    sparsity, sparsity_cost
        The share of the time that a code, between 0 and 1, should be on, and how much the divergence from that counts,
        each code's in nats (Lee, Ekanadham and Ng 2008); 0 leaves codes free.
    """

    loss: str = "squared"
    noise: float = 0.0
    sparsity: float = 0.0
    sparsity_cost: float = 1.0

    def __post_init__(self) -> None:
        one_of("loss", self.loss, ("cross-entropy", "squared"))
        between("noise", self.noise, 0, 1e6)
        between("sparsity", self.sparsity, 0, 0.999)
        between("sparsity_cost", self.sparsity_cost, 0, 1e9)


class RestoringStep:
    """One step of the loop, for an :class:`~deepen.nets.autoencoder.Autoencoder`.

    Of a net whose codes are drawn the loss is the negative evidence bound in nats (Kingma and Welling 2014): Gaussian
    units' constant is left out.
    """

    def __init__(self, how: Restoring) -> None:
        self._how = how

    def __call__(self, net: nn.Module, batch: Batch | Tensor) -> Tensor:
        """Give the loss of one batch: (B, D), or a :class:`~deepen.data.batches.Batch` with these as ``x``."""
        assert isinstance(net, Autoencoder)
        x = batch if isinstance(batch, Tensor) else batch.inputs["x"]
        given = corrupted(net, x, self._how.noise) if self._how.noise else x
        if net.drawn:
            return _negative_bound(net, x, given)
        codes = net.encode(given)
        y = net.decoder(codes).float()
        if self._how.loss == "squared" or net.visible.kind != "binary":
            error = (net.visible.mean(y) - x).square()
        else:
            error = F.binary_cross_entropy_with_logits(y, x, reduction="none")
        loss = error.sum(dim=1).mean()
        return loss + self._how.sparsity_cost * self._dense(codes.float()) if self._how.sparsity else loss

    def _dense(self, codes: Tensor) -> Tensor:
        """``sum_k KL(sparsity || mean of code k)``, over a batch (B, K): ()."""
        wanted = self._how.sparsity
        share = codes.mean(dim=0).clamp(1e-6, 1 - 1e-6)
        return (wanted * (wanted / share).log() + (1 - wanted) * ((1 - wanted) / (1 - share)).log()).sum()


def corrupted(net: Autoencoder, x: Tensor, noise: float) -> Tensor:
    """Give the inputs with noise, drawn from the global generator: (B, D) to (B, D)."""
    if net.visible.kind == "binary":
        return x * (torch.rand_like(x) >= noise)
    return x + noise * torch.randn_like(x)


def _negative_bound(net: Autoencoder, x: Tensor, given: Tensor) -> Tensor:
    """``KL(q(z | x) || p(z)) - log p(x | z)``, with one draw of z for each row: ()."""
    mean, log_variance = net.posterior(given)
    z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    y = net.decoder(z).float()
    if net.visible.kind == "binary":
        error = F.binary_cross_entropy_with_logits(y, x, reduction="none")
    else:
        error = 0.5 * (y - x).square()
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
    return (error.sum(dim=1) + divergence.sum(dim=1)).mean()
