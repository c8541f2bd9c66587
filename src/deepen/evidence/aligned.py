"""How far two pictures differ once they are laid on one another: brighter, cropped or recompressed ones hardly do.

Each picture is made grey, blurred a little, and brought to mean 0 and norm 1, so that brightness and contrast do not
count. Candidates are those of like power spectra, which no shift changes; two of them are compared in every position
that a crop of a pixel can bring, and the nearest counts.

Legend: N pictures, H height, W width, C channels, D features, P pairs, k neighbours, Q pictures asked for,
M different pictures of a block.
"""

from __future__ import annotations

import numpy as np

from deepen.evidence.near import Neighbours

__all__ = ["NEAR", "aligned", "grey", "spectra"]

NEAR = 0.3
"""The share of the usual distance below which two pictures are one (measured on Fashion-MNIST and CIFAR-10: 97 % of
copies of JPEG quality 75, brighter by a tenth or cropped by a pixel lie below it, and one of 30,000 other pairs)."""

_SIDE = 32  # pixels a side at most at which pictures are compared (assumed)
_FREQUENCIES = 6  # each way, kept of a spectrum (measured: with 4 or 8 no more copies are found)
_DIFFERENT = 1.0  # a correlation of a half: below it pictures differ, and it tells nothing by how much
_BLOCK = 2048  # pairs at a time
_CONTRAST = 2.0  # least deviation, of 255, of a picture that shows anything (assumed)
_BINOMIAL = (0.25, 0.5, 0.25)
_CROPS = ((1, 1, 1, 1), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))  # top, bottom, left, right


def grey(pixels: np.ndarray, side: int = _SIDE) -> np.ndarray:
    """Make pictures grey and small: (N, H, W, C) uint8 to (N, h, w) float32, averaged over blocks.

    Examples
    --------
    >>> grey(np.full((2, 64, 48, 3), 7, np.uint8)).shape
    (2, 32, 24)
    """
    N, H, W, _ = pixels.shape
    step = max(1, -(-max(H, W) // side))
    h, w = max(1, H // step), max(1, W // step)
    out = np.empty((N, h, w), dtype=np.float32)
    for at in range(0, N, _BLOCK):
        some = np.asarray(pixels[at : at + _BLOCK, : h * step, : w * step]).mean(axis=3, dtype=np.float32)
        out[at : at + _BLOCK] = some.reshape(len(some), h, min(step, H), w, min(step, W)).mean(axis=(2, 4))
    return out


def spectra(pictures: np.ndarray) -> np.ndarray:
    """Give the features by which candidates are looked for: (N, h, w) grey to (N, D), of norm 1.

    The sizes of the lowest frequencies, without their phases: wherever a thing stands in a picture, they are alike.
    """
    _, h, w = pictures.shape
    found = []
    for at in range(0, len(pictures), _BLOCK):
        some = pictures[at : at + _BLOCK]
        padded = np.pad(
            some - some.mean(axis=(1, 2), keepdims=True), ((0, 0), (0, max(1, h // 7)), (0, max(1, w // 7)))
        )
        sizes = np.abs(np.fft.fft2(padded))
        few = sizes[:, :_FREQUENCIES, :_FREQUENCIES], sizes[:, :_FREQUENCIES, -_FREQUENCIES + 1 :]
        both = np.concatenate([each.reshape(len(some), -1) for each in few], axis=1)
        found.append(
            (both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-6)).astype(np.float32)
        )
    return np.concatenate(found)


def aligned(pictures: np.ndarray, candidates: Neighbours) -> Neighbours:
    """Measure candidates anew, each pair in its best position.

    Parameters
    ----------
    pictures
        (N, h, w) grey, of :func:`grey`.
    candidates
        Neighbours (Q, k) by :func:`spectra`.

    Returns
    -------
    Neighbours
        The same ones by their new distances, from 0 to 1, the nearest first; without pictures of one tone.
    """
    pictures = _blurred(pictures)
    shows = pictures.reshape(len(pictures), -1).std(axis=1) >= _CONTRAST
    k = candidates.ids.shape[1]
    asked = np.flatnonzero(shows[candidates.rows])
    rows, ids = candidates.rows[asked], candidates.ids[asked]
    distances = np.empty(ids.shape, dtype=np.float32)
    step = max(1, _BLOCK // max(1, k))
    for at in range(0, len(rows), step):
        best = _agreement(pictures, rows[at : at + step], ids[at : at + step])
        distances[at : at + step] = np.minimum(_DIFFERENT, np.sqrt(np.maximum(0, 2 - 2 * best)))
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbours(rows, np.take_along_axis(ids, order, 1), np.take_along_axis(distances, order, 1))


def _agreement(pictures: np.ndarray, rows: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The correlation of M pictures with k others each in the best position: (M, k)."""
    mine, others = pictures[rows], pictures[ids]  # (M, h, w), (M, k, h, w)
    _, h, w = mine.shape
    best = _correlated(mine, others)
    if min(h, w) < 6:
        return best
    for y in range(3):
        for x in range(3):
            window = others[:, :, y : y + h - 2, x : x + w - 2]
            best = np.maximum(best, _correlated(mine[:, 1:-1, 1:-1], window))
    # Only one of the two is cropped: the other way round the pair comes by its other picture.
    for crop in _CROPS:
        best = np.maximum(best, _correlated(_zoomed(mine, crop), others))
    return best


def _correlated(mine: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Correlate pictures (M, h, w) with (M, k, h, w): (M, k)."""
    M, k = others.shape[:2]
    a, b = mine.reshape(M, -1), others.reshape(M, k, -1)
    a = a - a.mean(axis=1, keepdims=True)
    products = np.matmul(b, a[:, :, None])[..., 0]
    spread = np.einsum("mkd,mkd->mk", b, b) - b.sum(axis=2) ** 2 / b.shape[2]
    return np.asarray(products / np.sqrt(np.maximum(spread * np.einsum("md,md->m", a, a)[:, None], 1e-6)))


def _zoomed(pictures: np.ndarray, crop: tuple[int, int, int, int]) -> np.ndarray:
    """Cut pixels off (M, h, w) and stretch what is left to the size it had, linearly."""
    top, bottom, left, right = crop
    _, h, w = pictures.shape
    return _stretched(_stretched(pictures, 1, h, top, bottom), 2, w, left, right)


def _stretched(pictures: np.ndarray, axis: int, size: int, first: int, last: int) -> np.ndarray:
    if not first and not last:
        return pictures
    inside = size - first - last
    # As resizing does: the centres of the new pixels, in the old ones' places.
    at = np.clip((np.arange(size) + 0.5) * inside / size - 0.5, 0, inside - 1) + first
    low = np.minimum(at.astype(np.int64), size - 2)
    shape = [1, 1, 1]
    shape[axis] = size
    share = (at - low).astype(np.float32).reshape(shape)
    return np.asarray(pictures.take(low, axis) * (1 - share) + pictures.take(low + 1, axis) * share)


def _blurred(pictures: np.ndarray) -> np.ndarray:
    """Blur (N, h, w) by a binomial of three pixels each way, so that half a pixel's shift costs little."""
    out = pictures
    for axis in (1, 2):
        pads = [(0, 0)] * 3
        pads[axis] = (1, 1)
        wide, size = np.pad(out, pads, mode="edge"), out.shape[axis]
        parts = [weight * wide.take(np.arange(at, at + size), axis) for at, weight in enumerate(_BINOMIAL)]
        out = np.asarray(parts[0] + parts[1] + parts[2], dtype=np.float32)
    return out
