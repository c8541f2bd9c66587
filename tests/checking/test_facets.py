from collections.abc import Callable
from pathlib import Path

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import facets

Prepare = Callable[..., Checked]


def test_columns_are_as_they_are_given(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    rows = {"id": np.arange(300), **rows, "day": np.array(["2024-01-01", "2024-03-01", "2023-05-06"] * 100)}
    rows["a"][4] = np.nan
    found = {f.name: f for f in facets(prepare(rows, target="label"))}
    assert np.array_equal(found["a"].values, rows["a"], equal_nan=True)
    assert found["c"].codes
    assert len(np.unique(found["c"].values)) == 3
    assert found["day"].values[1] - found["day"].values[0] == 60 * 86400
    assert not found["id"].given
    assert found["the order of the rows"].values.tolist() == list(range(300))


def test_what_a_picture_tells_at_a_glance(prepare: Prepare, photos: Path) -> None:
    found = {f.name: f for f in facets(prepare(photos))}
    assert set(found) == {"brightness of 'image'", "contrast of 'image'", "file size of 'image'"}
    first = photos / "lying" / "00.png"
    assert found["file size of 'image'"].values[0] == first.stat().st_size
    assert not any(f.given for f in found.values())


def test_the_order_counts_where_the_source_did_not_make_it(
    prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]
) -> None:
    checked = prepare(*stripes)
    found = {f.name: f.values for f in facets(checked)}
    assert "the order of the rows" in found
    assert np.allclose(found["brightness of 'image'"], stripes[0].mean(axis=(1, 2)), atol=1e-3)


def test_texts_and_series_have_lengths(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["one", "two", "three", "four"], 4 + at % 7)) + f" {at}" for at in range(60)]
    checked = prepare({"said": texts, "label": ["a", "b"] * 30}, target="label", kinds={"said": "text"})
    found = {f.name: f.values for f in facets(checked)}
    assert found["length of 'said'"].tolist() == [len(t) for t in texts]
    series = rng.normal(size=(40, 50, 2))
    found = {f.name: f.values for f in facets(prepare(series, np.arange(40) % 2))}
    assert {"mean of 'signal'", "deviation of 'signal'"} <= set(found)
