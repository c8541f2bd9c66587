"""The log-mel spectrogram: a waveform as the loudness of bands of frequency over time.

Legend: B recordings, L samples, T frames, W samples in a frame, F frequencies, M bands.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["FLOOR", "LogMel", "hertz", "mel", "triangles"]

_WINDOW, _HOP = (
    0.025,
    0.010,
)  # seconds: what speech recognition has long used (Davis and Mermelstein 1980 and since)
_LOWEST = 20.0  # Hz: what lies below is not heard, and mostly the wind or the hum of a microphone
FLOOR = 1e-10  # added to the power before the logarithm; rounding to 16 bits leaves a noise of three times as much
_AT_ONCE = 1 << 24  # numbers of frames transformed at a time: 64 MB


def mel(frequency: float) -> float:
    """The pitch that is heard: 2595 log10(1 + f / 700) (O'Shaughnessy 1987, "Speech Communication", page 150).

    >>> round(mel(1000.0))
    1000
    """
    return 2595.0 * float(torch.log10(torch.tensor(1 + frequency / 700.0, dtype=torch.float64)))


def hertz(pitch: Tensor) -> Tensor:
    """The inverse of :func:`mel`."""
    return 700.0 * (10.0 ** (pitch / 2595.0) - 1.0)


def triangles(frequencies: Tensor, rate: int, bands: int) -> Tensor:
    """Weights that make each band the mean power of its frequencies: (F, M), the sum of each column 1.

    A band rises linearly from the centre of the one below to its own and falls to the centre of the one above;
    the centres are equally far apart in mel.

    Parameters
    ----------
    frequencies
        (F) in Hz.
    rate
        Samples a second: the bands end at half of it.
    """
    edges = hertz(torch.linspace(mel(_LOWEST), mel(rate / 2), bands + 2, dtype=torch.float64))  # (M + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    at = frequencies.double()[:, None]  # (F, 1)
    weights = torch.minimum((at - low) / (centre - low), (high - at) / (high - centre)).clamp_min(0)  # (F, M)
    return (weights / weights.sum(0).clamp_min(1e-12)).float()


@dataclass(frozen=True)
class LogMel:
    """The log-mel spectrogram of waveforms of one rate.

    Frame t holds the samples from ``t * hop`` on, under a Hann window; so a frame depends on nothing in front of
    it, and zeros behind a recording's end change nothing of its own frames.

    Parameters
    ----------
    rate
        Samples a second.
    bands
        M.
    """

    rate: int
    bands: int

    @property
    def window(self) -> int:
        """Samples in a frame: W."""
        return round(_WINDOW * self.rate)

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return round(_HOP * self.rate)

    @property
    def points(self) -> int:
        """Points of the Fourier transform: twice the window or more, so that no low band falls between two."""
        return 1 << (2 * self.window - 1).bit_length()

    def __call__(self, wave: Tensor, frames: int) -> Tensor:
        """Give the first ``frames`` frames of waveforms (B, L): (B, T, M)."""
        need = (frames - 1) * self.hop + self.window
        wave = F.pad(wave.float(), (0, max(0, need - wave.shape[1])))[:, :need]
        at_once = max(1, _AT_ONCE // (frames * self.points))
        # Half precision would leave less than three digits of a power.
        with torch.autocast(wave.device.type, enabled=False):
            found = [self._of(some) for some in torch.split(wave, at_once)]
        return found[0] if len(found) == 1 else torch.cat(found)

    def _of(self, wave: Tensor) -> Tensor:
        window, weights = _tables(self, wave.device)
        framed = wave.unfold(1, self.window, self.hop) * window  # (B, T, W)
        power = torch.view_as_real(torch.fft.rfft(framed, self.points)).square().sum(-1)  # (B, T, F)
        return torch.log(power @ weights + FLOOR)


@functools.lru_cache(maxsize=16)
def _tables(of: LogMel, device: torch.device) -> tuple[Tensor, Tensor]:
    """The Hann window (W), so scaled that white noise keeps its variance, and the weights of the bands (F, M)."""
    with torch.inference_mode(mode=False):
        window = torch.hann_window(of.window, periodic=False, dtype=torch.float64)
        window = window / window.square().sum().sqrt()
        frequencies = torch.linspace(0, of.rate / 2, of.points // 2 + 1)
        return window.float().to(device), triangles(frequencies, of.rate, of.bands).to(device)
