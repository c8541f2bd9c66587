"""A table's columns, put together again out of the numbers and codes that the net reads."""

from __future__ import annotations

import numpy as np
import pytest

from deepen.seeing.columns import by_column, standardised
from deepen.seeing.material import gather


def test_the_parts_of_a_column_are_summed(table):
    preparation = table[0].preparation
    names = list(preparation.inputs)
    assert (names, preparation.inputs["age"].missing) == (["age", "smoker", "ward | <b>"], True)
    found = by_column(preparation, {"numbers": np.array([1.0, 0.25]), "codes": np.array([4.0, 5.0])})
    assert found == {"age": 1.25, "smoker": 4.0, "ward | <b>": 5.0}


def test_each_column_has_mean_0_and_deviation_1(table):
    model, frame = table
    found = gather(model, frame, rows=1000)
    names, x = standardised(model.preparation, found.arrays)
    assert names[0] == "age"
    assert names[1] in ("smoker = yes", "smoker = no")
    assert len(names) == 4
    assert x.mean(0) == pytest.approx(0, abs=1e-6)
    assert x.std(0) == pytest.approx(1, abs=1e-6)
    smoker = frame.smoker.iloc[[int(n.removeprefix("row ")) - 1 for n in found.names]]
    assert ((x[:, 1] > 0) == (smoker == names[1].removeprefix("smoker = "))).all()
