"""The log-mel spectrogram, against its definition written out."""

import math

import numpy as np
import pytest
import torch

from deepen.data.kinds.log_mel import LogMel, hertz, mel, triangles

RATE, BANDS = 8_000, 24
TIME = torch.arange(RATE) / RATE


def slow(wave, rate, bands, frames):
    """Each frame, frequency and band in its own loop: (T, M)."""
    window, hop = round(0.025 * rate), round(0.010 * rate)
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * i / (window - 1)) for i in range(window)]
    energy = sum(h * h for h in hann)
    points = 1
    while points < 2 * window:
        points *= 2
    top = 2595 * math.log10(1 + rate / 2 / 700)
    bottom = 2595 * math.log10(1 + 20 / 700)
    edges = [700 * (10 ** ((bottom + (top - bottom) * i / (bands + 1)) / 2595) - 1) for i in range(bands + 2)]
    found = np.zeros((frames, bands))
    for t in range(frames):
        frame = [hann[i] * (wave[t * hop + i] if t * hop + i < len(wave) else 0.0) for i in range(window)]
        power = np.abs(np.fft.fft(frame, points)[: points // 2 + 1]) ** 2 / energy
        for m in range(bands):
            low, centre, high = edges[m : m + 3]
            weights = []
            for k in range(points // 2 + 1):
                f = k * rate / points
                weights.append(max(0.0, min((f - low) / (centre - low), (high - f) / (high - centre))))
            found[t, m] = math.log(np.dot(weights, power) / sum(weights) + 1e-10)
    return found


@pytest.mark.parametrize(("rate", "bands"), [(8_000, 24), (11_025, 40), (16_000, 12)])
def test_it_is_its_definition(rate, bands):
    wave = torch.randn(3, 900, generator=torch.Generator().manual_seed(0)) * torch.tensor(
        [[1.0], [0.1], [1e-5]]
    )
    found = LogMel(rate, bands)(wave, 6)
    assert found.shape == (3, 6, bands)
    for mine, its in zip(found, wave, strict=True):
        assert np.allclose(mine, slow(its.tolist(), rate, bands, 6), atol=2e-3)


@pytest.mark.parametrize("frequency", [150.0, 440.0, 1000.0, 3000.0])
def test_a_tone_peaks_in_the_band_of_its_frequency(frequency):
    edges = hertz(torch.linspace(mel(20.0), mel(RATE / 2), BANDS + 2, dtype=torch.float64))
    found = LogMel(RATE, BANDS)(torch.sin(2 * math.pi * frequency * TIME)[None], 50)[0]
    nearest = int((edges[1:-1] - frequency).abs().argmin())
    assert (found.argmax(1) == nearest).all()


def test_mel_and_hertz_undo_each_other():
    pitch = torch.tensor([mel(f) for f in (20.0, 700.0, 8000.0)], dtype=torch.float64)
    assert torch.allclose(hertz(pitch), torch.tensor([20.0, 700.0, 8000.0], dtype=torch.float64))
    assert mel(700.0) == pytest.approx(2595 * math.log10(2))


@pytest.mark.parametrize("rate", [1_000, 8_000, 16_000])
def test_no_band_is_empty_and_each_is_a_mean(rate):
    of = LogMel(rate, 40)
    weights = triangles(torch.linspace(0, rate / 2, of.points // 2 + 1), rate, 40)
    assert torch.allclose(weights.sum(0), torch.ones(40))


def test_white_noise_has_its_variance_in_every_band():
    noise = 0.1 * torch.randn(1, 60 * RATE, generator=torch.Generator().manual_seed(0))
    power = LogMel(RATE, BANDS)(noise, 5900).exp().mean(1)
    assert torch.allclose(power, torch.tensor(0.01), rtol=0.05)


def test_zeros_behind_the_end_change_nothing():
    wave = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
    longer = torch.cat([wave, torch.zeros(2, 777)], dim=1)
    of = LogMel(RATE, BANDS)
    assert torch.equal(of(wave, 13), of(longer, 13))
    assert torch.allclose(of(wave, 13), of(longer, 20)[:, :13], atol=1e-5)


def test_a_batch_is_its_recordings(monkeypatch):
    wave = torch.randn(5, 1000, generator=torch.Generator().manual_seed(0))
    of = LogMel(RATE, BANDS)
    whole = of(wave, 10)
    monkeypatch.setattr("deepen.data.kinds.log_mel._AT_ONCE", 2 * 10 * of.points)
    assert torch.allclose(of(wave, 10), whole, atol=1e-5)


def test_half_precision_around_it_does_not_touch_it():
    wave = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
    of = LogMel(RATE, BANDS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(of(wave, 10), of(wave, 10))
        found = of(wave, 10)
    assert found.dtype == torch.float32
    assert torch.equal(found, of(wave, 10))
