"""Sound as a picture: a spectrogram read by the net for images, of any duration.

Legend: B examples in a batch, T steps of the longest, C channels (bands of frequency), F features, K outputs.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.cnn import CNN, SMALLEST
from deepen.nets.lengths import own_steps
from deepen.nets.masked import masked, masked_mean
from deepen.shapes import Grid, Sequence

__all__ = ["SpectrogramCNN"]


class SpectrogramCNN(nn.Module):
    """The residual net for images over bands and time; its features are the mean over own steps.

    For steps whose channels lie beside one another as the bands of a spectrogram do: a sound a little higher
    is then the same picture moved by a band (Abdel-Hamid et al. 2014, "Convolutional neural networks for
    speech recognition"). What stands behind an example's end never changes its result.

    Parameters
    ----------
    shape
        What comes; the channel that marks own steps is no band.
    outputs
        K, or None: then ``forward`` gives the features.
    size, width, depth
        As those of :class:`~deepen.nets.cnn.CNN`.

    Attributes
    ----------
    features_n : int
        F.

    Raises
    ------
    SettingError
        If there are fewer than four bands or steps, or an option is out of range.

    Examples
    --------
    >>> sound = SpectrogramCNN(Sequence(c=41, n=100, ragged=True), 10, size="tiny")
    >>> sound(torch.ones(4, 73, 41)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self,
        shape: Sequence,
        outputs: int | None,
        *,
        size: str | float = "small",
        width: int | None = None,
        depth: int | None = None,
    ) -> None:
        super().__init__()
        bands = shape.c - shape.ragged
        if min(bands, shape.n) < SMALLEST:
            raise SettingError(
                "too few bands or steps to be read as a picture",
                where="shape",
                allowed=f"{SMALLEST} or more of both",
                came=f"{bands} bands, {shape.n} steps",
                mend="Read it by CNN1d or by LSTM.",
            )
        self.shape, self.bands = shape, bands
        cnn = CNN(Grid(1, bands, shape.n), None, size=size, width=width, depth=depth)
        self.stem, self.stages, self.features_n = cnn.stem, cnn.stages, cnn.features_n
        # An example shorter than one cell of the last grid is read with silence up to it.
        self._least = 2 ** sum(_halves(module) for module in cnn.modules())
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of whole examples, x (B, T, C): (B, F)."""
        own = own_steps(self.shape, x)
        picture = x[..., : self.bands].transpose(1, 2).unsqueeze(1)  # (B, 1, bands, T)
        picture = F.pad(picture, (0, max(0, self._least - x.shape[1])))
        if own is not None:
            own = F.pad(own, (0, picture.shape[3] - x.shape[1]))
            own = own | (torch.arange(own.shape[1], device=own.device) < self._least)
            own = own.view(len(x), 1, 1, -1)  # (B, 1, 1, T)
        return masked_mean(*masked(self.stages, *masked(self.stem, picture, own)))

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of x (B, T, C)."""
        out: Tensor = self.head(self.features(x))
        return out


def _halves(module: nn.Module) -> bool:
    """Whether a layer of the net for images halves its sides."""
    return isinstance(module, nn.MaxPool2d) or (isinstance(module, nn.Conv2d) and module.stride[-1] == 2)
