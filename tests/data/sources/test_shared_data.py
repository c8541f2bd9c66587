"""Real files, where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from deepen.data.sources import read

ROOT = Path(os.environ.get("DEEPEN_DATA") or Path(__file__).parents[4] / "shared" / "data")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of real data (DEEPEN_DATA) is not here"),
]


@pytest.mark.parametrize(
    ("name", "rows", "columns", "first"),
    [
        ("tables/adult-train.csv", 32561, 15, "c1"),
        ("tables/breast-cancer.csv", 286, 10, "c1"),
        ("tables/horse-colic.csv", 300, 28, "c1"),
        ("tables/california-housing.csv", 20640, 10, "longitude"),
        ("tables/pima-indians-diabetes.csv", 768, 9, "c1"),
        ("series/pollution.csv", 43824, 13, "No"),
        ("series/airline-passengers.csv", 144, 2, "Month"),
        ("text/sms-spam.tsv", 5574, 2, "Label"),
    ],
)
def test_tables(name, rows, columns, first):
    table = read(ROOT / name)
    assert (len(table), len(table.names), table.names[0]) == (rows, columns, first)


def test_fields_are_bare_and_missing_ones_null():
    adult = read(ROOT / "tables/adult-train.csv")
    assert adult["c15"].unique().to_pylist() == ["<=50K", ">50K"]
    assert adult["c2"].null_count == 1836
    assert read(ROOT / "tables/breast-cancer.csv")["c10"][0].as_py() == "recurrence-events"


def test_adult_with_its_test_part():
    table = read(ROOT / "tables/adult-train.csv").join(read(ROOT / "tables/adult-test.csv"), "test")
    assert np.unique(table.parts.astype(str), return_counts=True)[1].tolist() == [16281, 32561]


def test_mnist():
    table = read(ROOT / "images/mnist")
    assert table["image"].shape == (70000, 28, 28)
    assert table.parts.tolist().count("test") == 10000


def test_flowers(tmp_path):
    table = read(ROOT / "images/flowers.zip", workspace=tmp_path)
    assert len(table) == 4317
    assert set(table["label"].to_pylist()) == {"daisy", "dandelion", "rose", "sunflower", "tulip"}


def test_ecg():
    table = read(ROOT / "series/ecg5000.npz")
    assert (len(table.names), table.parts.tolist().count("train")) == (141, 500)
