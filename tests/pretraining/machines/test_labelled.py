from __future__ import annotations

import numpy as np
import pytest

from deepen.errors import DataError, SettingError
from deepen.pretraining.machines.labelled import codes, with_labels


def test_classes_are_numbered_in_their_order_and_stand_beside_the_rows():
    classes, found = codes(["b", "a", "b"], 3)
    assert classes.tolist() == ["a", "b"]
    assert with_labels(np.zeros((3, 2), np.float32), found, 2).tolist() == [
        [0, 0, 0, 1],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]


def test_label_units_without_labels_or_with_too_few_are_refused():
    with pytest.raises(SettingError, match="label units need labels"):
        codes(None, 3)
    with pytest.raises(DataError, match="as many labels as rows"):
        codes([0, 1], 3)
