"""What is odd about recordings, and worth a sentence: mixed rates and channels, silence, clipping, great length.

Legend: N rows, L samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np

from deepen.data.media import Media
from deepen.data.recordings import FULL, Header, RecordingError, decode, measure

__all__ = ["headers", "odd"]

_HEADERS = 1000  # headers looked at: shares are then sure to three per cent
_DECODED = 64  # recordings decoded once more to look for clipping: a second's work
_SILENT = FULL / 1000  # a recording that nowhere reaches this, 60 dB below full scale, is silent (assumed)
_FLAT = 4  # equal neighbours at the peak that are no sound's own shape (assumed)
_NAMED = 3


def headers(recordings: Media, rows: np.ndarray) -> Iterator[tuple[int, Header]]:
    """Give the headers of some of the rows, evenly taken, with their row; what cannot be read is passed over."""
    for row in islice(rows[:: max(1, -(-len(rows) // _HEADERS))], _HEADERS):
        source = recordings[int(row)]
        if source is not None:
            try:
                yield int(row), measure(source)
            except RecordingError:
                continue  # encode_into reports it, with its reason


def odd(recordings: Media, array: np.ndarray, train: np.ndarray, *, rate: int, longest: int) -> list[str]:
    """Say what is odd, a sentence each.

    Parameters
    ----------
    recordings, array
        The rows, and what they were encoded as: (N, L) int16.
    train
        The rows whose headers and samples are looked at.
    rate, longest
        Samples a second of the encoded ones, and how many are kept.
    """
    found = list(headers(recordings, train))
    notes = [*_rates(found, rate), *_channels(found)]
    if late := [row for row, header in found if header.frames * rate > (longest + rate / 10) * header.rate]:
        kept = f"of which the first {longest / rate:.3g} s are read"
        notes.append(
            f"{_of(len(late), len(found))} recordings last longer, {kept}: {_some(recordings, late)}"
        )
    silent = [row for row, _ in found if np.abs(array[row].astype(np.int32)).max() < _SILENT]
    if silent:
        notes.append(f"{_of(len(silent), len(found))} recordings are silent: {_some(recordings, silent)}")
    few = [row for row, _ in found[:: max(1, -(-len(found) // _DECODED))]]
    clipped = [row for row in few if _is_clipped(recordings, row)]
    if clipped:
        notes.append(
            f"{_of(len(clipped), len(few))} recordings looked at are clipped, which no filter mends:"
            f" {_some(recordings, clipped)}"
        )
    return notes


def _rates(found: list[tuple[int, Header]], rate: int) -> list[str]:
    rates = Counter(header.rate for _, header in found)
    notes = []
    if len(rates) > 1:
        listed = ", ".join(f"{each:,} Hz ({count:,})" for each, count in rates.most_common(5))
        notes.append(f"recordings of several rates, all brought to {rate:,} Hz: {listed}")
    if higher := sum(count for each, count in rates.items() if each > rate):
        notes.append(
            f"{_of(higher, len(found))} recordings have a higher rate than {rate:,} Hz:"
            f" what lies above {rate // 2:,} Hz is not heard"
        )
    return notes


def _channels(found: list[tuple[int, Header]]) -> list[str]:
    channels = Counter(header.channels for _, header in found)
    if set(channels) <= {1}:
        return []
    listed = ", ".join(f"{each} ({count:,})" for each, count in channels.most_common(5))
    return [f"recordings of several channels, read as their mean: {listed}"]


def _is_clipped(recordings: Media, row: int) -> bool:
    """Whether the waveform stays flat at its peak near full scale, looked at before its rate is changed."""
    source = recordings[row]
    assert source is not None
    try:
        header = measure(source)
        wave = np.abs(decode(source, header.rate, 10 * header.rate))
    except RecordingError:
        return False
    peak = float(wave.max())
    flat = np.convolve(wave >= peak - 1e-4, np.ones(_FLAT), "valid")
    return peak > 0.9 and bool((flat == _FLAT).any())


def _of(some: int, all_: int) -> str:
    return f"{some:,} of {all_:,}"


def _some(recordings: Media, rows: list[int]) -> str:
    return ", ".join(recordings.name(row) for row in rows[:_NAMED]) + (", ..." if len(rows) > _NAMED else "")
