"""Columns of recordings: claimed, fitted on the training part alone, encoded once, read as spectrograms."""

import io
import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
import soundfile
import torch

from deepen.data import kinds, sources
from deepen.data.kinds import Audio, Image
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.media import Media
from deepen.data.prepare import Preparation, fit
from deepen.data.recognise import Wishes, recognise
from deepen.data.recordings import FULL
from deepen.errors import DataError

RATE = 8_000
EVERYTHING = Augmentation(speed=0.1, delay=0.1, gain=0.3, mask_bands=0.3, mask_frames=0.3)


def tone(frequency, seconds=0.5, rate=RATE, loud=0.5):
    return loud * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def saved(wave, rate=RATE, kind="WAV", subtype=None):
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def column(*values):
    return pa.chunked_array([pa.array(list(values))])


def media(*contents):
    return Media(column(*contents), None, "recording")


def encoded(kind, opened):
    out = np.zeros((len(opened), *kind.stored[1]), kind.stored[0])
    bad = kind.encode_into(opened, out, workers=2, stop=lambda: False, progress=lambda done, of: None)
    return out, bad


def fitted(*contents):
    """The kind, fitted on all of the contents, and their array."""
    opened, rows = media(*contents), np.arange(len(contents))
    kind = Audio.fit(opened, rows)
    array, bad = encoded(kind, opened)
    assert not bad
    return kind.with_statistics(array, rows), array


def some(count=8):
    rng = np.random.default_rng(0)
    waves = [rng.normal(0, 0.1, rng.integers(1500, 4000)) for _ in range(count)]
    return fitted(*(saved(wave) for wave in waves))


# -- claims


def test_names_and_bytes_of_recordings_are_claimed():
    assert Audio.claims(column("a.wav", None, "b/c.MP3")) == "names of recordings"
    for kind in ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "W64", "RF64"):
        content = saved(tone(440), kind=kind)
        for values in ([content], [None, content], [{"bytes": content, "path": "x"}]):
            assert Audio.claims(column(*values)) == "bytes of recordings", kind
            assert Image.claims(column(*values)) is None, kind
    assert Audio.claims(column({"bytes": None, "path": "a.flac"})) == "bytes of recordings"


def test_others_are_not():
    picture = b"\x89PNG\r\n\x1a\n"
    for values in (
        ["a.png", "b.png"],
        ["a.wav", "b.png"],
        ["wav"],
        [1.0],
        [picture],
        [{"bytes": picture, "path": None}],
    ):
        assert Audio.claims(column(*values)) is None
    assert Audio.claims(np.zeros((3, 4, 4))) is None
    assert Audio.claims(pa.chunked_array([pa.array([], pa.string())])) is None
    assert Image.claims(column(picture)) == "bytes of files"


# -- fit


def test_the_rate_is_the_commonest_one_of_the_training_part_up_to_a_limit():
    contents = [saved(tone(440, rate=r), r) for r in (8_000, 11_025, 11_025, 48_000, 48_000, 48_000)]
    assert Audio.fit(media(*contents), np.arange(3)).rate == 11_025
    assert Audio.fit(media(*contents), np.arange(6)).rate == 16_000


def test_the_length_covers_nearly_all_of_the_training_part_up_to_a_limit():
    contents = [saved(tone(440, seconds)) for seconds in (0.2, 0.5, 0.3, 2.0)]
    assert Audio.fit(media(*contents), np.arange(3)).longest == 4000
    hour = saved(np.zeros(30 * RATE, np.int16))
    assert Audio.fit(media(hour), np.arange(1)).longest == 10 * RATE


def test_what_cannot_be_read_decides_nothing_unless_nothing_can():
    assert Audio.fit(media(b"no recording", saved(tone(440))), np.arange(2)).rate == RATE
    with pytest.raises(DataError, match="none of the recordings can be read; came: recording 1 and others"):
        Audio.fit(media(b"no recording", None), np.arange(2))


