"""One recording: from a file or bytes, of whatever format, rate and channels, to a waveform of a given rate.

Legend: L samples, C channels of the file.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["FULL", "RATES", "Header", "RecordingError", "decode", "measure", "resample", "sixteen_bits"]

FULL = 16384.0
"""What full scale becomes in samples of 16 bits: half of what they can hold, as filtering may overshoot."""

RATES = (1_000, 1_000_000)
"""The lowest and highest rate in Hz that is read: telemetry lies below, and nothing but a damaged header above."""

_BLOCK = 1 << 20  # numbers decoded at a time: 4 MB as floats, however many channels a file has
_STEPS = 1000  # two rates are taken as a ratio of whole numbers up to this; it is off by a millionth at most
_LARGEST = 1e30  # full scale is 1, and 2e9 in files of whole numbers that were written as floats
_REACH = (
    20  # samples of the lower rate that the filter of resample_poly reaches to each side: 10, and some more
)


class RecordingError(ValueError):
    """A recording cannot be read; the message says why, and the caller knows which one it is."""


@dataclass(frozen=True)
class Header:
    """What a recording says of itself: samples a second, channels, and samples of each."""

    rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate


def measure(source: Path | bytes) -> Header:
    """Read a recording's header.

    Raises
    ------
    RecordingError
        If it is no recording, or an empty one.
    """
    with _opened(source) as file:
        return Header(file.samplerate, file.channels, file.frames)


def decode(source: Path | bytes, rate: int, most: int) -> np.ndarray:
    """Decode a recording to the mean of its channels at the given rate: (L,) float32, full scale at 1.

    No more of the file is decoded than is asked for, a block at a time: one of many hours takes no more memory
    than one of the length asked for. What stands in a WAV, AU, AIFF or Ogg file that was cut short is its sound;
    a FLAC or MP3 file that holds less than it announces is refused.

    Parameters
    ----------
    rate
        Samples a second of the result.
    most
        Samples of it; what comes later is left out.

    Raises
    ------
    RecordingError
        If it is no recording, empty, cut short, or holds values that are not finite.
    """
    with _opened(source) as file:
        ratio = file.samplerate / rate
        wanted = min(file.frames, math.ceil(most * ratio) + math.ceil(_REACH * max(1.0, ratio)))
        blocks = []
        while wanted > 0:
            block = file.read(min(wanted, max(1, _BLOCK // file.channels)), dtype="float32", always_2d=True)
            if len(block) == 0:
                raise RecordingError("cut short: it holds less than it announces")
            with np.errstate(over="ignore", invalid="ignore"):  # such values are refused below
                blocks.append(block.mean(axis=1, dtype=np.float32))  # (L, C) to (L,)
            wanted -= len(block)
        wave: np.ndarray = np.concatenate(blocks)
        fine = np.abs(wave) < _LARGEST  # false for NaN too
        if not fine.all():
            raise RecordingError(
                f"an infinite or missing value at {int(np.argmin(fine)) / file.samplerate:.2f} s"
            )
        return resample(wave, file.samplerate, rate)[:most]


def resample(wave: np.ndarray, rate: int, to: int) -> np.ndarray:
    """Bring a waveform (L,) to another rate; what the new one cannot carry is filtered out first."""
    if rate == to:
        return wave
    from scipy.signal import resample_poly

    ratio = Fraction(to, rate).limit_denominator(_STEPS)
    return np.asarray(resample_poly(wave, ratio.numerator, ratio.denominator), dtype=np.float32)


def sixteen_bits(wave: np.ndarray) -> np.ndarray:
    """Bring a waveform (L,) to int16, with 1 at ``FULL``; one that would not fit is turned down as a whole."""
    peak = float(np.abs(wave).max(initial=0.0))
    scale = min(FULL, 32767 / peak) if peak else FULL
    return np.rint(wave * np.float32(scale)).clip(-32767, 32767).astype(np.int16)


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Any]:
    """Open a recording; whatever goes wrong until it is closed is a RecordingError."""
    import soundfile

    try:
        if isinstance(source, Path) and source.exists() and not source.is_file():
            raise RecordingError("not a file")  # a pipe or device might never end
        if isinstance(source, Path) and not source.exists():
            raise RecordingError("no such file")
        with soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as file:
            _check(file)
            yield file
    except RecordingError:
        raise
    except MemoryError:
        raise RecordingError("not enough memory to decode it") from None
    except Exception as error:
        # The library raises its own errors on damaged files, and others of Python on headers that make no sense.
        raise RecordingError(_why(error)) from None


def _check(file: Any) -> None:
    low, high = RATES
    if not low <= file.samplerate <= high:
        raise RecordingError(f"a rate of {file.samplerate:,} Hz; {low:,} to {high:,} are read")
    if file.frames <= 0:
        raise RecordingError("empty: it has a header and no sound")


def _why(error: BaseException) -> str:
    reason = getattr(error, "error_string", str(error)).split("\n")[0].rstrip(".")
    if "Format not recognised" in reason or "not a regular file" in reason:  # the latter for scraps of an MP3
        return "not a recording in any known format"
    if "malformed" in reason or "lost sync" in reason:
        return "cut short or damaged"
    return reason or type(error).__name__
