"""One recording of whatever format, rate and channels, or of none."""

import io
import os
import struct
import tracemalloc

import numpy as np
import pytest
import soundfile

from deepen.data.recordings import FULL, RecordingError, decode, measure, resample, sixteen_bits

RATE = 16_000
TIME = np.arange(RATE) / RATE  # one second
TONE = 0.5 * np.sin(2 * np.pi * 440 * TIME)
ALL = 10**9


def saved(wave, rate=RATE, kind="WAV", subtype=None):
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def strongest(wave, rate):
    """The frequency of the strongest tone in Hz."""
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * rate / len(wave)


# -- formats


@pytest.mark.parametrize(
    ("kind", "subtype", "close"),
    [
        ("WAV", "PCM_16", 1e-4), ("WAV", "PCM_U8", 1e-2), ("WAV", "PCM_24", 1e-6), ("WAV", "FLOAT", 1e-6),
        ("WAV", "ULAW", 2e-2), ("FLAC", None, 1e-4), ("AIFF", None, 1e-4), ("AU", None, 1e-4), ("CAF", None, 1e-4),
        ("W64", None, 1e-4), ("RF64", None, 1e-4), ("OGG", "VORBIS", 5e-2), ("OGG", "OPUS", 5e-2),
        ("MP3", None, 5e-2),
    ],
)  # fmt: skip
def test_formats(kind, subtype, close, tmp_path):
    content = saved(TONE, kind=kind, subtype=subtype)
    (tmp_path / "name says nothing").write_bytes(content)
    for source in (content, tmp_path / "name says nothing"):
        header = measure(source)
        assert (header.rate, header.channels) == (RATE, 1)
        assert header.seconds == pytest.approx(1, abs=0.01)
        wave = decode(source, RATE, ALL)
        assert wave.dtype == np.float32
        middle = slice(2000, 14_000)  # lossy formats need a while to swing in
        assert np.abs(wave[middle] - TONE[middle]).max() < close


def test_the_name_may_be_of_any_letters(tmp_path):
    path = tmp_path / "vögel – 鳥.wav"
    path.write_bytes(saved(TONE))
    assert len(decode(path, RATE, ALL)) == RATE


# -- channels and rates


@pytest.mark.parametrize("channels", [2, 4, 7])
def test_equal_channels_are_the_one(channels):
    many = saved(np.repeat(TONE[:, None], channels, axis=1), subtype="FLOAT")
    assert measure(many).channels == channels
    assert np.allclose(decode(many, RATE, ALL), TONE, atol=1e-6)


def test_channels_are_averaged():
    both = saved(np.stack([TONE, np.zeros(RATE)], axis=1), subtype="FLOAT")
    assert np.allclose(decode(both, RATE, ALL), TONE / 2, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 44_099, 48_000, 192_000])
def test_another_rate_keeps_a_tone_where_it_is_and_as_loud(rate):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    wave = decode(saved(tone, rate, subtype="FLOAT"), RATE, ALL)
    assert abs(len(wave) - RATE) <= 1
    assert strongest(wave, RATE) == pytest.approx(440, abs=1.5)
    assert np.sqrt(2 * np.mean(wave[1000:-1000] ** 2)) == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("rate", [44_100, 96_000])
@pytest.mark.parametrize("frequency", [9_500, 15_000, 20_000])
def test_what_the_new_rate_cannot_carry_does_not_come_back_as_another_tone(rate, frequency):
    tone = 0.5 * np.sin(2 * np.pi * frequency * np.arange(rate) / rate)
    wave = resample(tone.astype(np.float32), rate, RATE)
    assert np.abs(wave[500:-500]).max() < 0.005  # 40 dB and more below


def test_no_more_is_decoded_than_is_asked_for(tmp_path):
    path = tmp_path / "long.wav"
    noise = np.random.default_rng(0).integers(-9999, 9999, 4_000_000).astype(np.int16)
    soundfile.write(path, noise, 44_100)
    whole = decode(path, RATE, ALL)
    tracemalloc.start()
    some = decode(path, RATE, 5000)
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()
    assert len(some) == 5000
    assert np.allclose(some, whole[:5000], atol=1e-6)


