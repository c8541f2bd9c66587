from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from deepen.checking.checked import Checked, parts_of
from deepen.data.split import Split
from deepen.data.table import Table

Prepare = Callable[..., Checked]


def test_a_training_row_that_the_split_left_out_is_a_training_row_still() -> None:
    import pyarrow as pa

    column = pa.chunked_array([["a", "b", "a", None, "b"]])
    parts = np.array(["train", "train", "test", "train", "test"], dtype=object)
    table = Table({"label": column}, "t.csv", parts=parts)
    split = Split(np.array([1]), np.array([], int), np.array([2, 4]))
    hashes = np.array([7, 8, 7, 7, 9], dtype=np.uint64)
    # Row 0 repeats row 2, and was left out; row 3 has no target.
    assert parts_of(table, split, ("label",), hashes).tolist() == ["train", "train", "test", "", "test"]


def test_rows_labels_and_places(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    train = {k: np.append(v, v[:1]) for k, v in rows.items()}
    test = {k: v[:1] for k, v in rows.items()}
    checked = prepare(train, test=test, target="label")
    assert len(checked.rows) == 302  # the copies of the test row too, which no training would see
    assert checked.rows[0] == 301
    assert sorted(checked.rows[checked.part[checked.rows] == "test"].tolist()) == [301]
    assert not {0, 300} & set(checked.learned.tolist())
    assert checked.labels is not None
    assert checked.labels[0] == checked.labels[300] == checked.labels[301] >= 0
    assert checked.shown(0).startswith(f"[{rows['label'][0]}] a={rows['a'][0]}, b=")
    assert checked.where(0).endswith("row 1")
    assert checked.is_tabular()


def test_a_picture_is_shown_from_its_file_larger_than_it_is_compared(
    prepare: Prepare, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for at in range(12):
            pixels = rng.integers(0, 255, (100, 100, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{at}.png")
    checked = prepare(tmp_path / "pets")
    shown = checked.picture(0)
    assert shown is not None
    assert (shown.shape, shown.dtype) == ((128, 128, 3), np.uint8)
    assert checked.examples.arrays["image image"].shape[1] == 64
    assert checked.where(0).endswith("cat/0.png")
    assert checked.label(0) == "cat"


def test_pictures_in_memory_are_shown_as_they_are(
    prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]
) -> None:
    checked = prepare(*stripes)
    shown = checked.picture(5)
    assert shown is not None
    assert np.array_equal(shown[..., 0], stripes[0][5])
    assert checked.plain("image image") is checked.plain("image image")


def test_a_number_has_no_labels(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    checked = prepare(rows, target="b")
    assert checked.labels is None
    assert checked.picture(0) is None
