"""A residual convolutional net whose stem and number of stages follow from the size of the image.

Legend: B examples in a batch, C channels, H height, W width, F features, K outputs.
"""

from __future__ import annotations

from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.sizes import dial
from deepen.shapes import Grid

__all__ = ["CNN", "SMALLEST"]

# Below this side there is nothing left for a 3x3 filter to look around in.
SMALLEST = 4

# A grid whose shorter side is below this is not halved once more (7 becomes 3). Four stages: He et al. 2015.
LAST_HALVED, MOST_STAGES = 6, 4

# Channels grow with each stage up to this multiple of the first (He et al. 2015: 64 to 512).
WIDEST_MULTIPLE = 8


class CNN(nn.Module):
    """A residual convolutional net for images of one size.

    A stem brings the image to a grid of moderate side; stages of residual blocks follow, each on half the
    side of the one before and with twice its channels; the mean over the last grid gives the features, and
    one linear layer the outputs.

    Parameters
    ----------
    shape
        The image: channels, height and width, each side at least 4. Its values should be about standardised.
    outputs
        How many numbers ``forward`` gives for each image, or ``None`` for the features themselves.
    size
        One dial: "tiny", "small", "medium", "large", "huge", or a number (0 for tiny, 1 for small...).
    width
        Channels of the first stage, instead of what ``size`` says.
    depth
        Residual blocks in each stage, instead of what ``size`` says.

    Attributes
    ----------
    features_n
        How many features ``features`` gives: F.

    Raises
    ------
    SettingError
        If the shape or an option is out of range.

    Examples
    --------
    >>> import torch
    >>> net = CNN(Grid(3, 32, 32), 10, size="tiny")
    >>> net(torch.zeros(5, 3, 32, 32)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self,
        shape: Grid,
        outputs: int | None,
        *,
        size: str | float = "small",
        width: int | None = None,
        depth: int | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        width = _width(dial(size)) if width is None else width
        depth = _depth(dial(size)) if depth is None else depth
        _refuse(shape, outputs, width, depth)

        halvings = _stem_halvings(shape)
        side = min(shape.h, shape.w) >> halvings
        self.stem = _stem(shape.c, width, halvings)
        self.stages = nn.Sequential()
        channels = width
        for stage in range(_stages(side)):
            wider = width * min(2**stage, WIDEST_MULTIPLE)
            if stage > 0:
                self.stages.append(_halving(channels, wider))
            self.stages.extend(Residual(wider) for _ in range(depth))
            channels = wider

        self.features_n = channels
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of images x (B, C, H, W): their mean over the last grid (B, F).

        Raises
        ------
        SettingError
            If the images have not the channels and the sides that the net was built for.
        """
        expected = (self.shape.c, self.shape.h, self.shape.w)
        if x.ndim != 4 or tuple(x.shape[1:]) != expected:
            raise SettingError(
                "images of a shape that this CNN was not built for",
                allowed="(B, {}, {}, {})".format(*expected),
                came=str(tuple(x.shape)),
                mend="Build it with deepen.nets.CNN(Grid(channels, height, width), outputs).",
            )
        x = self.stages(self.stem(x))  # (B, F, h, w)
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of images x (B, C, H, W); the features (B, F) if built without outputs."""
        out: Tensor = self.head(self.features(x))
        return out


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2015): (B, C, H, W) to the same shape.

    The last scale starts at zero, so that each block begins as the identity and the depth of the net costs
    nothing at first (Goyal et al. 2017).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _conv(channels, channels),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            _conv(channels, channels),
            nn.BatchNorm2d(channels),
        )
        self.activation = nn.ReLU(inplace=True)
        last = self.branch[-1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch to x (B, C, H, W)."""
        out: Tensor = self.activation(x + self.branch(x))
        return out


def _width(place: float) -> int:
    """Channels of the first stage: 16 for tiny, doubled with each step; in eights, as vector units are."""
    return 8 * max(1, round(16 * 2**place / 8))


def _depth(place: float) -> int:
    """Residual blocks of each stage: one up to medium, then one more with each step.

    Width comes first, since narrow filters leave a processor half idle: measured on one core in bf16 at side
    32, a like net of width 32 trained at 285 and one of width 64 at 369 GFLOP/s.
    """
    return max(1, round(place - 1))


def _refuse(shape: Grid, outputs: int | None, width: int, depth: int) -> None:
    """Refuse what no net can be built from, naming the option to change."""
    if min(shape.h, shape.w) < SMALLEST:
        raise SettingError(
            "images too small for a CNN",
            where="shape",
            allowed=f"sides of at least {SMALLEST}",
            came=f"{shape.h} x {shape.w}",
            mend="Enlarge them, or give their pixels to an MLP as numbers.",
        )
    if shape.c < 1:
        raise SettingError("images without a channel", where="shape", allowed="c >= 1", came=str(shape.c))
    for name, value in (("outputs", outputs), ("width", width), ("depth", depth)):
        if value is not None and value < 1:
            raise SettingError("must be a whole number above zero", where=name, came=str(value))


def _stem_halvings(shape: Grid) -> int:
    """How often the stem halves the image: of side 8 and 16 never, of 28 and 32 once, from 48 on twice.

    Measured with CIFAR-10 (side 32) at width 32, two epochs: a full-side filter and then the maximum gives
    79.2 %, a stride-2 filter 77.7 % in nine tenths of the time. On flowers of side 64 a second halving takes
    a quarter of the work for an image: 73.8 % after 8 epochs, against 75.4 % after 6 of three times the cost.
    """
    side = min(shape.h, shape.w)
    return 0 if side < 20 else 1 if side < 48 else 2


def _stages(side: int) -> int:
    """How many stages a grid of this shorter side feeds, each on half the side of the one before."""
    stages = 1
    while stages < MOST_STAGES and side >= LAST_HALVED:
        side, stages = side // 2, stages + 1
    return stages


def _stem(channels: int, width: int, halvings: int) -> nn.Sequential:
    """From the image (B, C, H, W) to the first grid (B, width, H / 2**halvings, W / 2**halvings)."""
    if halvings == 0:
        return nn.Sequential(_conv(channels, width), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    if halvings == 1:
        return _halving(channels, width)
    first = nn.Conv2d(channels, width, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(first, nn.BatchNorm2d(width), nn.ReLU(inplace=True), *_halving(width, width))


def _halving(channels: int, wider: int) -> nn.Sequential:
    """Half the side and more channels: (B, C, H, W) to (B, wider, H // 2, W // 2).

    The maximum is taken before the norm, which leaves both a quarter of the work (Jordan 2024).
    """
    return nn.Sequential(
        _conv(channels, wider), nn.MaxPool2d(2), nn.BatchNorm2d(wider), nn.ReLU(inplace=True)
    )


def _conv(channels: int, wider: int) -> nn.Conv2d:
    """Build a 3x3 convolution that keeps the sides; it has no bias, which the norm would undo."""
    conv = nn.Conv2d(channels, wider, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return conv
