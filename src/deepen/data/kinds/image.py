"""Pictures: as file names, as bytes, or as arrays; encoded as pixels of one size.

Legend: N rows, B examples in a batch, H height, W width, C channels.
"""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from deepen.data.columns import Column, is_series, is_text
from deepen.data.exhibits import picture
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.image_batch import augment, scale
from deepen.data.media import Media, medium_held
from deepen.data.pictures import Header, PictureError, brightest, decode, measure, white_of
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.shapes import Grid

__all__ = ["Image", "Sources"]

_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".jfif",
    ".avif",
)  # fmt: skip
_LOOK_AT = 1000  # headers read to choose the size: the median of so many is sure to a few per cent
_DECODED = 64  # pictures decoded to find the depth of a column: seldom are so many all dark (assumed)
_LARGEST = (
    128  # pixels a side unless asked for: without pretraining, more costs time that accuracy needs (assumed)
)

_PLAIN_SIDE = 16  # pixels a side that pictures are averaged down to for a linear model
_NOT_FINITE = "an infinite or missing value"


class Sources(Media):
    """The pictures of a column: files, or an array of pixels.

    Parameters
    ----------
    column
        File names, bytes, structs with ``bytes`` and ``path``, or an array of pixels.
    folder
        What relative file names stand relative to.
    """

    def __init__(self, column: Column, folder: Path | None) -> None:
        super().__init__(column, folder, "picture")
        self.array = _channels_last(column) if isinstance(column, np.ndarray) else None


def _channels_last(array: np.ndarray) -> np.ndarray:
    """Bring an array to (N, H, W, C), its values as they are."""
    if array.ndim not in (3, 4):
        raise DataError("pictures need 2 or 3 dimensions each", came=f"an array of shape {array.shape}")
    if array.ndim == 3:
        array = array[..., None]
    if array.shape[-1] not in (1, 3, 4) and array.shape[1] in (1, 3, 4):
        array = np.moveaxis(array, 1, -1)
    if array.shape[-1] == 4:
        array = array[..., :3]
    if array.shape[-1] not in (1, 3):
        raise DataError("pictures need 1, 3 or 4 channels", came=f"an array of shape {array.shape}")
    return array


