"""Seeing from end to end: every sort of input, with data and without, and what it refuses."""

from __future__ import annotations

import copy
import json
import re
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import deepen
from deepen.errors import DataError, FolderError, SettingError
from deepen.seeing import look, run, synthesis
from deepen.seeing.attribution import TOLERANCE, integrated_gradients


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "STEPS", 6)  # how far it leads is tested where it stands
    monkeypatch.setattr(look, "KEPT", 3)


def check_folder(folder, seen):
    """All pictures are there, each named with its words in the README and the JSON."""
    names = {p.name for p in folder.glob("*.png")}
    assert names == set(seen.pictures)
    readme, data = (folder / "README.md").read_text(), json.loads((folder / "seeing.json").read_text())
    assert set(re.findall(r"\]\(([\w-]+\.png)\)", readme)) == names
    assert data["pictures"] == dict(seen.pictures)
    assert [level["sentence"] for level in data["levels"]] == list(seen.sentences)
    assert "<b>" not in readme.replace("<br>", "")
    for name in names:
        with Image.open(folder / name) as picture:
            assert np.asarray(picture.convert("L")).std() > 1


def test_pictures(pictures, tmp_path):
    model, x, y = pictures
    seen = deepen.see(model, x, y, to=tmp_path / "seen", rows=60, units=3, examples=2)
    check_folder(tmp_path / "seen", seen)
    assert {
        "probes.png",
        "similarity.png",
        "map.png",
        "filters.png",
        "attribution.png",
        "level-1.png",
    } <= set(seen.pictures)
    assert seen.probed[0].levels[-1].value > 0.9
    assert all(abs(e.error) <= TOLERANCE for e in seen.explained)
    assert {e.truth for e in seen.explained} == {"0", "1"}
    again = deepen.see(model, x, y, rows=60, units=3, examples=2)
    assert str(again.to_dict()["levels"]) == str(seen.to_dict()["levels"])


def test_a_table_with_a_nuisance(table, tmp_path):
    model, frame = table
    seen = deepen.see(model, frame, to=tmp_path / "seen", units=3, examples=1, nuisance=["smoker"], rows=60)
    check_folder(tmp_path / "seen", seen)
    assert [p.name for p in seen.probed] == ["outcome", "smoker"]
    assert not seen.synthesised
    assert all(abs(e.error) <= TOLERANCE for e in seen.explained)


def test_texts(texts, tmp_path):
    model, frame = texts
    seen = deepen.see(model, frame, to=tmp_path / "seen", units=3, examples=2, rows=60)
    check_folder(tmp_path / "seen", seen)
    assert "| unit | excited most by" in (tmp_path / "seen" / "README.md").read_text()
    one = seen.explained[0]
    kind = model.preparation.inputs["review"]
    words = [kind.tokeniser.decode([int(i)]) for i in one.inputs["text review"]]
    loudest = words[int(one.occlusion["text review"].argmax())]
    assert loudest in ("great", "awful")


def test_ragged_series(series, tmp_path):
    model, frame = series
    seen = deepen.see(model, frame, to=tmp_path / "seen", units=3, examples=1, rows=60)
    check_folder(tmp_path / "seen", seen)
    (name,) = seen.forms
    assert seen.synthesised["level 1"].shape[1:] == (model.preparation.shapes[name].n, 2)
    assert (seen.synthesised["level 1"][..., -1] == 1).all()


def test_without_data_what_needs_none_is_shown_and_the_rest_is_said(pictures, tmp_path):
    model, *_ = pictures
    model.save(tmp_path / "model")
    seen = deepen.see(tmp_path / "model", to=tmp_path / "seen", units=2)
    check_folder(tmp_path / "seen", seen)
    assert seen.rows == ()
    assert "no preferred inputs, probes" in seen.notes[0]
    assert set(seen.synthesised) == {level.name for level in seen.levels}


def test_a_users_own_module(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 5))
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2))
    model = deepen.train(x, (x[:, 0] > 0).astype(int), net=net, steps=3)
    seen = deepen.see(model, x, (x[:, 0] > 0).astype(int), units=2, examples=1)
    assert [level.units for level in seen.levels] == [8, 4]
    assert all(p.requires_grad for p in net.parameters())


def test_a_number_is_probed_by_its_r2(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 3))
    model = deepen.train(x, x @ [3.0, 0.0, -2.0], steps=30, size="tiny")
    seen = deepen.see(model, x, x @ [3.0, 0.0, -2.0], units=2, examples=1, rows=60, to=tmp_path / "seen")
    assert seen.probed[0].levels[-1].name == "r2"
    assert "R²" in seen.sentences[0]


def test_what_did_not_converge_and_what_rests_on_nothing_is_said(pictures, tmp_path, monkeypatch):
    model, x, y = pictures
    monkeypatch.setattr(run, "integrated_gradients", partial(integrated_gradients, most_steps=32))
    monkeypatch.setattr("deepen.seeing.seen.TOLERANCE", 1e-12)
    seen = deepen.see(model, x, y, rows=20, units=1, examples=2, to=tmp_path / "seen")
    assert not any(e.complete for e in seen.explained)
    assert any("miss the output's difference by" in note for note in seen.notes)
    assert "They did not converge for " in (tmp_path / "seen" / "README.md").read_text()
    dead = copy.deepcopy(model)
    for p in dead.net.parameters():
        torch.nn.init.zeros_(p)
    seen = deepen.see(dead, x, y, rows=20, units=1, examples=1)
    assert any("rests on nothing in it" in note for note in seen.notes)
    assert seen.map is None


def test_what_is_refused(table, pictures, tmp_path):
    model, frame = table
    with pytest.raises(DataError, match="nothing to see without data.*deepen see model/ data/"):
        deepen.see(model)
    with pytest.raises(SettingError, match="no data are given"):
        deepen.see(pictures[0], nuisance=["speaker"])
    with pytest.raises(SettingError, match="--rows: out of range"):
        deepen.see(model, frame, rows=1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(FolderError, match="deepen did not write it"):
        deepen.see(model, frame, units=2, examples=0, rows=20, to=tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_the_model_is_as_it_was(pictures):
    model, x, y = pictures
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    deepen.see(model, x, y, rows=40, units=2, examples=1)
    assert all(torch.equal(v, before[k]) for k, v in model.net.state_dict().items())
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in model.net.modules())
    assert not model.net.training
