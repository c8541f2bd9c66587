"""A table's columns, put together again out of the numbers and codes that the net reads."""

from __future__ import annotations

import numpy as np
import pytest

from deepen.seeing.columns import by_column, standardised
from deepen.seeing.material import gather


def test_the_parts_of_a_column_are_summed(table):
    preparation = table[0].preparation
    names = list(preparation.inputs)
    assert (names, preparation.inputs["age"].missing) == (["age", "smoker", "ward | <b>", "pulse"], True)
    found = by_column(preparation, {"numbers": np.array([1.0, 0.25, 7.0]), "codes": np.array([4.0, 5.0])})
    assert found == {"age": 1.25, "smoker": 4.0, "ward | <b>": 5.0, "pulse": 7.0}


def test_each_column_has_mean_0_and_deviation_1(table):
    model, frame = table
    found = gather(model, frame, rows=1000)
    names, x = standardised(model.preparation, found.arrays)
    assert names[0] == "age"
    assert names[1] in ("smoker = yes", "smoker = no")
    assert (len(names), names[-1]) == (5, "pulse")
    assert x.mean(0) == pytest.approx(0, abs=1e-6)
    assert x.std(0) == pytest.approx(1, abs=1e-6)
    rows = [int(n.removeprefix("row ")) - 1 for n in found.names]
    assert np.corrcoef(x[:, -1], frame.pulse.iloc[rows])[0, 1] > 0.95
    smoker = frame.smoker.iloc[rows]
    assert ((x[:, 1] > 0) == (smoker == names[1].removeprefix("smoker = "))).all()