def test_many_channels_take_little_memory(tmp_path):
    path = tmp_path / "wide.wav"
    soundfile.write(path, np.zeros((20_000, 500), np.int16), RATE)
    tracemalloc.start()
    assert len(decode(path, RATE, ALL)) == 20_000
    assert tracemalloc.get_traced_memory()[1] < 12 << 20
    tracemalloc.stop()


# -- sixteen bits


def test_sixteen_bits_keep_the_level_and_never_clip():
    assert sixteen_bits(np.array([0.0, 1.0, -1.0, 0.25], np.float32)).tolist() == [0, FULL, -FULL, FULL / 4]
    above = sixteen_bits(np.array([1.5, -1.9, 0.0], np.float32))
    assert above.tolist() == [round(1.5 * FULL), round(-1.9 * FULL), 0]
    loud = np.array([30_000.0, -15_000.0, 7_500.0], np.float32)  # whole numbers written as floats
    assert np.abs(sixteen_bits(loud) - [32767, -16383.5, 8191.75]).max() < 1
    assert sixteen_bits(np.zeros(3, np.float32)).tolist() == [0, 0, 0]


# -- what is no recording


def refused(source, *words):
    with pytest.raises(RecordingError) as caught:
        decode(source, RATE, ALL)
    message = str(caught.value)
    assert message and "\n" not in message and "BytesIO" not in message
    for word in words:
        assert word in message


def test_what_is_not_there_or_not_a_recording_is_refused(tmp_path):
    refused(tmp_path / "none.wav", "no such file")
    refused(tmp_path, "not a file")
    refused(tmp_path / "null\0byte.wav")
    for content in (b"hello, I am a text\n", b"", bytes(999), b"\x89PNG\r\n\x1a\n" + bytes(99)):
        (tmp_path / "text.wav").write_bytes(content)
        refused(tmp_path / "text.wav", "not a recording")
        refused(content, "not a recording")


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "not a file")


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU"])
def test_a_recording_without_a_sample_is_refused(kind):
    refused(saved(np.zeros(0), kind=kind), "empty")


def test_one_sample_is_a_recording():
    assert decode(saved(np.array([0.5])), RATE, ALL).tolist() == [0.5]
    assert len(decode(saved(np.array([0.5]), 8_000), RATE, ALL)) == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_values_that_are_not_finite_are_refused_with_their_time(value):
    wave = np.zeros(RATE, np.float32)
    wave[4000] = value
    refused(saved(wave, subtype="FLOAT"), "0.25 s")


@pytest.mark.parametrize("rate", [1, 900, 2_000_000])
def test_rates_that_no_recording_has_are_refused(rate):
    refused(saved(TONE, rate), "a rate of")


def test_an_mp3_that_holds_less_than_it_announces_is_refused():
    whole = saved(np.random.default_rng(0).normal(0, 0.1, 3 * RATE), kind="MP3")
    refused(whole[: len(whole) // 2], "cut short")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_flac_recording_cut_short_is_refused(share):
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * RATE)
    whole = saved(noise, kind="FLAC")
    refused(whole[: int(share * len(whole))], "cut short")


@pytest.mark.parametrize(("kind", "close"), [("WAV", 1e-4), ("AIFF", 1e-4), ("AU", 1e-4), ("OGG", 0.2)])
def test_of_others_cut_short_what_is_there_is_read(kind, close):
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * RATE)
    whole = saved(noise, kind=kind)
    found = decode(whole[: int(0.7 * len(whole))], RATE, ALL)
    assert 0.3 * len(noise) < len(found) < 0.75 * len(noise)
    assert np.abs(found - noise[: len(found)])[2000:-2000].max() < close


def test_a_header_that_promises_hours_takes_no_memory():
    wave = bytearray(saved(TONE))
    struct.pack_into("<I", wave, 40, 0x7FFFFFF0)  # the size of its data
    tracemalloc.start()
    assert len(decode(bytes(wave), RATE, ALL)) == RATE
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_damage_anywhere_gives_a_recording_or_the_one_error():
    rng = np.random.default_rng(0)
    for kind in ("WAV", "FLAC", "AIFF", "AU", "OGG"):
        whole = saved(TONE[:4000], kind=kind)
        for _ in range(25):
            damaged = bytearray(whole)
            for at in rng.integers(0, min(200, len(whole)), 3):
                damaged[at] = rng.integers(256)
            try:
                assert np.isfinite(decode(bytes(damaged), 8_000, 10_000)).all()
            except RecordingError as error:
                assert str(error)
