"""Texts without labels: a language model, and what begins with it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError
from deepen.language.learn import LanguageStep
from deepen.language.model import Writer
from deepen.model import Model
from deepen.nets.bodies import stacked
from deepen.pretraining.features.model import Features

QUICK = {"epochs": 1, "settings": {"size": "tiny"}}
NUMBERS = np.random.default_rng(0).normal(size=40)
FEW = {"epochs": 2, "shallow_share": 0, "valid_share": 0}


def reviews(rows=120, seed=0):
    """Texts of good and of bad, and which they are."""
    rng = np.random.default_rng(seed)
    words = [["good", "fine", "glad", "warm"], ["bad", "poor", "sad", "cold"]]
    y = np.arange(rows) % 2
    texts = [f"it was {' and '.join(rng.choice(words[k], 2 + n % 3))} on day {n}" for n, k in enumerate(y)]
    return texts, np.array(["down", "up"])[1 - y]


@pytest.fixture(scope="module")
def writer():
    return deepen.pretrain({"note": reviews()[0]}, **QUICK)


def test_of_texts_a_language_model_is_learned_by_default(writer) -> None:
    assert isinstance(writer, Writer)
    assert (writer.column, writer.net_plan.width) == ("note", 64)
    assert set(writer.scores) == {"test", "net alone", "n-gram"}
    assert "the net alone, which --from goes on with, has" in writer.notes[-1]
    assert isinstance(deepen.pretrain({"a": NUMBERS, "b": NUMBERS**2}, epochs=1), Features)


def test_from_some_length_on_it_reads_pieces_unless_characters_are_asked_for(writer, monkeypatch) -> None:
    assert writer.tokeniser.unit == "characters"
    monkeypatch.setattr("deepen.verbs.pretrain._ENOUGH", 1000)
    told, table = {"size": "tiny", "unit": "characters"}, {"note": reviews()[0]}
    assert deepen.pretrain(table, **QUICK).tokeniser.unit == "pieces"
    assert deepen.pretrain(table, **{**QUICK, "settings": told}).tokeniser.unit == "characters"


def test_a_file_a_folder_and_lines_of_json_are_read(tmp_path) -> None:
    texts, y = reviews()
    (tmp_path / "one.txt").write_text("\n".join(texts))
    (tmp_path / "many").mkdir()
    for n in range(4):
        (tmp_path / "many" / f"{n}.txt").write_text("\n".join(texts[30 * n : 30 * n + 30]))
    rows = [{"id": n, "review": text} for n, text in enumerate(texts)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "labelled.txt").write_text(
        "\n".join(f"{label} {text}" for label, text in zip(y, texts, strict=True))
    )
    found = {
        p: deepen.pretrain(tmp_path / p, **QUICK) for p in ("one.txt", "many", "rows.jsonl", "labelled.txt")
    }
    columns = {"one.txt": "text", "many": "text", "rows.jsonl": "review", "labelled.txt": "text"}
    assert {p: model.column for p, model in found.items()} == columns


def test_the_label_is_not_looked_at_and_other_columns_are_not_read() -> None:
    texts, y = reviews()
    table = {"age": np.random.default_rng(0).normal(size=len(y)), "note": texts, "label": y}
    found = deepen.pretrain(table, **QUICK)
    assert found.column == "note"
    assert any("not read by it: age; machines would" in note for note in found.notes)
    with pytest.raises(DataError, match="several columns of texts.*'more', 'note'.*--input more"):
        deepen.pretrain({"more": texts[::-1], **table}, **QUICK)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layers": [20]}, "--layers: belongs to a machine, and machines read no texts"),
        ({"settings": {"k": 3}}, "--set k: belongs to a machine"),
        ({"method": "language", "layers": [20]}, "--layers: belongs to a machine.*size=small"),
        ({"method": "language", "settings": {"units": "bytes"}}, "'units' is not a setting.*'unit'"),
        ({"settings": {"unit": "words"}}, "--set unit: 'words' is not known; allowed: characters, bytes, pieces"),
        ({"settings": {"size": "vast"}}, "vast"),
        ({"method": "languages"}, "--method: 'languages' is not known.*'language'"),
        ({"method": "rbm"}, "text"),
        ({"group": "note"}, "--group"),
        ({"test_share": 0}, "--test-share: a language model needs"),
        ({"steps": 3, "epochs": None}, "the budget is in minutes or epochs"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_texts_is_refused(options, said) -> None:
    table = {"note": reviews()[0]} | ({"group": np.arange(120) // 9} if "group" in options else {})
    options = {**options, "group": "group"} if "group" in options else options
    with pytest.raises(SettingError, match=said):
        deepen.pretrain(table, **{"epochs": 1, **options})


def test_a_language_needs_texts() -> None:
    with pytest.raises(DataError, match="no column of texts.*'a' .number.*--kind NAME=text"):
        deepen.pretrain({"a": NUMBERS}, method="language", epochs=1)


def test_an_interrupted_run_goes_on_to_the_same_end_if_it_is_asked_the_same(tmp_path, monkeypatch) -> None:
    table, options = {"note": reviews()[0]}, {**QUICK, "epochs": 4}
    whole = deepen.pretrain(table, **options)
    stop, steps, one = StopFlag(), [], LanguageStep.__call__

    def counted(self, net, window):
        steps.append(1)
        if len(steps) == 3:
            stop.set("a test")
        return one(self, net, window)

    with monkeypatch.context() as patch:
        patch.setattr(LanguageStep, "__call__", counted)
        part = deepen.pretrain(table, **options, checkpoints=tmp_path, stop=stop)
    assert part.history.ended == "stopped by a test"
    with pytest.raises(SettingError, match="asked something else.*size: tiny.*small"):
        deepen.pretrain(table, epochs=4, settings={"size": "small"}, checkpoints=tmp_path)
    with pytest.raises(SettingError, match="asked something else"):
        deepen.pretrain(table, **{**options, "seed": 1}, checkpoints=tmp_path)
    rest = deepen.pretrain(table, **options, checkpoints=tmp_path)
    assert any("going on after step 3" in note for note in rest.notes)
    for (name, one_), (_, two) in zip(
        whole.net.state_dict().items(), rest.net.state_dict().items(), strict=True
    ):
        assert torch.equal(one_, two), name


def test_features_of_texts_are_what_a_training_begins_with(writer, tmp_path) -> None:
    texts, y = reviews(40, seed=1)
    codes = writer.encode({"other": texts})
    assert codes.shape == (40, 3 * 64)
    held = deepen.train({"other": texts}, y, from_=writer.save(tmp_path / "writer"), freeze="all", **FEW)
    np.testing.assert_allclose(held.activations({"other": texts}), codes, atol=1e-5)
    assert held.preparation.inputs["other"].tokeniser == writer.tokeniser
    assert held.preparation.inputs["other"].longest == max(len(text) for text in texts)
    back = deepen.load(held.save(tmp_path / "model"))
    np.testing.assert_array_equal(back.raw({"other": texts}), held.raw({"other": texts}))
    again = deepen.train({"other": texts}, y, from_=back, freeze="all", **FEW)
    np.testing.assert_allclose(again.activations({"other": texts}), codes, atol=1e-5)


def test_levels_are_held_and_learn_at_rates_of_their_own(writer) -> None:
    texts, y = reviews(40, seed=1)
    old = writer.net.state_dict()
    model = deepen.train({"note": texts}, y, from_=writer, freeze=1, **FEW)
    assert isinstance(model, Model)
    moved = {
        name for name, w in model.net.state_dict().items()
        if "head" not in name and not w.equal(old[name.removeprefix("readers.0.")])
    }  # fmt: skip
    embedding, layer = stacked(model.net, model.preparation.shapes)["text note"]  # type: ignore[arg-type]
    assert moved == set(layer) and embedding == ["readers.0.embedding.weight"]
    slow = deepen.train({"note": texts}, y, from_=writer, level_rate=1e-6, **FEW)
    np.testing.assert_allclose(slow.activations({"note": texts}), writer.encode({"note": texts}), atol=1e-3)
    free = deepen.train({"note": texts}, y, from_=writer, **FEW)
    assert np.abs(free.activations({"note": texts}) - writer.encode({"note": texts})).max() > 1e-2


def test_other_columns_stand_beside_the_texts(writer) -> None:
    texts, y = reviews(40, seed=1)
    table = {"age": np.random.default_rng(0).normal(size=40), "note": texts}
    model = deepen.train(table, y, from_=writer, freeze="all", **FEW)
    assert set(model.preparation.inputs) == {"note", "age"}
    old = writer.net.state_dict()["embedding.weight"]
    assert model.net.state_dict()["readers.0.embedding.weight"].equal(old)


def test_a_training_from_it_resumed_is_the_uninterrupted_one(writer, tmp_path) -> None:
    texts, y = reviews(60, seed=1)
    options = {**FEW, "epochs": 4, "from_": writer, "level_rate": 0.5, "from_nothing_share": 0}
    whole = deepen.train({"note": texts}, y, **options)
    stop = StopFlag()

    class Watching:
        def stage(self, *_):
            pass

        note = understood = stage

        def progress(self, now):
            if now.step >= 1:
                stop.set("a test")

    part = deepen.train({"note": texts}, y, checkpoints=tmp_path, watch=Watching(), stop=stop, **options)
    assert part.history.ended == "stopped by a test"
    rest = deepen.train({"note": texts}, y, checkpoints=tmp_path, **options)
    for name, weights in rest.net.state_dict().items():
        assert weights.equal(whole.net.state_dict()[name]), name


def test_what_it_has_learned_can_be_seen_where_a_head_stands_on_it(writer, tmp_path) -> None:
    texts, y = reviews(40, seed=1)
    model = deepen.train({"note": texts}, y, from_=writer, **FEW)
    seen = deepen.see(model, {"note": texts}, y, to=tmp_path / "seen", rows=30, examples=1)
    assert len(seen.levels) == len(model.levels()) and (tmp_path / "seen" / "README.md").is_file()
    with pytest.raises(SettingError, match="only nets for classes"):
        deepen.see(writer)
