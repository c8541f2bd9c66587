"""What becomes of a batch of recordings on its device: where each ends, how it is varied, and what it is on average.

Legend: B recordings in a batch, L samples, T frames, M bands.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.data.kinds.augmentation import Augmentation, Draw

__all__ = ["ends", "masked", "moments", "own_frames", "trimmed", "varied"]


def ends(wave: Tensor) -> Tensor:
    """Say how many samples of each recording come before the zeros at its end: (B, L) to (B)."""
    place = torch.arange(1, wave.shape[1] + 1, device=wave.device)  # (L)
    return torch.where(wave != 0, place, 0).amax(1)


def trimmed(wave: Tensor, lengths: Tensor) -> Tensor:
    """Cut waveforms (B, L) where the longest of them ends; a sample at least is left."""
    return wave[:, : max(1, int(lengths.max()))]


def varied(
    wave: Tensor, lengths: Tensor, how: Augmentation, longest: int, draw: Draw
) -> tuple[Tensor, Tensor]:
    """Vary waveforms: speed, delay, loudness.

    Parameters
    ----------
    wave, lengths
        (B, L) floats, and where each ends: (B).
    how
        How far.
    longest
        Samples that a recording may have; what is moved behind them is cut off.

    Returns
    -------
    wave, lengths
        (B, L') and (B).
    """
    if how.speed:
        wave, lengths = _played(wave, lengths, 1 + how.speed * (2 * draw.uniform() - 1), longest)
    if how.delay:
        wave, lengths = _delayed(wave, lengths, draw.whole_number(0, int(how.delay * longest)), longest)
    if how.gain:
        wave = wave * torch.exp(how.gain * (2 * draw.uniform() - 1))[:, None]
    return wave, lengths


def _played(wave: Tensor, lengths: Tensor, speed: Tensor, longest: int) -> tuple[Tensor, Tensor]:
    """Play faster or slower, pitch and all, by straight lines from sample to sample (Ko et al. 2015)."""
    lengths = (lengths / speed).long().clamp(max=longest)
    at = torch.arange(max(1, int(lengths.max())), device=wave.device) * speed[:, None]  # (B, L')
    before = at.long().clamp(max=wave.shape[1] - 1)
    after = (before + 1).clamp(max=wave.shape[1] - 1)
    wave = torch.lerp(wave.gather(1, before), wave.gather(1, after), at - before)
    own = torch.arange(wave.shape[1], device=wave.device) < lengths[:, None]
    return wave * own, lengths


def _delayed(wave: Tensor, lengths: Tensor, by: Tensor, longest: int) -> tuple[Tensor, Tensor]:
    """Begin later by so many samples (B), after silence."""
    lengths = (lengths + by).clamp(max=longest)
    at = torch.arange(max(1, int(lengths.max())), device=wave.device) - by[:, None]  # (B, L')
    inside = (at >= 0) & (at < wave.shape[1])
    return wave.gather(1, at.clamp(0, wave.shape[1] - 1)) * inside, lengths


def masked(spectrogram: Tensor, frames: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """Blank some neighbouring bands and some neighbouring frames with the mean, which is 0.

    SpecAugment (Park et al. 2019), one mask of each sort, whose width is drawn evenly up to the share allowed.

    Parameters
    ----------
    spectrogram, frames
        (B, T, M), standardised, and how many frames are each one's own: (B).
    """
    _, T, M = spectrogram.shape
    if how.mask_bands:
        size = torch.full_like(frames, M)
        spectrogram = spectrogram.masked_fill(_stretch(M, size, how.mask_bands, draw)[:, None, :], 0)
    if how.mask_frames:
        spectrogram = spectrogram.masked_fill(_stretch(T, frames, how.mask_frames, draw)[:, :, None], 0)
    return spectrogram


def _stretch(count: int, size: Tensor, most: float, draw: Draw) -> Tensor:
    """Mark a random stretch of up to ``most`` of the first ``size`` (B) of ``count`` places: (B, count) bool."""
    width = (draw.uniform() * most * size).round()
    first = (draw.uniform() * (size - width + 1)).floor()
    place = torch.arange(count, device=size.device)
    return (place >= first[:, None]) & (place < (first + width)[:, None])


def own_frames(mel: Tensor, frames: Tensor) -> Tensor:
    """Which frames are a recording's own: (B, T) bool."""
    return torch.arange(mel.shape[1], device=mel.device) < frames[:, None]


def moments(x: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation over own frames of x (B, T, M): (B, M) each."""
    weight = own[..., None] / own.sum(1)[:, None, None]  # (B, T, 1)
    mean = (x * weight).sum(1)
    spread = ((x - mean[:, None]).square() * weight).sum(1)
    return mean, spread.sqrt()
