"""The filters that the first layer looks through, which alone lie in the space of the input itself.

Legend: U filters, C channels, H height, W width, T steps, F numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from deepen.shapes import Grid, Sequence, Shape

__all__ = ["filters"]


def filters(net: nn.Module, shapes: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """Find the first layer's filters of each input that has places: pictures, spectrograms, series.

    A convolution over the input's own channels, or a matrix that reads all its numbers at once. A layer for tables and
    texts reads embeddings, which have no picture.

    Returns
    -------
    dict
        By input: (U, C, H, W) or (U, C, T).

    Examples
    --------
    >>> from deepen.nets import CNN
    >>> filters(CNN(Grid(3, 32, 32), 2, size="tiny"), {"photo": Grid(3, 32, 32)})["photo"].shape
    (16, 3, 3, 3)
    """
    found: dict[str, np.ndarray] = {}
    taken: set[int] = set()
    for name, shape in shapes.items():
        if not isinstance(shape, Grid | Sequence):
            continue
        for module in net.modules():
            made = _of(module, shape) if id(module) not in taken else None
            if made is not None:
                found[name] = made
                taken.add(id(module))
                break
    return found


def _of(module: nn.Module, shape: Grid | Sequence) -> np.ndarray | None:
    """The weights of a module, if it reads an input of this shape."""
    weight = getattr(module, "weight", None)
    if not isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear) or weight is None:
        return None
    values: np.ndarray = weight.detach().float().cpu().numpy()
    if isinstance(module, nn.Linear):
        if isinstance(shape, Grid) and values.shape[1] == shape.c * shape.h * shape.w:
            return values.reshape(-1, shape.c, shape.h, shape.w)
        if isinstance(shape, Sequence) and shape.n > 1 and values.shape[1] == shape.n * shape.c:
            return values.reshape(-1, shape.n, shape.c).transpose(0, 2, 1)
        return None
    if isinstance(shape, Grid):
        return values if values.ndim == 4 and values.shape[1] == shape.c else None
    # The bands of a spectrogram are read as one picture without colour.
    fits = values.shape[1] == (shape.c if values.ndim == 3 else 1)
    return values if fits else None
