"""Frames stand one behind the other; a window never reaches into another recording."""

import numpy as np
import pytest
import torch

from deepen.errors import DataError
from deepen.speech.frames import Frames, fit_audio, frames_of

CPU = torch.device("cpu")


def test_windows_are_the_frames_around_with_the_ends_repeated():
    lengths, context = torch.tensor([4, 1, 6]), 2
    values = torch.randn(11, 3)
    found = Frames(values, lengths).windows(torch.arange(11), context)
    rows = values.split(lengths.tolist())
    padded = [torch.cat([r[:1].expand(context, -1), r, r[-1:].expand(context, -1)]) for r in rows]
    wanted = torch.cat([p.unfold(0, 5, 1).transpose(1, 2).flatten(1) for p in padded])
    assert torch.equal(found, wanted)


def test_rows_of_some_recordings():
    frames = Frames(torch.zeros(9, 1), torch.tensor([4, 2, 3]))
    assert frames.rows(torch.tensor([2, 0])).tolist() == [6, 7, 8, 0, 1, 2, 3]


def test_frames_are_standardised_by_what_was_fitted(spoken):
    recordings, _ = spoken
    audio = fit_audio(recordings)
    frames = frames_of(audio, recordings, least=1, device=CPU)
    assert int(frames.lengths.sum()) == len(frames.values)
    assert frames.values.mean(0).numpy() == pytest.approx(np.zeros(40), abs=1e-3)
    assert frames.values.std(0).numpy() == pytest.approx(np.ones(40), abs=1e-2)


def test_one_recording_has_the_same_frames_alone_and_among_others(spoken):
    recordings, _ = spoken
    audio = fit_audio(recordings)
    alone = frames_of(audio, recordings[5:6], least=1, device=CPU)
    among = frames_of(audio, recordings, least=1, device=CPU)
    assert torch.allclose(alone.values, among.values[among.rows(torch.tensor([5]))], atol=1e-5)


def test_files_and_bytes_are_the_same(spoken, tmp_path):
    recordings, _ = spoken
    place = tmp_path / "one.wav"
    place.write_bytes(recordings[0])
    audio = fit_audio(recordings)
    held = frames_of(audio, [recordings[0]], least=1, device=CPU)
    for name in (place, str(place)):
        assert torch.equal(frames_of(audio, [name], least=1, device=CPU).values, held.values)


def test_a_short_recordings_last_frame_is_repeated(spoken):
    recordings, _ = spoken
    audio = fit_audio(recordings)
    own = frames_of(audio, recordings[:1], least=1, device=CPU)
    longer = frames_of(audio, recordings[:1], least=100, device=CPU)
    assert longer.lengths.tolist() == [100]
    assert torch.equal(longer.values[: len(own.values)], own.values)
    assert (longer.values[len(own.values) :] == own.values[-1]).all()


def test_what_cannot_be_read_is_named(spoken, tmp_path):
    recordings, _ = spoken
    audio = fit_audio(recordings)
    (tmp_path / "notes.wav").write_text("no sound")
    with pytest.raises(DataError, match=r"notes.wav: cannot be read; came: not a recording"):
        frames_of(audio, [recordings[0], tmp_path / "notes.wav"], least=1, device=CPU)
    with pytest.raises(DataError, match="recording 2: cannot be read"):
        frames_of(audio, [recordings[0], b"nothing"], least=1, device=CPU)


@pytest.mark.parametrize("given", ["digits/", b"RIFF", []])
def test_one_thing_or_nothing_is_no_list(given):
    with pytest.raises(DataError, match="are wanted in a list"):
        fit_audio(given)


def test_numbers_are_no_recordings():
    with pytest.raises(DataError, match="is no recording.*came: float"):
        fit_audio([b"RIFF", 1.0])
