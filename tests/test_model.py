"""The model's folder: whole, checked, and readable by people."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import deepen
from deepen.errors import DataError, FolderError, SettingError


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": rng.integers(20, 90, 200).astype(float), "smoker": rng.choice(["yes", "no"], 200)}
    )
    frame.loc[::13, "age"] = np.nan
    frame["outcome"] = np.where(frame.age.fillna(50) + 30 * (frame.smoker == "yes") > 70, "ill", "well")
    return deepen.train(frame, target="outcome", epochs=20), frame


@pytest.fixture
def folder(trained, tmp_path: Path) -> Path:
    return trained[0].save(tmp_path / "model")


def test_a_loaded_model_is_the_saved_one(trained, folder: Path) -> None:
    model, frame = trained
    again = deepen.load(folder)
    np.testing.assert_allclose(
        again.predict(frame).probabilities, model.predict(frame).probabilities, atol=0.02
    )
    assert again.score == model.score
    assert (again.schema, again.preparation, again.temperature) == (
        model.schema,
        model.preparation,
        model.temperature,
    )
    assert again.history == model.history


def test_the_folder_holds_no_pickle_and_no_absolute_path(folder: Path) -> None:
    names = {p.name for p in folder.iterdir()}
    assert names == {"weights.safetensors", "model.json", "evaluation.json", "README.md", "manifest.json"}
    text = (folder / "model.json").read_text() + (folder / "README.md").read_text()
    assert str(folder.parent) not in text
    card = (folder / "README.md").read_text()
    assert "accuracy" in card
    assert "95 %" in card
    assert "| smoker | category | input |" in card


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json", "evaluation.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_a_damaged_file_is_named(folder: Path, name: str, harm: str) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    if harm == "remove":
        path.unlink()
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content if harm == "flip" else content[: len(content) // 2]))
    with pytest.raises(FolderError, match=f"{name}.*(is damaged|is missing)"):
        deepen.load(folder)


def test_what_is_for_people_may_be_edited_or_removed(trained, tmp_path: Path) -> None:
    names = ("confusion.png", "mistakes.png", "reliability.png", "subgroups-2.png")

    def beside(place: Path) -> None:
        for name in names:
            (place / name).write_bytes(b"drawn")

    folder = trained[0].save(tmp_path / "model", beside=beside)
    (folder / "README.md").write_text("my own words")
    (folder / "confusion.png").write_bytes(b"another")
    (folder / "subgroups-2.png").unlink()
    assert deepen.load(folder).score == trained[0].score
    assert (folder / "README.md").read_text() == "my own words"


def test_folders_that_are_no_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no such folder"):
        deepen.load(tmp_path / "nowhere")
    (tmp_path / "photos").mkdir()
    with pytest.raises(FolderError, match="not a folder that deepen wrote"):
        deepen.load(tmp_path / "photos")
    with pytest.raises(FolderError, match="deepen did not write it"):
        (tmp_path / "photos" / "a.txt").write_text("mine")
        deepen.load(folder).save(tmp_path / "photos")
    assert (tmp_path / "photos" / "a.txt").read_text() == "mine"


def test_a_newer_format_is_said_to_be_newer(folder: Path) -> None:
    from deepen.compute.folders import staged

    data = json.loads((folder / "model.json").read_text())
    weights = (folder / "weights.safetensors").read_bytes()
    with staged(folder, kind="model") as stage:
        (stage / "model.json").write_text(json.dumps({**data, "format": 99}))
        (stage / "weights.safetensors").write_bytes(weights)
    with pytest.raises(FolderError, match="written by a newer deepen.*format 99.*Upgrade"):
        deepen.load(folder)


def test_a_folder_of_the_first_format_is_read(folder: Path) -> None:
    from deepen.compute.folders import staged

    data = json.loads((folder / "model.json").read_text())
    weights = (folder / "weights.safetensors").read_bytes()
    (only,) = data.pop("nets")
    with staged(folder, kind="model") as stage:
        (stage / "model.json").write_text(json.dumps({**data, "net": only, "format": 1}))
        (stage / "weights.safetensors").write_bytes(weights)
    assert [settings.to_dict() for settings in deepen.load(folder).net_settings] == [only]


def test_what_is_asked_is_checked_against_the_schema(trained) -> None:
    model, frame = trained
    with pytest.raises(DataError, match="no column 'smoker', which the model reads.*Did you mean 'smokes'"):
        model.predict(frame.rename(columns={"smoker": "smokes"}))
    with pytest.raises(DataError, match="column 'age': not a number; came: 'old'"):
        model.predict({"age": "old", "smoker": "yes"})
    with pytest.raises(DataError, match="no target column 'outcome'"):
        model.evaluate(frame.drop(columns="outcome"))
    with pytest.raises(DataError, match="class that the training part does not have.*'cured'"):
        model.evaluate(frame.assign(outcome="cured"))


def test_unknown_and_missing_values_are_answered_for(trained) -> None:
    model, _ = trained
    found = model.predict([{"age": None, "smoker": "sometimes"}, {"age": 1e9, "smoker": None}])
    assert np.isfinite(found.probabilities).all()
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0)


def test_evaluating_the_same_rows_gives_the_same_score(trained) -> None:
    model, frame = trained
    whole = model.evaluate(frame)
    right = np.mean(np.array(model.predict(frame).values) == frame.outcome.to_numpy())
    assert whole["accuracy"].value == pytest.approx(right)
    assert whole["accuracy"].n == 200


def test_answers_as_numbers_alone(trained) -> None:
    model, frame = trained
    assert np.array_equal(model.raw(frame), model.predict(frame).probabilities)


def test_activations_are_what_the_head_answers_from(trained, monkeypatch: pytest.MonkeyPatch) -> None:
    model, frame = trained
    whole = model.activations(frame)
    assert whole.dtype == np.float32 and whole.shape == (200, 16 * 128)
    assert np.array_equal(whole, model.activations(frame, model.levels()[-1].name))
    head = model.net.readers[0].head
    h = torch.from_numpy(whole).unflatten(1, (16, 128))
    with torch.no_grad():
        logits = (torch.einsum("bmf,mfo->bmo", h, head.weight) + head.bias).log_softmax(-1).logsumexp(1)
    np.testing.assert_allclose(model.answers(logits.numpy()), model.raw(frame), atol=1e-5)
    monkeypatch.setattr("deepen.model._ROWS", 70)
    monkeypatch.setattr("deepen.model._BATCH", 32)
    np.testing.assert_allclose(model.activations(frame), whole, atol=1e-5)


def test_activations_of_series_are_means_over_own_steps_whatever_the_batch() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    signals = [(rng.normal(size=8 + 3 * (k % 7)) + c).tolist() for k, c in enumerate(y)]
    frame = pd.DataFrame({"signal": signals, "kind": np.where(y, "high", "low")})
    model = deepen.train(frame, target="kind", steps=3, size="tiny", reader="lstm")
    assert [level.places != () for level in model.levels()] == [True, False]
    whole = model.activations(frame, 0)
    assert whole.shape == (60, model.levels()[0].units)
    for row in (0, 6, 33):
        np.testing.assert_allclose(
            model.activations(frame[row : row + 1], 0), whole[row : row + 1], atol=1e-5
        )


def test_what_is_read_bears_the_names_that_the_model_knows(trained, tmp_path: Path) -> None:
    model, frame = trained
    one = {name: frame[name][3] for name in model.preparation.inputs}
    assert model.read(one).names == tuple(one) and len(model.read(one)) == 1
    inputs = frame.drop(columns=list(model.schema.targets))
    table = model.read(inputs, frame[model.schema.targets[0]])
    assert table.target in table.names and len(table) == len(frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    read = model.read(tmp_path / "rows.csv")
    assert read.where(4).endswith("line 6")


def test_many_rows_are_answered_in_blocks_as_few_are(trained, monkeypatch: pytest.MonkeyPatch) -> None:
    model, frame = trained
    whole = model.predict(frame)
    monkeypatch.setattr("deepen.model._ROWS", 7)
    assert model.predict(frame).values == whole.values


def test_what_stands_behind_the_score_is_kept(trained, folder: Path) -> None:
    model, _ = trained
    found = deepen.load(folder).evaluation
    assert found == model.evaluation
    assert found is not None
    assert found.measures == model.score.measures
    assert sum(b.n for b in found.reliability.bins) == model.score.headline.n
    wrong = sum(n for i, row in enumerate(found.confusion) for j, n in enumerate(row) if i != j)
    assert found.mistakes.total == wrong
    assert json.loads((folder / "evaluation.json").read_text())["part"] == "test"


def test_a_folder_without_an_evaluation_is_read_all_the_same(trained, tmp_path: Path) -> None:
    model, _ = trained
    older = dataclasses.replace(model, evaluation=None).save(tmp_path / "older")
    assert not (older / "evaluation.json").exists()
    again = deepen.load(older)
    assert (again.evaluation, again.mistakes, again.score) == (None, None, model.score)


def test_mistakes_are_those_of_the_rows_and_point_at_them(trained) -> None:
    model, frame = trained
    said = model.predict(frame)
    flipped = frame.assign(outcome=frame.outcome.replace({"ill": "well", "well": "ill"}))
    found = model.evaluate(flipped)
    right = sum(a == b for a, b in zip(said, frame.outcome, strict=True))
    assert (found.mistakes.total, found.mistakes.of, len(found.mistakes.worst)) == (right, 200, 40)
    sure = [mistake.sure for mistake in found.mistakes.worst]
    assert sure == sorted(sure, reverse=True)
    for mistake in found.mistakes.worst:
        assert mistake.truth == flipped.outcome[mistake.row] != mistake.answered == said[mistake.row]
        assert mistake.name == f"row {mistake.row + 1}"
        (shown,) = mistake.shown
        assert shown.data["values"]["smoker"] == frame.smoker[mistake.row]


def test_scores_by_a_column_that_the_model_does_not_read(trained) -> None:
    model, frame = trained
    hard = frame.assign(doctor=["Ann", "Bob"] * 100)
    hard.loc[1::4, "outcome"] = hard.outcome[1::4].replace({"ill": "well", "well": "ill"})  # half of Bob's
    found = model.evaluate(hard, by=["doctor", "age"])
    by_doctor, by_age = found.subgroups
    assert by_doctor.worst.name == "Bob"
    assert by_doctor.worst.verdict == "worse"
    assert sum(group.n for group in by_age.groups) == 200
    assert "(missing)" in [group.name for group in by_age.groups]
    assert model.evaluate(hard, by="doctor").subgroups == (by_doctor,)
    assert model.evaluate(hard).subgroups == ()


def test_rows_without_a_target_shift_no_group(trained) -> None:
    model, frame = trained
    some = frame.assign(doctor=["Ann", "Bob"] * 100)
    some.loc[::4, "outcome"] = None  # half of Ann's
    (groups,) = model.evaluate(some, by="doctor").subgroups
    assert {group.name: group.n for group in groups.groups} == {"Ann": 50, "Bob": 100}


def test_a_column_that_is_not_there_is_named(trained) -> None:
    model, frame = trained
    with pytest.raises(SettingError, match="no column 'smokr'.*Did you mean 'smoker'"):
        model.evaluate(frame, by="smokr")


def test_what_is_written_beside_stands_in_the_folder(trained, tmp_path: Path) -> None:
    place = trained[0].save(
        tmp_path / "m", beside=lambda folder: (folder / "confusion.png").write_bytes(b"x")
    )
    assert (place / "confusion.png").is_file()
    assert "![What is taken for what](confusion.png)" in (place / "README.md").read_text()
    assert "confusion.png" not in (place / "manifest.json").read_text(), "who edits it damages nothing"


def test_a_group_is_scored_by_unless_another_column_is_named() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "patient": rng.integers(0, 30, 300).astype(str)})
    frame["y"] = frame.x + rng.normal(0, 0.1, 300)
    model = deepen.train(frame, target="y", group="patient", epochs=2)
    (found,) = model.evaluation.subgroups
    assert (found.column, found.measure) == ("patient", "mae")
    assert sum(group.n for group in found.groups) == model.score.headline.n
    assert (model.evaluation.ordered, model.evaluation.reliability) == (None, None)
    worst = model.mistakes.worst
    assert abs(worst[0].error) == max(abs(mistake.error) for mistake in worst)
    assert worst[0].sure is None
    by_x = model.evaluate(frame, by="x").subgroups
    assert [len(each.groups) for each in by_x] == [4]
    assert [each.column for each in model.evaluate(frame).subgroups] == ["patient"]
    with pytest.raises(SettingError, match="--by: there is no column 'patiend'"):
        deepen.train(frame, target="y", by="patiend", epochs=2)
