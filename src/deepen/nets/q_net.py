"""The net that tells of each action what is to come if it is taken: from what is seen to the action values.

Legend: B states in a batch, S the shape of one observation, (N,) or (C, H, W), F features, A actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard, cast

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.shapes import Grid, Shape, Vector

__all__ = ["QNet", "Standardised", "pixels"]

# The first filter of Mnih et al. (2015) is 8 wide and moves by 4; on a shorter side nothing is left for the third.
SMALLEST_PIXELS = 36
SMALLEST_GRID = 3


def pixels(shape: Shape) -> TypeGuard[Grid]:
    """Whether what is seen is large enough for the net of Mnih et al. (2015).

    Examples
    --------
    >>> pixels(Grid(4, 84, 84)), pixels(Grid(4, 10, 10)), pixels(Vector(4))
    (True, False, False)
    """
    return isinstance(shape, Grid) and min(shape.h, shape.w) >= SMALLEST_PIXELS


class Standardised(nn.Module):
    """Inputs on the scale of what was seen so far: less its mean, divided by its standard deviation.

    Mean and variance are merged batch by batch (Chan, Golub and LeVeque 1983), and only when told to by
    :meth:`observe`, so that a forward pass changes nothing.

    Parameters
    ----------
    n
        Numbers in one observation.

    Examples
    --------
    >>> scale = Standardised(1)
    >>> scale.observe(torch.tensor([[1.0], [3.0]]))
    >>> scale(torch.tensor([[3.0]]))
    tensor([[1.]])
    """

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n))
        self.register_buffer("variance", torch.ones(n))
        self.register_buffer("count", torch.zeros(()))

    @torch.no_grad()
    def observe(self, x: Tensor) -> None:
        """Count observations (B, N) in."""
        new, before = len(x), self.count.clone()
        mean, variance = x.float().mean(dim=0), x.float().var(dim=0, unbiased=False)
        share = new / (before + new)
        away = mean - self.mean
        spread = torch.where(before > 0, self.variance, torch.zeros_like(self.variance))
        self.variance.copy_(torch.lerp(spread, variance, share) + away.square() * share * (1 - share))
        self.mean.add_(away * share)
        self.count.add_(new)

    def forward(self, x: Tensor) -> Tensor:
        """Standardise (B, N); far outliers are cut at ten standard deviations."""
        return ((x.float() - self.mean) * (self.variance + 1e-8).rsqrt()).clamp(-10.0, 10.0)


class QNet(nn.Module):
    """Action values Q(s, a) of all actions at once, by a net that follows from the shape of what is seen.

    - ``Grid`` with sides of 36 or more, as the 84 x 84 pixels of Atari: the net of Mnih et al. (2015), with filters
      32 of 8 x 8 by 4, 64 of 4 x 4 by 2, 64 of 3 x 3 by 1, then a layer of 512;
    - a smaller ``Grid``: the net of MinAtar (Young and Tian 2019), 16 filters of 3 x 3, then a layer of 128;
    - ``Vector``: two layers of 128.

    Bytes are divided by 255 inside, and booleans become 0 and 1, so observations are kept and moved as they are.

    Parameters
    ----------
    shape
        Of one observation.
    actions
        A.
    width
        Units of the hidden layer before the outputs; for a ``Vector`` of each hidden layer, or one number for each.
    duelling
        The value of the state and the advantages of the actions from a last hidden layer each, ``Q = V + A - mean A``
        (Wang et al. 2016, equation 9).
    layer_norm
        A layer norm before each ReLU, over a layer's units or all of a grid's channels and places (Ba et al. 2016;
        Gallici et al. 2024, of PQN).
    standardise
        Inputs of a ``Vector`` on the scale of what :meth:`observe` was shown.

    Attributes
    ----------
    features_n
        How many features ``features`` gives: F.
    settings
        The keywords that build the same net anew, as plain data.

    Raises
    ------
    SettingError
        If the shape or an option is out of range.

    Examples
    --------
    >>> QNet(Grid(4, 84, 84), 6)(torch.zeros(2, 4, 84, 84, dtype=torch.uint8)).shape
    torch.Size([2, 6])
    >>> QNet(Vector(4), 2, width=(120, 84), duelling=True)(torch.randn(5, 4)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        shape: Vector | Grid,
        actions: int,
        *,
        width: int | Sequence[int] | None = None,
        duelling: bool = False,
        layer_norm: bool = False,
        standardise: bool = False,
    ) -> None:
        super().__init__()
        widths = _widths(shape, width)
        _refuse(shape, actions, widths, standardise)
        self.shape, self.actions = shape, actions
        self.settings: dict[str, Any] = {
            "width": widths if isinstance(shape, Vector) else widths[0], "duelling": duelling,
            "layer_norm": layer_norm, "standardise": standardise,
        }  # fmt: skip
        self.scale = Standardised(shape.n) if standardise and isinstance(shape, Vector) else None
        if isinstance(shape, Grid):
            self.body, read = _grid(shape, layer_norm)
        else:
            self.body, read = _layers(shape.n, widths[:-1], layer_norm), ([shape.n, *widths])[-2]
        self.values = _Stream(read, widths[-1], actions, layer_norm)
        self.state = _Stream(read, widths[-1], 1, layer_norm) if duelling else None
        self.features_n = widths[-1] * (2 if duelling else 1)

    @staticmethod
    def usual_width(shape: Vector | Grid) -> int:
        """The width where none is given.

        Examples
        --------
        >>> QNet.usual_width(Grid(4, 84, 84)), QNet.usual_width(Vector(4))
        (512, 128)
        """
        return 512 if pixels(shape) else 128

    def observe(self, x: Tensor) -> None:
        """Let the scale of the inputs follow observations (B, N); nothing where they are not standardised."""
        if self.scale is not None:
            self.scale.observe(x)

    def features(self, x: Tensor) -> Tensor:
        """Give the last hidden layer (B, F) of observations (B, *S); the advantages' and the value's if duelling."""
        h = self.body(self._read(x))
        streams = [self.values] if self.state is None else [self.values, self.state]
        return torch.cat([stream.hidden(h) for stream in streams], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Give the action values (B, A) of observations (B, *S)."""
        h = self.body(self._read(x))
        values: Tensor = self.values(h)
        if self.state is None:
            return values
        return cast("Tensor", self.state(h)) + values - values.mean(dim=1, keepdim=True)

    def _read(self, x: Tensor) -> Tensor:
        if x.dtype is torch.uint8:
            return x.float().mul_(1 / 255)
        return x.float() if self.scale is None else cast("Tensor", self.scale(x))


class _Stream(nn.Module):
    """One hidden layer and the outputs on it: (B, F) to (B, K)."""

    def __init__(self, inputs: int, width: int, outputs: int, layer_norm: bool) -> None:
        super().__init__()
        self.hidden = _layers(inputs, (width,), layer_norm)
        self.head = nn.Linear(width, outputs)

    def forward(self, h: Tensor) -> Tensor:
        h = self.hidden(h)
        if not torch.is_autocast_enabled(h.device.type):
            return cast("Tensor", self.head(h))
        # bfloat16 tells values of 10 apart by 1/16 at the least, and actions often differ by less.
        with torch.autocast(h.device.type, enabled=False):
            return cast("Tensor", self.head(h.float()))


def _layers(inputs: int, widths: Sequence[int], layer_norm: bool) -> nn.Sequential:
    made = nn.Sequential()
    for before, width in zip((inputs, *widths), widths, strict=False):
        made.append(nn.Linear(before, width))
        if layer_norm:
            made.append(nn.LayerNorm(width))
        made.append(nn.ReLU())
    return made


def _grid(shape: Grid, layer_norm: bool) -> tuple[nn.Sequential, int]:
    """Filters for a grid, and how many numbers they give: (B, C, H, W) to (B, F)."""
    filters = ((16, 3, 1),)
    if pixels(shape):
        filters = ((32, 8, 4), (64, 4, 2), (64, 3, 1))  # type: ignore[assignment]
    made, c, h, w = nn.Sequential(), shape.c, shape.h, shape.w
    for channels, side, stride in filters:
        made.append(nn.Conv2d(c, channels, side, stride))
        if layer_norm:
            made.append(nn.GroupNorm(1, channels))
        made.append(nn.ReLU())
        c, h, w = channels, (h - side) // stride + 1, (w - side) // stride + 1
    made.append(nn.Flatten())
    return made, c * h * w


def _widths(shape: Vector | Grid, width: int | Sequence[int] | None) -> tuple[int, ...]:
    """The hidden layers: two for a vector, one behind the filters of a grid; or those that were named."""
    given = width if isinstance(width, list | tuple) else [width]
    if width is not None and not all(isinstance(one, int) for one in given):
        raise SettingError("not a whole number, or a list of such", where="width", came=repr(width))
    if width is not None and not isinstance(width, int):
        return tuple(width)
    return (QNet.usual_width(shape) if width is None else width,) * (2 if isinstance(shape, Vector) else 1)


def _refuse(shape: Vector | Grid, actions: int, widths: tuple[int, ...], standardise: bool) -> None:
    """Refuse what no net can be built from, naming the option to change."""
    if actions < 1:
        raise SettingError("must be 1 or more", where="actions", came=str(actions))
    if not widths or min(widths) < 1:
        raise SettingError("every hidden layer needs a unit", where="width", came=str(widths))
    if isinstance(shape, Vector):
        if shape.n < 1:
            raise SettingError("has no number", where="shape", came=repr(shape))
        return
    if len(widths) != 1:
        raise SettingError("one number for a grid", where="width", came=str(widths))
    if min(shape.h, shape.w) < SMALLEST_GRID or shape.c < 1:
        raise SettingError(
            "grids too small for filters of 3 x 3",
            where="shape",
            came=repr(shape),
            mend="Give them as Vector(n).",
        )
    if standardise:
        raise SettingError("only a Vector is standardised", where="standardise", came=repr(shape))
