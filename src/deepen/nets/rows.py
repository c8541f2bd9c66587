"""What a net is given, by name, as rows of one matrix: what the machines without labels read.

Legend: B examples, D columns of the matrix, C channels, H height, W width, K categories.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.shapes import Codes, Grid, Sequence, Shape, Tokens, Vector

__all__ = ["Rows", "width_of"]

_MOST = 50_000  # columns: the weights to a thousand units are then 200 MB (assumed to be bearable)


class Rows(nn.Module):
    """Lays a net's inputs side by side: pictures as their pixels from 0 to 1, categories one-hot, all else as it comes.

    Parameters
    ----------
    shapes
        The inputs by name.
    pixels
        Of each input of pictures the channels' means and deviations, from 0 to 255, by which its pixels were
        standardised.

    Attributes
    ----------
    n : int
        D.

    Raises
    ------
    SettingError
        If an input is a text, whose tokens are no numbers, or there are too many columns.

    Examples
    --------
    >>> rows = Rows({"numbers": Vector(3), "codes": Codes((2, 4))})
    >>> rows.n, rows({"numbers": torch.zeros(5, 3), "codes": torch.zeros(5, 2, dtype=torch.long)}).shape
    (9, torch.Size([5, 9]))
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        pixels: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] | None = None,
    ) -> None:
        super().__init__()
        self.shapes, self.n = dict(shapes), sum(map(width_of, shapes.values()))
        for name, shape in shapes.items():
            if isinstance(shape, Tokens):
                raise SettingError(
                    "machines read no texts", where=f"input {name!r}",
                    mend="Leave the column out (--drop), or learn a language model of it: --method language. A net"
                    " for texts can also begin with a text encoder of the Hugging Face hub: deepen train --from.",
                )  # fmt: skip
        if self.n > _MOST:
            raise SettingError(
                "too many columns for machines that read them all at once", where=", ".join(shapes),
                allowed=f"{_MOST:,}", came=f"{self.n:,}", mend="Make pictures smaller (--image-size).",
            )  # fmt: skip
        for at, name in enumerate(self.shapes):
            if name in (pixels or {}):
                mean, deviation = (pixels or {})[name]
                self.register_buffer(f"mean{at}", torch.tensor(mean)[:, None, None] / 255)
                self.register_buffer(f"deviation{at}", torch.tensor(deviation)[:, None, None] / 255)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give (B, D) float32."""
        parts = []
        for at, (name, shape) in enumerate(self.shapes.items()):
            x = inputs[name]
            if isinstance(shape, Codes):
                parts += [F.one_hot(x[:, k], size).float() for k, size in enumerate(shape.sizes)]
                continue
            if hasattr(self, f"mean{at}"):
                # Rounding in the standardised pixels must not lead out of what binary units can be.
                x = (x * getattr(self, f"deviation{at}") + getattr(self, f"mean{at}")).clamp(0, 1)
            if isinstance(shape, Sequence) and x.shape[1] < shape.n:
                x = F.pad(x, (0, 0, 0, shape.n - x.shape[1]))  # a batch is as long as its longest example
            parts.append(x.float().flatten(1))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def width_of(shape: Shape) -> int:
    """How many columns an input takes; a text none."""
    if isinstance(shape, Vector):
        return shape.n
    if isinstance(shape, Codes):
        return sum(shape.sizes)
    if isinstance(shape, Grid):
        return shape.c * shape.h * shape.w
    return shape.n * shape.c if isinstance(shape, Sequence) else 0
