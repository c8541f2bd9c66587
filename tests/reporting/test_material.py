import json
import shutil

import pytest

import deepen
from deepen.compute import folders
from deepen.errors import FolderError
from deepen.evaluation import FILE
from deepen.reporting.material import Material
from deepen.reporting.page import render

from .conftest import HOSTILE, model, score


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    x = [[float(n), float(n % 3)] for n in range(60)]
    made = deepen.train(x, ["a" if n % 2 else "b" for n in range(60)], steps=2, size="tiny")
    return made, made.save(tmp_path_factory.mktemp("kept") / "x-model")


def test_a_model_and_its_folder_make_the_same_page(trained, tmp_path):
    made, folder = trained
    pages = [
        deepen.report(given, tmp_path / "page.html").read_text()
        for given in (made, folder, deepen.load(folder))
    ]
    assert pages[0] == pages[1] == pages[2]
    assert 'id="data"' in pages[0] and "Training examples of 2 classes" in pages[0]


def test_a_folder_of_an_older_version_is_shown_without_what_it_lacks(trained, tmp_path):
    _, folder = trained
    old = tmp_path / "old-model"
    data = folders.read_json(folder / "model.json")
    del data["counts"]
    with folders.staged(old, kind="model") as stage:
        shutil.copy(folder / "weights.safetensors", stage)
        folders.write_json(stage / "model.json", data)
    page = render(Material.of_folder(old))
    assert "the folder keeps none" in page and "Training examples of" not in page
    assert deepen.load(old).counts == {} and deepen.load(old).evaluation is None


def test_a_folder_whose_evaluation_is_of_another_make_is_refused(trained, tmp_path):
    for k, wrong in enumerate(
        ([1], {"measures": {}}, {**folders.read_json(trained[1] / FILE), "mistakes": {"worst": 3}})
    ):
        with folders.staged(tmp_path / f"{k}", kind="model") as stage:
            folders.write_json(stage / "model.json", {})
            folders.write_json(stage / FILE, wrong)
        with pytest.raises(FolderError, match="is damaged"):
            Material.of_folder(tmp_path / f"{k}")


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(FolderError, match="no such folder"):
        Material.of_folder(tmp_path / "none")
    with folders.staged(tmp_path / "other", kind="cache") as stage:
        folders.write_json(stage / "model.json", {})
    with pytest.raises(FolderError, match="holds a cache, not a model"):
        Material.of_folder(tmp_path / "other")
    with folders.staged(tmp_path / "list", kind="model") as stage:
        folders.write_json(stage / "model.json", [])
    with pytest.raises(FolderError, match="describes no model"):
        Material.of_folder(tmp_path / "list")


def test_a_study_and_what_was_seen_are_read(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "seen").mkdir()
    (tmp_path / "secret.png").write_bytes(b"not of this folder")
    (tmp_path / "study" / "study.json").write_text(json.dumps({"advice": ["more data"]}))
    (tmp_path / "seen" / "a.png").write_bytes(b"a")
    pictures = {"a.png": "a", "gone.png": "b", "../secret.png": "c"}
    (tmp_path / "seen" / "seeing.json").write_text(json.dumps({"pictures": pictures}))
    (tmp_path / "checked").mkdir()
    (tmp_path / "checked" / "findings.json").write_text(json.dumps({"found": []}))
    found = Material().with_folders(
        study=tmp_path / "study", seen=tmp_path / "seen", checked=tmp_path / "checked"
    )
    assert found.checked == {"found": []}
    assert found.study["advice"] == ["more data"] and found.seen_pictures == {"a.png": b"a"}
    with pytest.raises(FolderError, match="does not hold a study.*deepen study"):
        Material().with_folders(study=tmp_path / "seen")
    with pytest.raises(FolderError, match="does not hold what was seen.*deepen see"):
        Material().with_folders(seen=tmp_path / "study")
    with pytest.raises(FolderError, match=r"does not hold what was found in data.*deepen check"):
        Material().with_folders(checked=tmp_path / "study")


def test_scores_of_a_newer_version_are_read_as_far_as_they_are_known():
    data = score().to_dict()
    data["measures"]["accuracy"]["paired"] = 3
    found = Material(model={"scores": {"test": data, "empty": {"measures": {}}}})
    assert found.score.headline.name == "accuracy" and list(found.scores) == ["test"]
    assert found.score.labels == HOSTILE


def test_it_says_what_was_learned_from_what():
    found = Material(model=model())
    assert found.targets == (HOSTILE[0],) and found.task == "many classes" and found.source == HOSTILE[1]
    assert found.beside("accuracy")["linear"].value == 0.8 and "test" not in found.beside("accuracy")
    assert Material(model={"form": "forecast", "columns": {"targets": ["sales"]}}).targets == ("sales",)
