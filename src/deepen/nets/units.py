"""The units of a Boltzmann machine: what one layer of them can be, given what it is told.

A unit's state s has the probability ``base(s) exp(s x) / partition(x)``, where x, its input, comes from its bias and
from the layer across (exponential family harmoniums, Welling, Rosen-Zvi and Hinton 2005). A kind of unit is that base
measure; all that a machine needs of it is the mean, a sample, and the logarithms of base and partition.

Legend: ... any leading axes, N units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.config import between, one_of
from deepen.errors import DataError, SettingError

__all__ = ["KINDS", "Joined", "Units", "check_values", "coins"]

KINDS = ("binary", "gaussian", "rectified", "softmax")


@dataclass(frozen=True)
class Units:
    """A layer of units of one kind.

    Parameters
    ----------
    kind
        ``binary``: 0 or 1. ``gaussian``: a number with variance one around the input; data are standardised before.
        ``softmax``: one of the N is 1, the others 0. ``rectified``: 0 or more, with noise (Nair and Hinton 2010).
    n
        N.

    Raises
    ------
    SettingError
        If there is no such kind, or no unit.

    Examples
    --------
    >>> Units("binary", 2).mean(torch.tensor([0.0, 100.0])).tolist()
    [0.5, 1.0]
    >>> Units("softmax", 2).mean(torch.tensor([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """

    kind: str
    n: int

    def __post_init__(self) -> None:
        one_of("units", self.kind, KINDS)
        between("units", self.n, 1, math.inf)

    @property
    def parts(self) -> tuple[Units, ...]:
        """Itself alone."""
        return (self,)

    def mean(self, x: Tensor) -> Tensor:
        """The expected state given the input: (..., N) to (..., N).

        Of rectified units ``max(0, x)``, without the noise: that is what is expected far above 0, and too little around
        it (at 0 the draws' mean is 0.28).
        """
        if self.kind == "binary":
            return torch.sigmoid(x)
        if self.kind == "softmax":
            return torch.softmax(x, dim=-1)
        return torch.relu(x) if self.kind == "rectified" else x

    def sample(self, x: Tensor, mean: Tensor | None = None) -> Tensor:
        """Draw a state given the input, from the global generator of its device: (..., N) to (..., N).

        Parameters
        ----------
        mean
            :meth:`mean` of the same input, where it is known already.
        """
        if self.kind == "binary":
            p = torch.sigmoid(x) if mean is None else mean
            return coins(p)
        if self.kind == "softmax":
            noise = -torch.empty_like(x).exponential_().log()  # the largest of x + Gumbel noise is a sample
            return F.one_hot((x + noise).argmax(dim=-1), self.n).to(x.dtype)
        if self.kind == "rectified":
            return torch.relu(
                x + torch.sigmoid(x).sqrt() * torch.randn_like(x)
            )  # Nair and Hinton 2010, section 2
        return x + torch.randn_like(x)

    def log_base(self, state: Tensor) -> Tensor:
        """The logarithm of the base measure, summed over the units: (..., N) to (...)."""
        if self.kind == "gaussian":
            return -0.5 * state.square().sum(dim=-1)
        return state.new_zeros(state.shape[:-1])

    def log_partition(self, x: Tensor) -> Tensor:
        """The logarithm of the sum, or integral, over the units' states of ``base(s) exp(s x)``: (..., N) to (...).

        Raises
        ------
        SettingError
            Of rectified units, whose noise follows no energy: what they sum to has no closed form.
        """
        if self.kind == "binary":
            return F.softplus(x).sum(dim=-1)
        if self.kind == "softmax":
            return x.logsumexp(dim=-1)
        if self.kind == "gaussian":
            return (0.5 * x.square() + 0.5 * math.log(2 * math.pi)).sum(dim=-1)
        raise SettingError(
            "rectified units have no free energy",
            where="units",
            mend="Use binary units where likelihoods are wanted.",
        )

    def input_for(self, mean: Tensor) -> Tensor:
        """The input at which the units have this mean, as biases begin with (Hinton 2012, section 8.1)."""
        if self.kind == "binary":
            return torch.logit(mean.clamp(0.01, 0.99))  # not further out than a rare pixel needs (assumed)
        if self.kind == "softmax":
            return mean.clamp_min(1e-3).log()
        return mean

    def states(self) -> Tensor:
        """Every state, where they can be counted: (2^N, N) of binary, (N, N) of softmax units.

        Raises
        ------
        SettingError
            If they cannot.
        """
        if self.kind == "softmax":
            return torch.eye(self.n)
        if self.kind != "binary" or self.n > 25:
            raise SettingError(
                "their states cannot be enumerated", where="units", allowed="up to 25 binary units",
                came=f"{self.n} {self.kind} units", mend="Estimate log Z by annealed importance sampling.",
            )  # fmt: skip
        return (torch.arange(2**self.n)[:, None] >> torch.arange(self.n)[None]).remainder(2).float()


@dataclass(frozen=True)
class Joined:
    """Layers of units side by side, such as pixels and labels, as one layer.

    Examples
    --------
    >>> layer = Joined((Units("binary", 3), Units("softmax", 2)))
    >>> layer.n, layer.mean(torch.zeros(1, 5)).tolist()
    (5, [[0.5, 0.5, 0.5, 0.5, 0.5]])
    >>> layer.states().shape
    torch.Size([16, 5])
    """

    parts: tuple[Units, ...]

    @property
    def n(self) -> int:
        """Units of all parts."""
        return sum(part.n for part in self.parts)

    def split(self, x: Tensor) -> tuple[Tensor, ...]:
        """Cut (..., N) into its parts."""
        return tuple(torch.split(x, [part.n for part in self.parts], dim=-1))

    def mean(self, x: Tensor) -> Tensor:
        """As :meth:`Units.mean`."""
        return torch.cat([u.mean(part) for u, part in zip(self.parts, self.split(x), strict=True)], dim=-1)

    def sample(self, x: Tensor, mean: Tensor | None = None) -> Tensor:
        """As :meth:`Units.sample`."""
        means = [None] * len(self.parts) if mean is None else self.split(mean)
        drawn = zip(self.parts, self.split(x), means, strict=True)
        return torch.cat([u.sample(part, m) for u, part, m in drawn], dim=-1)

    def log_base(self, state: Tensor) -> Tensor:
        """As :meth:`Units.log_base`."""
        return _sum([u.log_base(part) for u, part in zip(self.parts, self.split(state), strict=True)])

    def log_partition(self, x: Tensor) -> Tensor:
        """As :meth:`Units.log_partition`."""
        return _sum([u.log_partition(part) for u, part in zip(self.parts, self.split(x), strict=True)])

    def input_for(self, mean: Tensor) -> Tensor:
        """As :meth:`Units.input_for`."""
        return torch.cat(
            [u.input_for(part) for u, part in zip(self.parts, self.split(mean), strict=True)], dim=-1
        )

    def states(self) -> Tensor:
        """As :meth:`Units.states`: every combination of the parts' states."""
        found = self.parts[0].states()
        for part in self.parts[1:]:
            more = part.states()
            found = torch.cat([found.repeat_interleave(len(more), 0), more.repeat(len(found), 1)], dim=1)
        return found


def coins(p: Tensor) -> Tensor:
    """Toss a coin for each probability, from the global generator of its device: 1 or 0 in the same type and shape.

    A CPU's generator makes its bits one after the other, so there each coin has 16 of its own; what stands behind
    those is drawn once for all. Each coin falls as its probability says, to 24 bits, and the covariance of two is 2^-34
    at the most. This takes half the time of a comparison with ``torch.rand``, and a ninth of
    ``torch.bernoulli``'s (measured).
    """
    if p.device.type != "cpu":
        return torch.rand_like(p).lt_(p)
    n = p.numel()
    bits = torch.empty(-(-n // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    behind = torch.randint(256, ()).item() / 256
    uniform = bits[:n].view(p.shape).to(torch.float32).add_(2**15 + behind).mul_(2**-16)
    return uniform.lt_(p).to(p.dtype)


def _sum(terms: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(terms)).sum(dim=0)


def check_values(units: Units, values: Tensor, *, where: str) -> None:
    """Refuse data that such units cannot have: (N, D).

    Raises
    ------
    DataError
        If a value is not finite, outside [0, 1] for binary units, or below 0 for rectified ones; the first one is
        named.
    """
    wrong = ~values.isfinite()
    allowed = "numbers"
    if units.kind in ("binary", "softmax"):
        wrong |= (values < 0) | (values > 1)
        allowed = "0 to 1"
    elif units.kind == "rectified":
        wrong |= values < 0
        allowed = "0 or more"
    if not bool(wrong.any()):
        return
    row, column = (int(k) for k in wrong.nonzero()[0])
    came = values[row, column].item()
    raise DataError(
        f"{int(wrong.sum()):,} values that {units.kind} units cannot have",
        where=f"{where}, row {row}, column {column}",
        allowed=allowed, came=f"{came:g}",
        mend="Impute what is missing." if not math.isfinite(came)
        else 'Divide by the largest value, or choose visible="gaussian", which standardises.',
    )  # fmt: skip
