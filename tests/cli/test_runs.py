"""What ``deepen train`` was asked, kept beside its result to be: written, refused, taken up from anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deepen.cli.runs import begin, check_place, place_of, refusing, resume, run_folder
from deepen.errors import FolderError, SettingError


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("a,y\n1,2\n")
    return {
        "source": "data.csv", "test": None, "valid": "more/valid.csv", "from": None, "unlabelled": "rows",
        "out": "models/first", "options": {"steps": 3}, "replace": False, "quiet": False, "mistakes": "wrong.png",
        "plot": None, "pictures": True,
    }  # fmt: skip


def again(place, **more):
    return {"resume": str(place), "quiet": True, "mistakes": None, "plot": None, "pictures": None, **more}


def test_what_was_asked_is_taken_up_from_another_place_too(job, tmp_path, monkeypatch):
    given, run = begin(job, first=True)
    assert (given, run) == (job, Path("models/first.run"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for place in ("../models/first", "../models/first.run"):
        kept, found = resume(again(place, plot="fan.png"))
        assert found == Path("../models/first.run")
        named = {n: kept[n] and Path(kept[n]).resolve() for n in ("source", "valid", "out", "test", "from")}
        assert named == {
            "source": tmp_path / "data.csv", "valid": tmp_path / "more/valid.csv", "out": tmp_path / "models/first",
            "test": None, "from": None,
        }  # fmt: skip
        assert kept["unlabelled"] == "rows" and kept["options"] == {"steps": 3}
        # How it is shown is asked anew; what shall be drawn stays, if nothing else is asked.
        assert (kept["quiet"], kept["mistakes"], kept["plot"], kept["pictures"]) == (
            True,
            "wrong.png",
            "fan.png",
            True,
        )


def test_the_folder_may_move_with_its_data(job, tmp_path, monkeypatch):
    begin(job, first=True)
    (tmp_path / "moved").mkdir()
    for name in ("models", "data.csv"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    kept, _ = resume(again("moved/models/first"))
    assert Path(kept["source"]).resolve() == tmp_path / "moved" / "data.csv"


def test_only_the_first_process_keeps_it(job):
    begin(job, first=False)
    assert not run_folder(Path(job["out"])).exists()


def test_wrong_options_leave_nothing(job):
    with pytest.raises(SettingError, match="minutes, epochs and steps exclude"):
        begin({**job, "options": {"steps": 3, "epochs": 2}}, first=True)
    assert not Path("models").exists()


def test_an_interrupted_run_is_not_written_over_unless_that_is_asked(job):
    _, run = begin(job, first=True)
    (run / "old").write_text("")
    with pytest.raises(
        FolderError, match="an interrupted run stands there.*deepen train --resume models/first"
    ):
        begin(job, first=True)
    begin({**job, "replace": True}, first=True)
    assert [p.name for p in run.iterdir()] == ["run.json"]


def test_a_run_that_was_refused_is_forgotten_unless_it_learned_something(job):
    _, run = begin(job, first=True)
    with pytest.raises(FolderError), refusing(run, new=True):
        raise FolderError("refused", where=run)
    assert not run.exists()
    begin(job, first=True)
    (run / "checkpoints-2" / "step").mkdir(parents=True)
    with pytest.raises(FolderError), refusing(run, new=True):
        raise FolderError("refused", where=run)
    assert (run / "run.json").is_file()


def test_a_source_that_is_not_there_makes_no_folder(job):
    begin({**job, "source": "nothing.csv"}, first=True)
    assert not run_folder(Path(job["out"])).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{}",
        '{"source": 5, "test": null, "valid": null, "out": "x", "options": {}}',
        '{"a": 1,',
    ],
)
def test_what_was_not_written_by_deepen_train_is_one_message(job, text):
    _, run = begin(job, first=True)
    (run / "run.json").write_text(text)
    with pytest.raises(FolderError, match=r"run\.json: is (damaged|not what deepen train writes)"):
        resume(again(job["out"]))


def test_there_may_be_none(job):
    with pytest.raises(FolderError, match="there is no interrupted run.*deepen train SOURCE"):
        resume(again("models/first"))


def test_a_model_in_the_way_is_replaced_only_where_that_is_asked(tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    (place / "letter.txt").write_text("dear")
    for replace in (False, True):  # what deepen did not write it never replaces
        with pytest.raises(FolderError, match="stands in the way"):
            check_place(place, replace=replace)
    (place / "manifest.json").write_text(json.dumps({}))
    with pytest.raises(FolderError, match="holds a model already.*--replace"):
        check_place(place, replace=False)
    check_place(place, replace=True)


def test_a_model_of_a_run_that_can_go_on_is_not_in_the_way(tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    (place / "manifest.json").write_text(json.dumps({}))
    with pytest.raises(FolderError, match="holds a model already"):
        place_of(place, replace=False)
    run = run_folder(place)
    (run / "checkpoints").mkdir(parents=True)
    assert place_of(place, replace=False) == run and (run / "checkpoints").is_dir()
    assert place_of(place, replace=True) == run and not run.exists()