def _range(array: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """What becomes black and what white, by the training part: 0 to 1, 0 to 255, or what its values span."""
    if array.dtype == bool:
        return 0.0, 1.0
    if array.dtype == np.uint8:
        return 0.0, 255.0
    low, high = 0.0, -np.inf
    for at in range(0, len(rows), 1024):
        block = array[rows[at : at + 1024]]
        block = block[np.isfinite(block)]
        low, high = min(low, float(block.min(initial=0))), max(high, float(block.max(initial=low)))
    if low == 0 and high <= 1 and not np.issubdtype(array.dtype, np.integer):
        return 0.0, 1.0
    return (0.0, 255.0) if low == 0 and high <= 255 else (low, high)


def _eight_bits(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    values = np.nan_to_num((pixels.astype(np.float64) - low) * (255.0 / max(high - low, 1e-12)))
    return np.clip(values, 0, 255).round().astype(np.uint8)


@dataclass(frozen=True)
class Image:
    """A column of pictures, as fitted on the training part.

    Encoded as uint8 pixels (N, H, W, C); a batch is brought to mean 0 and deviation 1 on its device, by
    the channel means and deviations of the training part.
    """

    height: int
    width: int
    channels: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 255.0
    """What is black and what is white in arrays that do not hold bytes, and in deep grey files."""
    deep: bool = False
    """Whether ``high`` was found on deep grey files. Else each of them is scaled by itself, as in models that
    were saved before files were looked at together."""

    name: ClassVar[str] = "image"
    things: ClassVar[str] = "pictures"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds pictures, or None if it does not."""
        if isinstance(column, np.ndarray):
            return "pixels" if column.ndim in (3, 4) and not is_series(column) else None
        if medium_held(column) == "image":
            return "bytes of files"
        if is_text(column):
            some = [v for v in column.drop_null().slice(0, 20).to_pylist() if v]
            if some and all(v.lower().endswith(_SUFFIXES) for v in some):
                return "names of files"
        return None

    @classmethod
    def fit(cls, sources: Sources, rows: np.ndarray, *, side: int | None = None) -> Self:
        """Choose height, width and channels from the training part's pictures.

        Parameters
        ----------
        rows
            The training part.
        side
            The longer side in pixels, if the user or the clock has set it.
        """
        low, high, deep = 0.0, 255.0, False
        if sources.array is not None:
            _, height, width, channels = sources.array.shape
            sizes = [Header(height, width, channels == 3)]
            low, high = _range(sources.array, rows)
        else:
            some = rows if len(rows) <= _LOOK_AT else rows[:: -(-len(rows) // _LOOK_AT)]
            with warnings.catch_warnings(action="ignore"):  # what Pillow thinks of the files' metadata
                found = dict(_headers(sources, some))
                white = _white(sources, [row for row, header in found.items() if header.deep])
            sizes = list(found.values())
            high, deep = (255.0, False) if white is None else (white, True)
        if not sizes:
            raise DataError(
                "none of the pictures can be read", came=f"{sources.name(int(rows[0]))} and others"
            )
        height, width = (int(np.median([s[i] for s in sizes])) for i in (0, 1))
        channels = 3 if any(s.colour for s in sizes) else 1
        longest = side or min(_LARGEST, max(height, width))
        scale = longest / max(height, width)
        # Photographs come upright and lying down; only where one shape rules is it kept.
        shapes = {(s[0] > s[1]) - (s[0] < s[1]) for s in sizes}
        if len(shapes) > 1:
            return cls(longest, longest, channels, low=low, high=high, deep=deep)
        sides = max(4, round(height * scale)), max(4, round(width * scale))
        return cls(*sides, channels, low=low, high=high, deep=deep)

    @property
    def shape(self) -> Grid:
        """What the net gets."""
        return Grid(self.channels, self.height, self.width)

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        """Bytes, channels last."""
        return "uint8", (self.height, self.width, self.channels)

    @property
    def encoding(self) -> dict[str, Any]:
        """What decides the pixels: the size, and what is black and white."""
        return {
            "size": [self.height, self.width, self.channels],
            "range": [self.low, self.high],
            "deep": self.deep,
        }

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def open(self, table: Table, name: str) -> Sources:
        """Get at the pictures."""
        return Sources(table[name], table.folder)

    def ready(self, sources: Sources) -> np.ndarray | None:
        """The pixels themselves, where they are in memory and of this size already."""
        array = sources.array
        if array is None or array.dtype != np.uint8 or isinstance(array, np.memmap):
            return None
        return array if array.shape[1:] == self.stored[1] else None

    def encode_into(
        self,
        sources: Sources,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Decode every picture into ``out`` (N, H, W, C), in parallel.

        Returns
        -------
        dict
            Row and reason of each that could not be read; its pixels stay zero.
        """
        bad: dict[int, str] = {}
        size = self.height, self.width
        if sources.array is not None and sources.array.shape[1:3] == size:
            for at in range(0, len(out), 4096):
                pixels = sources.array[at : at + 4096]
                out[at : at + 4096] = _channels(_eight_bits(pixels, self.low, self.high), self.channels)
                bad |= {at + int(row): _NOT_FINITE for row in np.flatnonzero(~_finite(pixels))}
            return bad

        def one(row: int) -> str | None:
            try:
                out[row] = self._pixels(sources, row)
            except PictureError as error:
                return str(error)
            return None

        # Pillow lets go of the interpreter while it decodes, so threads decode in parallel. Its warnings are
        # silenced here, once: catch_warnings is not safe inside threads.
        with warnings.catch_warnings(action="ignore"), ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(out), 512):
                if stop():
                    break
                block = range(first, min(first + 512, len(out)))
                for row, why in zip(block, pool.map(one, block), strict=True):
                    if why:
                        bad[row] = why
                progress(block.stop, len(out))
        return bad

    def _pixels(self, sources: Sources, row: int) -> np.ndarray:
        if sources.array is not None:
            from PIL import Image as Pillow

            from deepen.data.pictures import resize

            if not _finite(sources.array[row : row + 1]).all():
                raise PictureError(_NOT_FINITE)
            pixels = _channels(_eight_bits(sources.array[row], self.low, self.high), self.channels)
            made = Pillow.fromarray(pixels if self.channels == 3 else pixels[..., 0])
            return resize(made, (self.height, self.width), self.channels)
        source = sources[row]
        if source is None:
            raise PictureError("there is no picture")
        white = self.high if self.deep else None
        return decode(source, (self.height, self.width), self.channels, white=white)

    def with_statistics(self, pixels: np.ndarray, rows: np.ndarray) -> Image:
        """Add the channel means and deviations of the training part's pixels."""
        some = rows if len(rows) <= 4096 else rows[:: -(-len(rows) // 4096)]
        some, count = np.sort(some), max(1, len(some) * self.height * self.width)
        total, squares = np.zeros(self.channels), np.zeros(self.channels)
        for at in range(0, len(some), 64):  # as floats, all at once would take gigabytes
            block = pixels[some[at : at + 64]].reshape(-1, self.channels).astype(np.float64)
            # As products: over so few columns NumPy's own sums are five times as slow. Either are exact.
            total, squares = total + np.ones(len(block)) @ block, squares + np.diag(block.T @ block)
        mean = total / count
        std = np.sqrt(np.maximum(squares / count - mean**2, 1.0))
        return replace(self, mean=tuple(mean.tolist()), std=tuple(std.tolist()))

    def as_given(self) -> Image:
        """The same pictures, of which the net gets black as 0 and white as 1."""
        return replace(self, mean=(0.0,) * self.channels, std=(255.0,) * self.channels)

    def to_net(
        self,
        values: Tensor,
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> Tensor:
        """Vary pixels (B, H, W, C), if it is said how, and scale them to (B, C, H, W)."""
        if how is not None and generator is not None:
            values = augment(values, how, generator, rows)
        return scale(values, self.mean, self.std)

    def lengths(self, array: np.ndarray, rows: np.ndarray) -> None:
        """All pictures are of one size."""

    def plain(self, values: np.ndarray) -> np.ndarray:
        """The pixels, averaged in blocks to at most 16 a side: (B, D) from 0 to 1."""
        _, H, W, _ = values.shape
        down, right = -(-H // _PLAIN_SIDE), -(-W // _PLAIN_SIDE)
        whole = values[
            :, : H // down * down, : W // right * right
        ]  # what is left over at the far edges is cut off
        total = np.zeros((len(values), H // down, W // right, values.shape[3]), dtype=np.float32)
        for y in range(down):
            for x in range(right):
                total += whole[:, y::down, x::right]
        return np.asarray(total / (255.0 * down * right)).reshape(len(values), -1)

    def show(self, opened: Sources, values: np.ndarray) -> dict[str, Any]:
        """A thumbnail of the pixels (H, W, C)."""
        return picture(values)

    def __str__(self) -> str:
        return f"{self.height} x {self.width}, {'colour' if self.channels == 3 else 'grey'}"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "mean": tuple(data["mean"]), "std": tuple(data["std"])})


def _headers(sources: Sources, rows: np.ndarray) -> Iterator[tuple[int, Header]]:
    for row in map(int, itertools.islice(rows, _LOOK_AT)):
        source = sources[row]
        if source is not None:
            with contextlib.suppress(PictureError):  # encode_into reports it, with its reason
                yield row, measure(source)


def _white(sources: Sources, rows: list[int]) -> float | None:
    """Decide what is white in all deep grey pictures of a column, by some of them: one alone may be dark."""
    seen = []
    for row in rows[:: -(-len(rows) // _DECODED)] if rows else []:
        source = sources[row]
        with contextlib.suppress(PictureError):
            seen += [brightest(source)] if source is not None else []
    if not seen:
        return None
    return white_of(max(most for most, _ in seen), fractions=all(fractions for _, fractions in seen))


def _finite(pixels: np.ndarray) -> np.ndarray:
    """Which pictures have finite values alone: (N,) bool."""
    if not np.issubdtype(pixels.dtype, np.floating):
        return np.ones(len(pixels), dtype=bool)
    return np.asarray(np.isfinite(pixels).reshape(len(pixels), -1).all(axis=1))


def _channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Make grey pixels coloured or coloured ones grey (ITU-R 601 luma)."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    grey: np.ndarray = (pixels @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    return grey[..., None]
