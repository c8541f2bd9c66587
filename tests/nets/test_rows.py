from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.rows import Rows
from deepen.shapes import Codes, Grid, Sequence, Tokens, Vector


def test_inputs_stand_side_by_side_with_categories_one_hot_and_short_batches_filled_up():
    rows = Rows({"numbers": Vector(2), "codes": Codes((2, 3)), "series s": Sequence(2, 3)})
    given = {
        "numbers": torch.tensor([[1.0, 2.0]]), "codes": torch.tensor([[1, 2]]),
        "series s": torch.tensor([[[3.0, 4.0], [5.0, 6.0]]]),
    }  # fmt: skip
    assert rows(given).tolist() == [[1, 2, 0, 1, 0, 0, 1, 3, 4, 5, 6, 0, 0]]
    assert rows.n == 13


def test_standardised_pixels_become_what_they_were():
    pixels = torch.randint(0, 256, (5, 3, 4, 4)).float()
    mean, deviation = (10.0, 100.0, 200.0), (5.0, 50.0, 25.0)
    standard = (pixels - torch.tensor(mean)[:, None, None]) / torch.tensor(deviation)[:, None, None]
    rows = Rows({"image x": Grid(3, 4, 4)}, {"image x": (mean, deviation)})
    torch.testing.assert_close(rows({"image x": standard}), pixels.flatten(1) / 255)
    assert set(rows.state_dict()) == {"mean0", "deviation0"}


def test_texts_and_too_many_columns_are_refused():
    with pytest.raises(SettingError, match="machines read no texts"):
        Rows({"text t": Tokens(100, 5)})
    with pytest.raises(SettingError, match="--image-size"):
        Rows({"image x": Grid(3, 500, 500)})
