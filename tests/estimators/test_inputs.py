"""Whatever scikit-learn hands over becomes the same table at fit and afterwards."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from deepen import DeepClassifier
from deepen.estimators.inputs import free_name, table_of

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(30, 3))


def read(X: object, estimator: DeepClassifier | None = None):
    return table_of(estimator or DeepClassifier(), X, reset=estimator is None)


def columns(table) -> dict[str, list[object]]:
    return {name: table[name].to_pylist() for name in table.names}


def test_a_matrix_has_numbered_columns() -> None:
    assert columns(read([[1, 2.5], [3, 4]])) == {"x1": [1, 3], "x2": [2.5, 4]}


def test_a_frame_keeps_its_names_and_no_row_numbers() -> None:
    frame = pd.DataFrame(
        {"a": [1.0, None, 3], "b": pd.Categorical(["u", "v", "u"])}, index=pd.Index([7, 3, 9], name="id")
    )
    assert columns(read(frame)) == {"a": [1, None, 3], "b": ["u", "v", "u"]}
    assert columns(read(pl.DataFrame({"a": [1, 2], "b": ["u", None]}))) == {"a": [1, 2], "b": ["u", None]}


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
def test_names_are_those_of_the_fit_whatever_comes_later() -> None:
    frame = pd.DataFrame(ROWS, columns=["u", "v", "w"])
    named, numbered = DeepClassifier(), DeepClassifier()
    table_of(named, frame, reset=True)
    table_of(numbered, ROWS, reset=True)
    assert read(ROWS, named).names == read(frame, named).names == ("u", "v", "w")
    assert read(ROWS, numbered).names == read(frame, numbered).names == ("x1", "x2", "x3")
    assert columns(read(frame, numbered)) == columns(read(ROWS, numbered))
    assert columns(read(pl.DataFrame(frame), numbered)) == columns(read(ROWS, numbered))


def test_frames_whose_names_are_numbers_are_as_matrices() -> None:
    assert read(pd.DataFrame(ROWS)).names == ("x1", "x2", "x3")


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_other_columns_than_those_of_the_fit_are_refused() -> None:
    fitted = DeepClassifier()
    table_of(fitted, pd.DataFrame(ROWS, columns=["u", "v", "w"]), reset=True)
    with pytest.raises(ValueError, match="feature names should match"):
        read(pd.DataFrame(ROWS, columns=["u", "w", "v"]), fitted)
    with pytest.raises(ValueError, match="X has 2 features, but DeepClassifier is expecting 3"):
        read(ROWS[:, :2], fitted)


def test_texts_are_one_column() -> None:
    words = ["one", "two", "three"]
    expected = {"x1": words}
    for given in (
        words,
        np.array(words),
        np.array(words, dtype=object),
        pd.Series(words),
        np.array(words)[:, None],
    ):
        assert columns(read(given)) == expected


def test_numbers_in_one_dimension_are_refused() -> None:
    for given in (np.arange(5.0), [1, 2, 3], pd.Series([1.0, 2])):
        with pytest.raises(ValueError, match="Reshape your data|Expected a 2-dimensional"):
            read(given)


def test_pictures_and_series_stay_arrays() -> None:
    assert read(np.zeros((5, 8, 8, 3), np.uint8)).names == ("image",)
    assert read(np.zeros((5, 8, 8))).names == ("image",)
    assert read(np.zeros((5, 40, 2))).names == ("signal",)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (scipy.sparse.csr_matrix(np.eye(4)), TypeError, "[Ss]parse"),
        (np.ones((3, 2), complex), ValueError, "Complex"),
        (
            np.array([[1, {"a": 2}], [3, 4]], dtype=object),
            TypeError,
            "argument must be a string or a real number",
        ),
        (np.zeros((0, 2)), ValueError, "0 sample"),
        (np.zeros((1, 2)), ValueError, "1 sample"),
        (np.zeros((4, 0)), ValueError, "0 feature"),
        (pd.DataFrame({"a": [1]}), ValueError, "1 sample"),
    ],
)
def test_what_cannot_be_read_is_refused(given, error, match) -> None:
    with pytest.raises(error, match=match):
        read(given)


def test_infinite_numbers_are_refused_with_their_place() -> None:
    X = ROWS.copy()
    X[4, 1] = np.inf
    with pytest.raises(ValueError, match="row 5, column 'x2'"):
        DeepClassifier(steps=1).fit(X, np.arange(30) % 2)


def test_missing_values_and_names_are_read() -> None:
    y = np.arange(60) % 2
    frame = pd.DataFrame(
        {
            "number": np.where(np.arange(60) % 7, y + RNG.normal(0, 0.3, 60), np.nan),
            "name": pd.Series(np.where(y, "u", "v")).where(np.arange(60) % 5 > 0, None),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = DeepClassifier(steps=60).fit(frame, y)
    assert fitted.score(frame, y) > 0.9
    # A value that no row of the fit had is read as a missing one.
    assert fitted.predict(pd.DataFrame({"number": [0.0], "name": ["never seen"]})).shape == (1,)


def test_a_free_name_is_one_that_no_column_has() -> None:
    assert free_name(read([[1], [2]])) == "target"
    frame = pd.DataFrame({"target": [1.0, 2, 3, 4], "target_": [1.0, 2, 1, 2]})
    assert free_name(read(frame)) == "target__"
    assert DeepClassifier(steps=1).fit(frame, [0, 1, 0, 1]).predict(frame).shape == (4,)
