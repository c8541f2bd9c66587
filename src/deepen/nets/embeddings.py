"""Embeddings of a table's columns: numbers as smooth codes, categories as learned vectors.

A net that is given a plain number must bend its first layers to draw one threshold; trees draw thresholds for
nothing. Gorishniy, Rubachev and Babenko (2022), "On Embeddings for Numerical Features in Tabular Deep
Learning", close most of that gap by spreading each number over several units before the first layer.

Legend: B examples in a batch, N numeric columns, K columns of codes, D units for each column, T bins,
Q frequencies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepen.errors import SettingError

__all__ = ["Categories", "Periodic", "PiecewiseLinear", "normal_edges"]


def normal_edges(bins: int) -> Tensor:
    """Cut the standard normal distribution into ``bins`` parts of equal probability.

    The first and the last edge, which would be infinite, stand as far beyond the median of their bin as its
    inner edge stands before it.

    Returns
    -------
    Tensor
        The edges in rising order (T + 1).

    Examples
    --------
    >>> [round(edge, 3) for edge in normal_edges(4).tolist()]
    [-1.626, -0.674, 0.0, 0.674, 1.626]
    """
    inner = torch.arange(1, bins, dtype=torch.float64) / bins  # (T - 1)
    outermost = torch.tensor([0.5 / bins], dtype=torch.float64)
    median = torch.special.ndtri(outermost)  # (1)
    first = 2 * median - torch.special.ndtri(2 * outermost)
    edges = torch.cat([first, torch.special.ndtri(inner), -first])
    return edges.to(torch.get_default_dtype())


class PiecewiseLinear(nn.Module):
    """Each number as how far it has filled a row of bins, then a linear map of its own.

    The encoding is equation 1 of the paper: bin t of a column gives ``(x - b[t-1]) / (b[t] - b[t-1])``, held
    between 0 and 1, but with no lower hold in the first bin and no upper one in the last. The map to D units
    follows the authors' later form: ``W0 x + b0 + W1 ple(x)`` with ``W1`` zero at the start, so that the net
    begins as an ordinary one and bends a column only where bending pays.

    Deviation from the paper: its bins are quantiles of the training data; these are quantiles of the standard
    normal, and columns are expected to have been mapped onto it (the preparation does). The same bins then
    serve every column, and the net knows nothing of data.

    Parameters
    ----------
    n
        Columns.
    d
        Units for each column.
    bins
        Bins for each column, two or more.

    Examples
    --------
    >>> PiecewiseLinear(3, d=8)(torch.randn(5, 3)).shape
    torch.Size([5, 3, 8])
    """

    edges: Tensor

    def __init__(self, n: int, d: int = 16, bins: int = 16) -> None:
        super().__init__()
        _at_least(1, n=n, d=d)
        _at_least(2, bins=bins)
        self.n, self.d, self.bins = n, d, bins
        self.register_buffer("edges", normal_edges(bins), persistent=False)  # (T + 1)
        self.linear = nn.Parameter(torch.empty(n, d).uniform_(-1, 1))  # (N, D)
        self.bias = nn.Parameter(torch.empty(n, d).uniform_(-1, 1))  # (N, D)
        self.weight = nn.Parameter(torch.zeros(n, bins, d))  # (N, T, D)

    def encode(self, x: Tensor) -> Tensor:
        """Say how far each number has filled each bin: (B, N) to (B, N, T)."""
        left, right = self.edges[:-1], self.edges[1:]  # (T), (T)
        filled = (x.unsqueeze(-1) - left) / (right - left)  # (B, N, T)
        first, middle, last = filled[..., :1], filled[..., 1:-1], filled[..., -1:]
        return torch.cat([first.clamp(max=1), middle.clamp(0, 1), last.clamp(min=0)], dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """Embed the numbers: (B, N) to (B, N, D)."""
        _columns(x, self.n)
        bent = torch.einsum("bnt,ntd->bnd", self.encode(x), self.weight)
        return x.unsqueeze(-1) * self.linear + self.bias + bent


class Periodic(nn.Module):
    """Each number as sines and cosines of learned frequencies, then a linear map and a ReLU.

    ``ReLU(W [sin(2 pi c x), cos(2 pi c x)])``, the paper's PLR; the frequencies ``c`` start normal with
    standard deviation ``sigma``. It can follow finer detail than bins can (latitude, time), and overfits
    sooner on few rows.

    Parameters
    ----------
    n
        Columns.
    d
        Units for each column.
    k
        Frequencies for each column.
    sigma
        The frequencies' spread at the start; the setting that matters most here.
    lite
        Share the linear map between the columns, the paper's PLR(lite).

    Examples
    --------
    >>> Periodic(3, d=8)(torch.randn(5, 3)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, n: int, d: int = 16, k: int = 24, sigma: float = 0.1, *, lite: bool = False) -> None:
        super().__init__()
        _at_least(1, n=n, d=d, k=k)
        if not sigma > 0:
            raise SettingError("must be above 0", where="sigma", came=repr(sigma))
        self.n, self.d, self.k = n, d, k
        # Cut at three standard deviations: one stray high frequency makes a column look like noise.
        frequencies = nn.init.trunc_normal_(torch.empty(n, k), 0, sigma, -3 * sigma, 3 * sigma)
        self.frequencies = nn.Parameter(frequencies)  # (N, Q)
        bound = 1 / math.sqrt(2 * k)
        maps = 1 if lite else n
        self.weight = nn.Parameter(torch.empty(maps, 2 * k, d).uniform_(-bound, bound))  # (1 or N, 2 Q, D)
        self.bias = nn.Parameter(torch.empty(maps, d).uniform_(-bound, bound))  # (1 or N, D)

    def encode(self, x: Tensor) -> Tensor:
        """Give each number's sines, then its cosines: (B, N) to (B, N, 2 Q)."""
        angle = 2 * math.pi * self.frequencies * x.unsqueeze(-1)  # (B, N, Q)
        return torch.cat([angle.sin(), angle.cos()], dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        """Embed the numbers: (B, N) to (B, N, D)."""
        _columns(x, self.n)
        weight = self.weight.expand(self.n, -1, -1)  # (N, 2 Q, D)
        return torch.relu(torch.einsum("bnq,nqd->bnd", self.encode(x), weight) + self.bias)


class Categories(nn.Module):
    """Each code as a learned vector; code 0 stands for what is missing or was never seen.

    All columns live in one table of rows, each column behind an offset: one look-up for all of them.

    Parameters
    ----------
    sizes
        How many codes each column has, code 0 included.
    d
        Units for each column; None chooses them by the column's size, ``min(size - 1, 4 size ** 0.25)``,
        rounded up and at least 1.

    Attributes
    ----------
    widths : tuple of int
        The units of each column.
    d : int
        Their sum.

    Examples
    --------
    >>> embed = Categories((3, 40))
    >>> embed.widths, embed(torch.tensor([[0, 39], [2, 0]])).shape
    ((2, 11), torch.Size([2, 13]))
    """

    offsets: Tensor

    def __init__(self, sizes: Sequence[int], d: int | None = None) -> None:
        super().__init__()
        if not sizes:
            raise SettingError("names no column", where="sizes", mend="Leave Categories out.")
        for size in sizes:
            _at_least(1, sizes=size)
        if d is not None:
            _at_least(1, d=d)
        self.sizes = tuple(sizes)
        self.widths = tuple(d if d is not None else _units(size) for size in sizes)
        self.d = sum(self.widths)
        self.tables = nn.ModuleList(nn.Embedding(s, w) for s, w in zip(self.sizes, self.widths, strict=True))
        for table, width in zip(self.tables, self.widths, strict=True):
            bound = 1 / math.sqrt(width)
            assert isinstance(table, nn.Embedding)
            nn.init.uniform_(table.weight, -bound, bound)

    def forward(self, codes: Tensor) -> Tensor:
        """Embed the codes, side by side: (B, K) to (B, sum of D)."""
        _columns(codes, len(self.sizes))
        return torch.cat([table(codes[:, k]) for k, table in enumerate(self.tables)], dim=1)


def _units(size: int) -> int:
    return max(1, min(size - 1, math.ceil(4 * math.sqrt(math.sqrt(size)))))


def _at_least(least: int, **values: int) -> None:
    for name, value in values.items():
        if value < least:
            raise SettingError(f"must be {least} or more", where=name, came=repr(value))


def _columns(x: Tensor, n: int) -> None:
    if x.ndim != 2 or x.shape[1] != n:
        raise SettingError("wrong shape", where="inputs", allowed=f"(B, {n})", came=str(tuple(x.shape)))
