"""The frames of recordings: log-mel spectrograms, one behind the other, each frame seen with those around it.

Legend: R recordings, N frames of all, M bands, c frames to each side, B frames in a batch, D = (2 c + 1) M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from deepen.data.kinds import Audio
from deepen.data.media import Media
from deepen.errors import DataError

__all__ = ["Frames", "Recording", "fit_audio", "frames_of"]

Recording = str | Path | bytes
"""The name of a file, or what stands in it."""

_AT_ONCE = 64  # recordings whose spectrograms are computed together


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames (N, M), and how many each recording has: (R,).

    Examples
    --------
    >>> frames = Frames(torch.tensor([[1.0], [2], [3], [7], [8]]), torch.tensor([3, 2]))
    >>> frames.windows(torch.tensor([0, 2, 3]), 1).tolist()  # none reaches into another recording
    [[1.0, 1.0, 2.0], [2.0, 3.0, 3.0], [7.0, 7.0, 8.0]]
    """

    values: Tensor
    lengths: Tensor

    def windows(self, at: Tensor, context: int) -> Tensor:
        """Give frames (B,) with c to each side: (B, D); beyond a recording's ends its first or last one stands."""
        ends = self.lengths.cumsum(0)
        of = torch.searchsorted(ends, at, right=True)
        offsets = torch.arange(-context, context + 1, device=at.device)
        first, last = (ends - self.lengths)[of, None], ends[of, None] - 1
        return self.values[(at[:, None] + offsets).clamp(first, last)].flatten(1)

    def rows(self, recordings: Tensor) -> Tensor:
        """Say where the frames of some recordings stand, in their order."""
        ends = self.lengths.cumsum(0)
        parts = zip((ends - self.lengths)[recordings].tolist(), ends[recordings].tolist(), strict=True)
        return torch.cat([torch.arange(first, end, device=ends.device) for first, end in parts])


def fit_audio(recordings: Sequence[Recording]) -> Audio:
    """Fit rate, length, and each band's mean and deviation on recordings.

    Raises
    ------
    DataError
        If one of them cannot be read.
    """
    media = _opened(recordings)
    rows = np.arange(len(media))
    kind = Audio.fit(media, rows)
    return kind.with_statistics(_waves(kind, media), rows)


def frames_of(kind: Audio, recordings: Sequence[Recording], *, least: int, device: torch.device) -> Frames:
    """Compute the frames of recordings, standardised band by band.

    Parameters
    ----------
    least
        Frames that each recording gets at least; a shorter one's last frame is repeated.

    Raises
    ------
    DataError
        If one of them cannot be read.
    """
    waves = _waves(kind, _opened(recordings))
    values, lengths = [], []
    for at in range(0, len(waves), _AT_ONCE):
        shown = kind.to_net(torch.from_numpy(waves[at : at + _AT_ONCE]).to(device))  # (b, T, M + 1)
        for recording in shown:
            own = recording[recording[:, -1] > 0, :-1]
            own = torch.cat([own, own[-1:].expand(max(0, least - len(own)), -1)])
            values.append(own)
            lengths.append(len(own))
    return Frames(torch.cat(values), torch.tensor(lengths, device=device))


def _opened(recordings: Sequence[Recording]) -> Media:
    if isinstance(recordings, str | bytes | Path) or len(recordings) == 0:
        raise DataError("are wanted in a list", where="recordings", allowed="names of files, or their bytes")
    wrong = next((r for r in recordings if not isinstance(r, str | bytes | Path)), None)
    if wrong is not None:
        raise DataError(
            "is no recording",
            where="recordings",
            allowed="names of files, or their bytes",
            came=type(wrong).__name__,
        )
    # A column is of one type, so names stand in structs as bytes do.
    held = [
        {"bytes": r, "path": None} if isinstance(r, bytes) else {"bytes": None, "path": str(r)}
        for r in recordings
    ]
    column = pa.array(held, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    return Media(pa.chunked_array([column]), None, "recording")


def _waves(kind: Audio, media: Media) -> np.ndarray:
    """Decode recordings: (R, L) int16."""
    waves = np.zeros((len(media), *kind.stored[1]), kind.stored[0])
    bad = kind.encode_into(media, waves, workers=1, stop=lambda: False, progress=lambda _done, _of: None)
    for row, why in bad.items():
        source = media[row]
        raise DataError(
            "cannot be read", where=source if isinstance(source, Path) else media.name(row), came=why
        )
    return waves
