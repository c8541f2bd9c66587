"""Histograms of oriented gradients: where in a picture edges lie and how they slant, as a shallow learner can use it.

Dalal and Triggs 2005, "Histograms of oriented gradients for human detection": gradients fall into nine orientations in
each cell, and cells are normalised over blocks of two by two. Deviation: cells share no votes with their neighbours.

Legend: B pictures, H height, W width, C channels, Y by X cells.
"""

from __future__ import annotations

import numpy as np

__all__ = ["oriented_gradients"]

_ORIENTATIONS = 9  # over half a turn, as in the paper
_CELLS = 7  # a side, at the most: cells of 4 pixels on 28 (assumed)
_LEAST = 0.02  # of the range of pixels: gradients in a flat block are noise, and not blown up (assumed)
_BLOCK = 256  # pictures at a time


def oriented_gradients(pixels: np.ndarray) -> np.ndarray:
    """Describe pictures (B, H, W, C) uint8 by their gradients: (B, (Y-1) (X-1) 4 9) float32.

    Of colours the channel with the steepest gradient counts, at each pixel.

    Examples
    --------
    >>> lying = np.zeros((1, 8, 8, 1), np.uint8)
    >>> lying[:, ::4] = lying[:, 1::4] = 255
    >>> standing = lying.transpose(0, 2, 1, 3)
    >>> first, second = (oriented_gradients(p).reshape(-1, 9).sum(axis=0).argmax() for p in (lying, standing))
    >>> int(first), int(second)
    (4, 0)
    """
    found = [_of_block(pixels[at : at + _BLOCK]) for at in range(0, max(1, len(pixels)), _BLOCK)]
    return np.concatenate(found)


def _of_block(pixels: np.ndarray) -> np.ndarray:
    B, H, W, _ = pixels.shape
    x = pixels.astype(np.float32) / 255.0
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2], padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    steep = np.hypot(across, down)  # (B, H, W, C)
    which = steep.argmax(axis=3, keepdims=True)
    across, down, steep = (np.take_along_axis(a, which, axis=3)[..., 0] for a in (across, down, steep))
    # The orientation in units of a bin: each gradient votes for the two nearest, by how near they are.
    turn = (np.arctan2(down, across) % np.pi) * (_ORIENTATIONS / np.pi)
    lower = np.floor(turn).astype(np.int64)
    upper = turn - lower  # (B, H, W): the share of the upper bin
    cell_h, cell_w = max(1, -(-H // _CELLS)), max(1, -(-W // _CELLS))
    Y, X = -(-H // cell_h), -(-W // cell_w)
    y, c = np.arange(H)[:, None] // cell_h, np.arange(W)[None, :] // cell_w
    cell = (np.arange(B)[:, None, None] * Y + y) * X + c  # (B, H, W)
    size = B * Y * X * _ORIENTATIONS
    votes = np.bincount(
        (cell * _ORIENTATIONS + lower % _ORIENTATIONS).ravel(), (steep * (1 - upper)).ravel(), size
    )
    votes += np.bincount(
        (cell * _ORIENTATIONS + (lower + 1) % _ORIENTATIONS).ravel(), (steep * upper).ravel(), size
    )
    cells = votes.reshape(B, Y, X, _ORIENTATIONS) / (cell_h * cell_w)
    blocks = (
        np.concatenate([cells[:, :-1, :-1], cells[:, :-1, 1:], cells[:, 1:, :-1], cells[:, 1:, 1:]], axis=3)
        if Y > 1 and X > 1
        else cells
    )
    length = np.sqrt(np.square(blocks).sum(axis=3, keepdims=True) + _LEAST**2)
    return np.asarray(blocks / length, dtype=np.float32).reshape(B, -1)