def test_poisoning_the_test_part_changes_nothing_fitted():
    good = [saved(tone(f, s)) for f, s in ((300, 0.3), (500, 0.4), (900, 0.5))]
    poison = [saved(tone(2000, 5.0, 44_100, 1.0), 44_100), b"poison", saved(np.zeros(9))]
    rows = np.arange(3)
    found = []
    for more in ([], poison):
        opened = media(*good, *more)
        kind = Audio.fit(opened, rows)
        found.append(kind.with_statistics(encoded(kind, opened)[0], rows))
    assert found[0] == found[1]


# -- encoding


def test_encoded_are_samples_at_their_level_and_zeros():
    kind, array = fitted(saved(tone(440, 0.5), subtype="FLOAT"), saved(tone(300, 0.2), subtype="FLOAT"))
    assert (str(array.dtype), array.shape) == ("int16", (2, 4000)) == (kind.stored[0], (2, *kind.stored[1]))
    assert np.abs(array[0] / FULL - tone(440, 0.5)).max() < 1e-4
    assert np.abs(array[1, :1600] / FULL - tone(300, 0.2)).max() < 1e-4
    assert not array[1, 1600:].any()


def test_every_rate_becomes_the_one_and_the_long_are_cut():
    kind = Audio(RATE, 4000)
    contents = [saved(tone(440, 1.0, rate), rate) for rate in (8_000, 16_000, 44_100, 192_000)]
    array, bad = encoded(kind, media(*contents))
    assert not bad
    assert np.abs(array[:, 500:3500] / FULL - tone(440)[500:3500]).max() < 0.01


def test_loud_floats_are_turned_down_rather_than_clipped():
    kind = Audio(RATE, 4000)
    (row,), _ = encoded(kind, media(saved(20_000 * tone(440), subtype="FLOAT")))
    assert np.abs(row / np.abs(row).max() - tone(440) / 0.5).max() < 1e-3


def test_bad_ones_are_named_by_row_and_stay_zero():
    array, bad = encoded(Audio(RATE, 4000), media(saved(tone(440)), b"text", None, saved(np.zeros(0))))
    assert bad == {
        1: "not a recording in any known format", 2: "there is no recording",
        3: "empty: it has a header and no sound",
    }  # fmt: skip
    assert array[0].any() and not array[1:].any()


def test_encoding_stops_when_it_is_told_to():
    out = np.zeros((1, 4000), np.int16)
    Audio(RATE, 4000).encode_into(
        media(saved(tone(440))), out, workers=1, stop=lambda: True, progress=lambda done, of: None
    )
    assert not out.any()


# -- to the net


def test_the_last_channel_marks_own_frames_and_behind_them_all_is_zero():
    kind, array = fitted(*(saved(tone(440, seconds)) for seconds in (0.5, 0.25, 0.011, 1 / RATE)))
    x = kind.to_net(torch.from_numpy(array))
    assert x.shape == (4, 50, kind.shape.c)
    assert kind.shape.n == 50 and kind.shape.ragged
    assert x.dtype == torch.float32
    own = x[..., -1]
    assert own.sum(1).tolist() == [50, 25, 4, 4]  # four at least
    for example, length in zip(x, (50, 25, 4, 4), strict=True):
        assert (example[:length, -1] == 1).all()
        assert not example[length:].any()


def test_a_recording_is_the_same_whatever_it_shares_a_batch_with():
    kind, array = some()
    whole = kind.to_net(torch.from_numpy(array))
    for row in range(len(array)):
        alone = kind.to_net(torch.from_numpy(array[row : row + 1]))
        assert torch.allclose(alone[0], whole[row, : alone.shape[1]], atol=1e-4)
        assert not whole[row, alone.shape[1] :].any()


def test_a_batch_ends_where_its_longest_ends():
    kind, array = fitted(saved(tone(440, 0.5)), saved(tone(440, 0.2)))
    assert kind.to_net(torch.from_numpy(array[1:])).shape[1] == 20


def test_a_tone_peaks_where_it_should_among_quieter_ones():
    kind, array = fitted(*(saved(tone(f, 0.5)) for f in (200, 500, 1000, 2500)))
    peaks = kind.to_net(torch.from_numpy(array))[:, 5:45, :-1].mean(1).argmax(1).tolist()
    assert peaks == sorted(peaks)
    assert len(set(peaks)) == 4


