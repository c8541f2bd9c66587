"""Texts and recordings from raw data to a model's folder and back, alone and beside other columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import deepen
from deepen.errors import DataError, SettingError

GOOD = ["great", "lovely", "fine", "superb"]
BAD = ["awful", "dull", "poor", "dreadful"]


def reviews(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = ["the", "film", "was", "quite", "and", "so", "very", "a", "story"]
    made = []
    for number in range(rows):
        liked = bool(rng.integers(2))
        rest = rng.choice(words, rng.integers(4, 12)).tolist()
        rest.insert(int(rng.integers(len(rest))), str(rng.choice(GOOD if liked else BAD)))
        made.append(
            (" ".join(rest) + f" {number}", rng.normal(), rng.choice(["a", "b"]), "yes" if liked else "no")
        )
    return pd.DataFrame(made, columns=["review", "length", "shop", "liked"])


@pytest.mark.parametrize("reader", ["bag", "cnn", "lstm"])
def test_a_text_beside_a_number_and_a_category_is_learned_and_kept(reader: str, tmp_path: Path) -> None:
    frame = reviews()
    model = deepen.train(frame, target="liked", epochs=12, size="tiny", reader=reader)
    assert {c.name: c.kind for c in model.schema.inputs} == {
        "review": "text", "length": "number", "shop": "category",
    }  # fmt: skip
    assert model.score["accuracy"].value > 0.85
    model.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model")
    new = frame.drop(columns="liked").head(9)
    np.testing.assert_allclose(again.predict(new).probabilities, model.predict(new).probabilities, rtol=1e-4)
    one = again.predict({"review": "a lovely story", "length": 0.0, "shop": "a"})
    assert one.values == ("yes",)


def test_nets_are_tried_inside_the_clock_and_the_choice_is_said(few_passes) -> None:
    model = deepen.train(reviews(120)[["review", "liked"]], target="liked", minutes=1, shallow_share=0)
    (said,) = [note for note in model.notes if note.startswith("read by ")]
    assert all(f"{reader} 0." in said or f"{reader} 1." in said for reader in ("bag", "cnn", "lstm"))
    assert model.about["net"].split(",")[0] in {"Bag", "CNN1d", "LSTM"}


def test_without_a_clock_the_first_net_is_taken_and_that_is_said() -> None:
    model = deepen.train(reviews(60)[["review", "liked"]], target="liked", steps=2)
    assert any("nothing else is tried" in note for note in model.notes)


def test_input_leaves_all_other_columns_out() -> None:
    model = deepen.train(reviews(60), target="liked", input=["length", "shop"], steps=2)
    assert [c.name for c in model.schema.inputs] == ["length", "shop"]
    with pytest.raises(SettingError, match="there is no column 'lenght'.*Did you mean 'length'"):
        deepen.train(reviews(60), target="liked", input=["lenght"], steps=2)


def test_a_reader_that_is_none_is_refused() -> None:
    with pytest.raises(SettingError, match="'lsmt' is not known.*Did you mean 'lstm'"):
        deepen.train(reviews(60), target="liked", steps=2, reader="lsmt")


def tones(folder: Path, count: int = 24) -> Path:
    """Recordings of a low and a high tone, of 0.2 to 0.5 seconds, in class folders."""
    rng = np.random.default_rng(0)
    for name, pitch in (("low", 300.0), ("high", 1500.0)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            time = np.arange(int(rng.uniform(0.2, 0.5) * 8000)) / 8000
            wave = 0.3 * np.sin(2 * np.pi * pitch * rng.uniform(0.9, 1.1) * time) + 0.02 * rng.normal(
                size=len(time)
            )
            soundfile.write(folder / name / f"{number}_take.wav", wave, 8000)
    return folder


@pytest.mark.parametrize("reader", ["spectrogram", "lstm"])
def test_recordings_in_class_folders_are_learned_and_kept(reader: str, tmp_path: Path) -> None:
    folder = tones(tmp_path / "tones")
    model = deepen.train(folder, epochs=6, size="tiny", reader=reader, batch=8)
    assert model.score["accuracy"].value > 0.8
    model.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model")
    files = [str(folder / "low" / "0_take.wav"), str(folder / "high" / "1_take.wav")]
    found = again.predict(files)
    assert found.values == ("low", "high") and found.names[0].endswith("0_take.wav")
    np.testing.assert_allclose(found.probabilities, model.predict(files).probabilities, rtol=1e-4)
    (folder / "low" / "broken.wav").write_text("not sound")
    with pytest.raises(DataError, match=r"broken\.wav"):
        again.predict([str(folder / "low" / "broken.wav")])


def test_the_label_comes_from_the_name(tmp_path: Path) -> None:
    folder = tones(tmp_path / "tones")
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in folder.rglob("*.wav"):
        file.rename(flat / f"{file.parent.name}_{file.name}")
    model = deepen.train(flat, label_from="name:0:_", epochs=1, size="tiny", reader="spectrogram")
    assert model.preparation.labels == ("high", "low")
