"""Maps over moments: as strong as they are far from zero, and nothing where they are zero."""

from __future__ import annotations

import numpy as np
from PIL import Image

from deepen.reporting.decisions import Decision, _beneath, _coloured, draw_decisions


def test_colours_are_red_for_and_blue_against_and_absent_at_zero():
    rgba = _coloured(np.array([[1.0, -1.0, 0.0, 0.25]]))[0]
    assert rgba[0, 0] > rgba[0, 2] and rgba[1, 2] > rgba[1, 0]
    assert rgba[2, 3] == 0 and rgba[0, 3] == rgba[1, 3] > rgba[3, 3] > 0
    assert not _coloured(np.zeros((2, 2)))[..., 3].any()


def test_what_lies_beneath_is_grey_and_faded():
    grey = _beneath(np.array([[[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]))
    assert np.ptp(grey, axis=2).max() == 0
    assert np.isclose(grey[0, 0, 0], 1) and grey[0, 0, 0] > grey[0, 1, 0] > grey[0, 2, 0] > 0.4


def test_a_line_for_each_moment(tmp_path):
    shown = np.full((30, 40, 3), 0.5)
    maps = {"occlusion": np.eye(3, 4), "gradients": -np.eye(3, 4)}
    made = [Decision(f"game {k}\nmove 4", shown, maps, 0.5) for k in range(2)]
    said = draw_decisions(tmp_path / "a.png", "What it rests on", made)
    assert "game 0, move 4; game 1, move 4" in said and "occlusion, gradients" in said
    with Image.open(tmp_path / "a.png") as one:
        assert one.width > 400 and np.asarray(one).std() > 1