def test_bands_are_standardised_over_the_training_part():
    kind, array = some()
    mel, frames = kind._spectrograms(torch.from_numpy(array))
    own = torch.arange(mel.shape[1]) < frames[:, None]
    assert np.allclose(mel[own].mean(0), kind.mean, atol=1e-3)
    assert np.allclose(mel[own].std(0, correction=0), kind.std, atol=1e-3)


def test_the_level_of_a_recording_does_not_matter_nor_what_lies_far_below_its_loudest():
    noise = np.random.default_rng(0).normal(0, 1e-4, 4000)
    kind, array = fitted(saved(tone(440)), saved(0.1 * tone(440)), saved(tone(440) + noise))
    mel, _ = kind._spectrograms(torch.from_numpy(array))
    assert mel.amax((1, 2)).tolist() == [0, 0, 0]
    assert mel.min() == -9
    assert torch.allclose(mel[0], mel[1], atol=0.05)
    assert torch.allclose(mel[0], mel[2], atol=0.05)


def test_silence_is_finite_and_silent():
    kind, array = fitted(saved(tone(440)), saved(np.zeros(4000)))
    x = kind.to_net(torch.from_numpy(array), EVERYTHING, torch.Generator().manual_seed(0))
    assert torch.isfinite(x).all()
    assert (kind._spectrograms(torch.from_numpy(array))[0][1] + 9 < 1e-4).all()
    assert np.isfinite(kind.plain(array)).all()


