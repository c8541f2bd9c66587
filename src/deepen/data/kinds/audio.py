"""Recordings: as file names or as bytes; encoded as waveforms of one rate, read as log-mel spectrograms.

Legend: N rows, B recordings in a batch, L samples, T frames, M bands, D plain features.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from deepen.data.columns import Column, is_text
from deepen.data.exhibits import spectrogram
from deepen.data.kinds.audio_batch import ends, masked, moments, own_frames, trimmed, varied
from deepen.data.kinds.audio_notes import headers, odd
from deepen.data.kinds.augmentation import Augmentation, Draw
from deepen.data.kinds.log_mel import FLOOR, LogMel
from deepen.data.kinds.stored import by_blocks
from deepen.data.media import Media, medium_held
from deepen.data.recordings import FULL, RecordingError, decode, sixteen_bits
from deepen.data.sources.files import medium_of
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.shapes import Sequence

__all__ = ["Audio"]

_MOST_RATE = 16_000  # Hz: speech and most sounds are told apart by what lies below 8 kHz (assumed)
_LONGEST = 10.0  # seconds kept of a recording: the clips of the usual collections last 1 to 10 (assumed)
_COVER = 99.0  # per cent of the recordings that are kept whole, as far as the limit above allows
_BANDS = 40  # measured on spoken digits
# Nepers of power below a recording's loudest moment that are told apart. Measured on spoken digits, two speakers
# never heard, few passes: 83 % with 9, 78 % with 12, 71 % without, 63 % with each band's own mean taken away instead
# (cepstral mean normalisation, Furui 1981).
_DEPTH = 9.0
_LEAST = 4  # frames that every recording has, however short: the least that a net for spectrograms reads
_SOME = 1024  # recordings from which means and deviations are computed: they are sure to a few per cent
_BLOCK = 64  # recordings computed at a time


@dataclass(frozen=True)
class Audio:
    """A column of recordings, as fitted on the training part.

    Encoded as int16 waveforms (N, L), zero behind the end. Levels are kept as they are, with full scale at half the
    range, as filtering may overshoot; a recording twice as loud as full scale, or louder, is turned down into it.

    A batch is brought to log-mel spectrograms on its device, told from the loudest moment of each recording down to
    39 dB below it, and each band by the mean and deviation of the training part. So neither the level nor what a
    quiet room hums is learned in a speaker's place.
    """

    rate: int
    longest: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    name: ClassVar[str] = "audio"
    depth: ClassVar[float] = _DEPTH
    things: ClassVar[str] = "recordings"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds recordings, or None if it does not."""
        if medium_held(column) == "audio":
            return "bytes of recordings"
        if is_text(column):
            some = [v for v in column.drop_null().slice(0, 20).to_pylist() if v]
            if some and all(medium_of(v) == "audio" for v in some):
                return "names of recordings"
        return None

    @classmethod
    def fit(cls, recordings: Media, rows: np.ndarray) -> Self:
        """Choose the rate, and how much of a recording is kept, by the headers of the training part.

        Raises
        ------
        DataError
            If none of them can be read.
        """
        found = [header for _, header in headers(recordings, rows)]
        if not found:
            raise DataError(
                "none of the recordings can be read", came=f"{recordings.name(int(rows[0]))} and others"
            )
        rates = Counter(header.rate for header in found)
        rate = min(_MOST_RATE, max(rates, key=lambda rate: (rates[rate], rate)))
        seconds = float(np.percentile([header.seconds for header in found], _COVER, method="higher"))
        return cls(rate, max(1, round(min(seconds, _LONGEST) * rate)))

    @property
    def spectrogram(self) -> LogMel:
        """From waveforms to what the net reads."""
        return LogMel(self.rate, _BANDS)

    @property
    def shape(self) -> Sequence:
        """What the net gets."""
        frames = max(_LEAST, -(-self.longest // self.spectrogram.hop))
        return Sequence(_BANDS + 1, frames, ragged=True)

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        """Samples, filled up with zeros."""
        return "int16", (self.longest,)

    @property
    def encoding(self) -> dict[str, Any]:
        """What decides the samples."""
        return {"rate": self.rate, "longest": self.longest}

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def open(self, table: Table, name: str) -> Media:
        """Get at the recordings."""
        return Media(table[name], table.folder, "recording")

    def ready(self, opened: Media) -> np.ndarray | None:
        """Recordings are never encoded already."""
        return None

    def encode_into(
        self,
        opened: Media,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Decode every recording into ``out`` (N, L), in parallel.

        Returns
        -------
        dict
            Row and reason of each that could not be read; its samples stay zero.
        """
        bad: dict[int, str] = {}

        def one(row: int) -> str | None:
            source = opened[row]
            if source is None:
                return "there is no recording"
            try:
                wave = decode(source, self.rate, self.longest)
            except RecordingError as error:
                return str(error)
            out[row, : len(wave)] = sixteen_bits(wave)
            return None

        # The decoder lets go of the interpreter, so threads decode in parallel.
        with ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(out), 512):
                if stop():
                    break
                block = range(first, min(first + 512, len(out)))
                bad |= {row: why for row, why in zip(block, pool.map(one, block), strict=True) if why}
                progress(block.stop, len(out))
        return bad

    def with_statistics(self, array: np.ndarray, rows: np.ndarray) -> Audio:
        """Add each band's mean and deviation over the frames of the training part."""
        some = np.sort(rows if len(rows) <= _SOME else rows[:: -(-len(rows) // _SOME)])
        count, total, squares = 0, np.zeros(_BANDS), np.zeros(_BANDS)
        for at in range(0, len(some), _BLOCK):
            mel, frames = self._spectrograms(torch.from_numpy(array[some[at : at + _BLOCK]]))
            own = mel[own_frames(mel, frames)].double().numpy()  # (frames of all, M)
            count, total, squares = count + len(own), total + own.sum(0), squares + np.square(own).sum(0)
        mean = total / max(1, count)
        std = np.sqrt(np.maximum(squares / max(1, count) - mean**2, 1e-4))
        return replace(self, mean=tuple(mean.tolist()), std=tuple(std.tolist()))

    def notes(self, opened: Media, array: np.ndarray, train: np.ndarray) -> list[str]:
        """Say what is odd about the recordings: mixed rates and channels, silence, clipping, great length."""
        return odd(opened, array, train, rate=self.rate, longest=self.longest)

    def to_net(
        self,
        values: Tensor,
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> Tensor:
        """Bring samples (B, L) to spectrograms (B, T, M + 1), varied if it is said how; T is that of the longest.

        The last channel is 1 on a recording's own frames; behind its end everything is 0.
        """
        draw = None
        if how is not None and generator is not None:
            draw = Draw(len(values), rows, generator, values.device)
        mel, frames = self._spectrograms(values, how, draw)
        own = own_frames(mel, frames)[..., None]  # (B, T, 1)
        mel = (mel - mel.new_tensor(self.mean)) / mel.new_tensor(self.std)
        if how is not None and draw is not None:
            mel = masked(mel, frames, how, draw)
        return torch.cat([mel * own, own.to(mel.dtype)], dim=2)

    def _spectrograms(
        self, values: Tensor, how: Augmentation | None = None, draw: Draw | None = None
    ) -> tuple[Tensor, Tensor]:
        """Give the spectrograms (B, T, M) of samples (B, L), and how many frames are each one's own: (B).

        They lie from -9 to 0 at the loudest; in silence everywhere at -9.
        """
        lengths = ends(values)
        wave = trimmed(values, lengths).float() / FULL
        if how is not None and draw is not None:
            wave, lengths = varied(wave, lengths, how, self.longest, draw)
        hop = self.spectrogram.hop
        frames = torch.div(lengths + hop - 1, hop, rounding_mode="floor").clamp_min(_LEAST)
        mel = self.spectrogram(wave, int(frames.max()))
        loudest = mel.masked_fill(~own_frames(mel, frames)[..., None], -math.inf).amax(
            (1, 2), keepdim=True
        )  # (B, 1, 1)
        loudest = loudest.clamp_min(math.log(FLOOR) + _DEPTH)
        return (mel - loudest).clamp_min(-_DEPTH), frames

    def lengths(self, array: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How many samples each of some recordings has, up to its last that is not zero: (M,)."""
        return by_blocks(lambda wave: wave.shape[1] - np.argmax(wave[:, ::-1] != 0, axis=1), array, rows)

    def plain(self, values: np.ndarray) -> np.ndarray:
        """Each band's mean and deviation over time, and the deviation of its changes: (B, D), D three times M."""
        found = []
        for at in range(0, len(values), _BLOCK):
            mel, frames = self._spectrograms(torch.from_numpy(values[at : at + _BLOCK]))
            own = own_frames(mel, frames)
            changes = mel.diff(dim=1)
            parts = [*moments(mel, own), moments(changes, own[:, 1:])[1]]
            found.append(torch.cat(parts, dim=1).numpy())
        return np.concatenate(found)

    def show(self, opened: Media, values: np.ndarray) -> dict[str, Any]:
        """The spectrogram of samples (L)."""
        mel, frames = self._spectrograms(torch.from_numpy(values[None]))
        own = mel[0, : int(frames[0])].numpy()  # (T, M)
        return spectrogram(own, len(own) * self.spectrogram.hop / self.rate, self.rate / 2)

    def __str__(self) -> str:
        seconds = self.longest / self.rate
        return f"{self.rate:,} Hz, up to {seconds:.2g} s of a recording, {_BANDS} bands of frequency"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "mean": tuple(data["mean"]), "std": tuple(data["std"])})
