"""Varied recordings: what each variation does, and that shares of a batch are the batch's."""

import math

import pytest
import torch

from deepen.data.kinds.audio_batch import ends, masked, trimmed, varied
from deepen.data.kinds.augmentation import Augmentation, Draw


def draw(count, seed=0, rows=slice(None)):
    return Draw(count, rows, torch.Generator().manual_seed(seed), torch.device("cpu"))


def test_zeros_at_the_end_are_behind_it_and_others_are_not():
    wave = torch.tensor([[0, 3, 0, -1, 0, 0], [0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 2]])
    assert ends(wave).tolist() == [4, 0, 6]
    assert trimmed(wave[:2], ends(wave[:2])).shape == (2, 4)
    assert trimmed(wave[1:2], ends(wave[1:2])).shape == (1, 1)


def test_delay_puts_silence_in_front_and_cuts_at_the_longest():
    wave = torch.tensor([[1.0, 2, 3]]).expand(200, 3)
    found, lengths = varied(wave, ends(wave), Augmentation(delay=0.6), 5, draw(200))
    seen = set()
    for row, length in zip(found.tolist(), lengths.tolist(), strict=True):
        by = row.index(1.0)
        assert row[:by] == [0.0] * by
        assert row[by:length] == [1.0, 2.0, 3.0][: length - by]
        assert length == min(5, 3 + by)
        assert row[length:] == [0.0] * (5 - length)
        seen.add(by)
    assert seen == {0, 1, 2, 3}


def test_gain_multiplies_by_up_to_its_nepers():
    wave = torch.ones(500, 4)
    found, _ = varied(wave, ends(wave), Augmentation(gain=0.5), 4, draw(500))
    gains = found[:, 0].log()
    assert (found == found[:, :1]).all()
    assert gains.abs().max() <= 0.5
    assert gains.min() < -0.45 and gains.max() > 0.45


def test_speed_moves_a_tone_and_changes_its_length_by_as_much():
    rate, frequency = 8_000, 500.0
    tone = torch.sin(2 * math.pi * frequency * torch.arange(2 * rate) / rate).expand(8, -1)
    found, lengths = varied(tone, ends(tone), Augmentation(speed=0.2), 3 * rate, draw(8))
    speeds = 1 + 0.2 * (2 * draw(8).uniform() - 1)
    for wave, length, speed in zip(found, lengths, speeds, strict=True):
        assert int(length) == pytest.approx(2 * rate / float(speed), abs=2)
        assert not wave[length:].any()
        strongest = torch.fft.rfft(wave[:8000]).abs().argmax() * rate / 8000
        assert float(strongest) == pytest.approx(frequency * float(speed), abs=2)


def test_speed_cuts_at_the_longest():
    wave = torch.ones(50, 100)
    found, lengths = varied(wave, ends(wave), Augmentation(speed=0.2), 100, draw(50))
    assert found.shape[1] == 100
    assert lengths.max() == 100 and lengths.min() < 90


def test_masks_blank_one_stretch_of_bands_and_of_own_frames():
    frames = torch.tensor([20, 8] * 100)
    ones = torch.ones(200, 20, 10)
    bands = masked(ones, frames, Augmentation(mask_bands=0.3), draw(200))
    assert (bands == bands[:, :1]).all()
    blank = 10 - bands[:, 0].sum(1)
    assert set(blank.tolist()) == {0, 1, 2, 3}
    times = masked(ones, frames, Augmentation(mask_frames=0.25), draw(200))
    assert (times == times[..., :1]).all()
    blank = 20 - times[..., 0].sum(1)
    assert blank[0::2].max() == 5 and blank[1::2].max() == 2
    assert (times[1::2, 8:] == 1).all()  # what lies behind the end is not wasted a mask on
    for row in (times[..., 0] == 0).int():
        assert (row.diff() == 1).sum() + row[0] <= 1  # one stretch


@pytest.mark.parametrize("processes", [2, 3])
def test_shares_of_a_batch_are_varied_as_the_batch(processes):
    how = Augmentation(speed=0.1, delay=0.2, gain=0.3, mask_bands=0.3, mask_frames=0.3)
    wave = torch.randn(6, 50, generator=torch.Generator().manual_seed(1))
    wave = wave * (torch.arange(50) < torch.tensor([50, 20, 30, 7, 44, 1])[:, None])
    whole, lengths = varied(wave, ends(wave), how, 60, draw(6))
    for rank in range(processes):
        rows = slice(rank, None, processes)
        mine, its = varied(wave[rows], ends(wave[rows]), how, 60, draw(len(wave[rows]), rows=rows))
        assert its.tolist() == lengths[rows].tolist()
        assert torch.equal(mine, whole[rows][:, : mine.shape[1]])
        assert not whole[rows][:, mine.shape[1] :].any()


def test_nothing_asked_changes_nothing():
    wave = torch.randn(3, 9)
    found, lengths = varied(wave, ends(wave), Augmentation(), 9, draw(3))
    assert torch.equal(found, wave)
    assert torch.equal(masked(wave[None], torch.tensor([3]), Augmentation(), draw(1)), wave[None])
    assert lengths.tolist() == [9, 9, 9]