def test_variation_comes_from_the_generator_alone_and_only_if_asked_for():
    kind, array = some()
    values = torch.from_numpy(array)
    plain = kind.to_net(values)
    first, second, other = (
        kind.to_net(values, EVERYTHING, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, second)
    assert first.shape != other.shape or not torch.equal(first, other)
    assert torch.equal(kind.to_net(values), plain)
    assert torch.equal(kind.to_net(values, Augmentation(), torch.Generator()), plain)
    assert torch.from_numpy(array).equal(values)


@pytest.mark.parametrize("processes", [2, 4])
def test_shares_of_a_batch_are_the_whole_batch(processes):
    kind, array = some(8)
    values = torch.from_numpy(array)
    whole = kind.to_net(values, EVERYTHING, torch.Generator().manual_seed(3))
    for rank in range(processes):
        rows = slice(rank, None, processes)
        mine = kind.to_net(values[rows], EVERYTHING, torch.Generator().manual_seed(3), rows)
        assert torch.allclose(mine, whole[rows][:, : mine.shape[1]], atol=1e-4)
        assert not whole[rows][:, mine.shape[1] :].any()


def test_plain_features_are_moments_over_own_frames():
    kind, array = some(5)
    mel, frames = kind._spectrograms(torch.from_numpy(array))
    found = kind.plain(array)
    for row in range(5):
        own = mel[row, : frames[row]].numpy()
        changes = np.diff(own, axis=0)
        expected = np.concatenate([own.mean(0), own.std(0), changes.std(0)])
        assert np.allclose(found[row], expected, atol=1e-3)


# -- words and plain data


def test_it_is_written_and_read_back():
    kind, _ = some()
    assert kinds.from_dict(kinds.to_dict(kind)) == kind
    assert str(kind).startswith("8,000 Hz, up to 0.")
    assert (kind.name, kind.things) == ("audio", "recordings")


def told(*contents, kind=None):
    opened, rows = media(*contents), np.arange(len(contents))
    kind = kind or Audio.fit(opened, rows)
    return kind.notes(opened, encoded(kind, opened)[0], rows)


def test_of_plain_recordings_nothing_is_said():
    assert told(saved(tone(440)), saved(tone(300, loud=0.99))) == []


def test_mixed_rates_and_channels_are_said():
    both = np.stack([tone(440), tone(440)], axis=1)
    notes = told(saved(tone(440)), saved(tone(300)), saved(both, 16_000))
    assert notes == [
        "recordings of several rates, all brought to 8,000 Hz: 8,000 Hz (2), 16,000 Hz (1)",
        "1 of 3 recordings have a higher rate than 8,000 Hz: what lies above 4,000 Hz is not heard",
        "recordings of several channels, read as their mean: 1 (2), 2 (1)",
    ]


def test_silence_clipping_and_great_length_are_said_with_names():
    clipped = np.clip(3 * tone(440), -1, 1)
    kind = Audio(RATE, 4000)
    assert told(saved(tone(440)), saved(np.zeros(4000)), kind=kind) == [
        "1 of 2 recordings are silent: recording 2"
    ]
    for rate in (8_000, 44_100):
        content = saved(np.clip(3 * tone(440, rate=rate), -1, 1), rate)
        assert [n for n in told(content, kind=kind) if "clipped" in n] == [
            "1 of 1 recordings looked at are clipped, which no filter mends: recording 1"
        ]
    assert told(saved(clipped / 2), kind=kind) == []
    assert told(saved(tone(440, 0.9)), kind=kind) == [
        "1 of 1 recordings last longer, of which the first 0.5 s are read: recording 1"
    ]


# -- among other columns


def test_a_table_of_files_beside_numbers_and_names(tmp_path):
    for number in range(12):
        (tmp_path / f"{number}.wav").write_bytes(saved(tone(200 + 50 * number)))
    lines = [f"{n}.wav,{20 + n % 5},{'ab'[n % 2]},{'xy'[n % 3 == 0]}" for n in range(12)]
    (tmp_path / "all.csv").write_text("\n".join(["sound,age,device,label", *lines]) + "\n")
    table = sources.read(tmp_path / "all.csv")
    schema = recognise(table, Wishes(keep=("age", "device")))
    assert {c.name: c.kind for c in schema.inputs} == {
        "sound": "audio",
        "age": "number",
        "device": "category",
    }
    prepared = fit(table, schema, np.arange(8))
    found = prepared.encode(table, workers=1)
    assert not found.bad
    kind = prepared.stored["audio sound"].with_statistics(found.arrays["audio sound"], np.arange(8))
    prepared = Preparation.from_dict(prepared.with_kind("sound", kind).to_dict())
    batch = {name: torch.from_numpy(array[:4]) for name, array in found.arrays.items()}
    ready = prepared.to_net(batch)
    assert ready["audio sound"].shape == (4, 50, 41)
    assert prepared.shapes["audio sound"] == kind.shape
    assert prepared.plain(found.arrays, np.arange(12)).shape[0] == 12


def test_bytes_in_parquet_as_hugging_face_writes_them(tmp_path):
    import pyarrow.parquet as pq

    structs = [{"bytes": saved(tone(200 + 50 * n)), "path": f"{n}.wav"} for n in range(6)]
    pq.write_table(pa.table({"audio": structs, "label": [0, 1] * 3}), tmp_path / "train.parquet")
    table = sources.read(tmp_path / "train.parquet")
    schema = recognise(table, Wishes())
    assert [(c.name, c.kind) for c in schema.inputs] == [("audio", "audio")]
    found = fit(table, schema, np.arange(4)).encode(table, workers=1)
    assert not found.bad and found.arrays["audio audio"].any(axis=1).all()


@pytest.mark.data
def test_spoken_digits(data_folder, tmp_path):
    table = sources.read(data_folder / "audio" / "free-spoken-digits.zip", workspace=tmp_path)
    opened = Media(table["audio"], table.folder, "recording")
    assert len(opened) == 3000
    rows = np.arange(0, 3000, 30)
    kind = Audio.fit(opened, rows)
    assert kind.rate == 8_000 and 0.6 < kind.longest / kind.rate < 2.3
    few = Media(table["audio"].take(pa.array(rows)), table.folder, "recording")
    array, bad = encoded(kind, few)
    assert not bad
    x = kind.with_statistics(array, np.arange(100)).to_net(torch.from_numpy(array))
    assert torch.isfinite(x).all()
    assert Counter(x[..., -1].sum(1).tolist()).total() == 100
    own = x[..., -1] > 0
    assert math.isclose(float(x[own][:, :-1].mean()), 0, abs_tol=1e-3)
