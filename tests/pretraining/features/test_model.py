from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

import deepen
from deepen.errors import DataError, SettingError

DIGITS = load_digits()
PIXELS = (DIGITS.images * 15.9).astype(np.uint8)


@pytest.mark.parametrize(("method", "layers"), [("rbm", [24]), ("dbn", [24, 12]), ("autoencoder", [24, 12])])
def test_a_training_begins_with_the_machines_layers(method, layers, tmp_path):
    features = deepen.pretrain(PIXELS[:400], method=method, layers=layers, epochs=2)
    held = deepen.train(PIXELS[:200], DIGITS.target[:200], from_=features, freeze="all", epochs=1)
    np.testing.assert_allclose(held.activations(PIXELS[:9]), features.encode(PIXELS[:9]), atol=1e-5)
    tuned = deepen.train(
        PIXELS[:200], DIGITS.target[:200], from_=features.save(tmp_path / "features"), epochs=5
    )
    assert np.abs(tuned.activations(PIXELS[:9]) - features.encode(PIXELS[:9])).max() > 1e-3
    back = deepen.load(tuned.save(tmp_path / "model"))
    np.testing.assert_array_equal(back.raw(PIXELS[:9]), tuned.raw(PIXELS[:9]))


def test_a_series_is_handed_on_too_and_what_cannot_be_is_said():
    waves = np.sin(np.arange(300)[:, None] * 0.1 + np.linspace(0, 6, 40))[..., None]
    y = np.arange(300) // 31 % 2
    features = deepen.pretrain(waves, layers=[8], epochs=2)
    held = deepen.train(waves, y, from_=features, freeze="all", epochs=1)
    np.testing.assert_allclose(held.activations(waves[:9]), features.encode(waves[:9]), atol=1e-5)
    rectified = deepen.pretrain(waves, layers=[8], epochs=1, settings={"hidden": "rectified"})
    with pytest.raises(SettingError, match="cannot be gone on with"):
        rectified.pretrained()


def _few(rows: int) -> tuple[dict[str, list], np.ndarray]:
    """A table with gaps, names, pictures as PNG and series of unequal length."""
    rng = np.random.default_rng(0)
    gaps = np.where(rng.random(rows) < 0.1, np.nan, rng.exponential(size=rows))
    columns = {
        "age": rng.normal(size=rows).tolist(), "dose": gaps.tolist(),
        "site": rng.choice(["x", "y", "z"], rows).tolist(),
        "photo": [_png(pixels) for pixels in rng.integers(0, 255, (rows, 8, 8), dtype=np.uint8)],
        "wave": pa.array([np.sin(np.arange(n) * 0.3) for n in rng.integers(5, 12, rows)]),
    }  # fmt: skip
    return columns, np.where(np.array(columns["age"]) > 0, "up", "down")


def _png(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "png")
    return written.getvalue()


KINDS = {"photo": "image", "wave": "series"}


@pytest.mark.parametrize(
    "names", [("age", "dose"), ("age", "dose", "site"), ("photo", "site", "age"), ("wave",), ("wave", "photo", "age")]
)  # fmt: skip
def test_the_columns_of_a_table_are_handed_on_as_the_one_vector_that_the_machine_reads(names, tmp_path):
    columns, y = _few(90)
    rows, kinds = {name: columns[name] for name in names}, {n: k for n, k in KINDS.items() if n in names}
    features = deepen.pretrain(pa.table(rows), layers=[6], epochs=2, kinds=kinds)
    options = {"from_": features, "epochs": 1, "shallow_share": 0, "kinds": kinds}
    held = deepen.train(pa.table(rows), y, freeze="all", **options)
    np.testing.assert_allclose(held.activations(pa.table(rows)), features.encode(pa.table(rows)), atol=1e-5)
    tuned = deepen.train(pa.table(rows), y, **{**options, "epochs": 8})
    assert not np.allclose(tuned.activations(pa.table(rows)), held.activations(pa.table(rows)), atol=1e-3)
    back = deepen.load(tuned.save(tmp_path / "model"))
    np.testing.assert_array_equal(back.raw(pa.table(rows)), tuned.raw(pa.table(rows)))
    again = deepen.train(pa.table(rows), y, freeze="all", **{**options, "from_": tuned})
    np.testing.assert_allclose(
        again.activations(pa.table(rows)), tuned.activations(pa.table(rows)), atol=1e-5
    )


def test_a_target_that_the_machine_has_read_is_named_and_a_column_that_it_has_not_is_left_out():
    columns, y = _few(60)
    table = {"age": columns["age"], "site": columns["site"], "mood": y}
    with pytest.raises(DataError, match="not among the inputs: 'mood'.*deepen pretrain --drop mood"):
        deepen.train(table, target="mood", from_=deepen.pretrain(table, layers=[3], epochs=1), epochs=1)
    features = deepen.pretrain(table, layers=[3], epochs=1, drop=["mood"])
    model = deepen.train({**table, "dose": columns["dose"]}, target="mood", from_=features, epochs=1)
    assert list(model.preparation.inputs) == ["age", "site"]
    assert any("does not read it: dose" in note for note in model.notes)
    with pytest.raises(DataError, match="'site' .category.*came: 'age' .number.*Name the columns alike"):
        deepen.train({"age": columns["age"], "mood": y}, target="mood", from_=features, epochs=1)


def test_a_deep_boltzmann_machine_hands_on_one_pass_up_in_place_of_mean_field():
    features = deepen.pretrain(PIXELS[:300], method="dbm", layers=[12, 6], epochs=2)
    net, rows = features.estimator.stack(), torch.from_numpy(features.matrix(PIXELS[:9]))
    with torch.no_grad():
        torch.testing.assert_close(net(rows), features.estimator.net_.bottom_up(rows)[-1])
    assert np.corrcoef(net(rows).detach().numpy().ravel(), features.encode(PIXELS[:9]).ravel())[0, 1] > 0.5
