"""Forms: what the net reads, brought back to what people gave; and what occlusion covers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.seeing.forms import form_of, main_input, patches_of, picture
from deepen.seeing.material import gather


def test_pictures_and_series_come_back_as_they_were_given(pictures, series):
    model, x, y = pictures
    found = gather(model, x, y, rows=1000)
    (name,) = found.arrays
    assert form_of(model.preparation, name) == "image"
    shown = picture(model.preparation, name, found.inputs(np.array([5]))[name][0])
    assert np.allclose(shown * 255, found.arrays[name][5], atol=0.01)
    model, frame = series
    found = gather(model, frame, rows=1000)
    (name,) = found.arrays
    row = int(found.names[7].removeprefix("row ")) - 1
    shown = picture(model.preparation, name, found.inputs(np.array([7]))[name][0])
    assert shown[:, 0] == pytest.approx(frame.signal[row], abs=1e-4)


def test_a_picture_or_text_is_shown_before_a_table(texts, table):
    assert main_input(texts[0].preparation, ("numbers", "text review")) == "text review"
    assert main_input(table[0].preparation, ("numbers", "codes")) == "numbers"


@pytest.mark.parametrize(
    ("form", "shape"),
    [("image", (1, 3, 17, 23)), ("sound", (1, 31, 41)), ("series", (1, 140, 2)), ("series", (1, 1, 1))],
)
def test_every_number_is_covered_by_some_patch(form, shape):
    patches = patches_of(form, torch.zeros(shape))
    covered = patches.any(0)
    if form == "sound":
        assert not covered[:, -1].any()
        covered = covered[:, :-1]
    assert covered.all()
    assert len({tuple(p.flatten().nonzero().flatten().tolist()) for p in patches}) == len(patches)
    assert len(patches) < 600


def test_each_token_is_covered_alone():
    assert torch.equal(patches_of("text", torch.ones(1, 5)), torch.eye(5, dtype=torch.bool))
