"""The verbs, from many kinds of source to a model that answers."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import soundfile
import torch
from PIL import Image
from sklearn.datasets import load_digits, load_iris
from torch import nn

import deepen
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.errors import DataError, SettingError, Stopped
from deepen.nets.stack import Stack
from deepen.shapes import Sequence


class Heard:
    """A watch that remembers."""

    def __init__(self, act=None) -> None:
        self.notes: list[str] = []
        self.stages: list[str] = []
        self.steps: list[int] = []
        self._act = act

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        self.stages.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def understood(self, schema, rows: int) -> None:
        self.schema = schema

    def progress(self, now) -> None:
        self.steps.append(now.step)
        if self._act:
            self._act(now)


def test_a_folder_of_pictures(photos: Path) -> None:
    model = deepen.train(photos, epochs=20, size="tiny")
    assert model.score["accuracy"].value >= 0.75
    one = photos / "lying" / "00.png"
    assert model.predict([str(one)]).values == ("lying",)
    assert len(model.predict(photos)) == 40


def test_an_archive_learns_as_its_folder_does(photos: Path, tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(photos.rglob("*.png")):
            out.write(path, path.relative_to(photos.parent))
    one, other = (deepen.train(source, epochs=3) for source in (photos, archive))
    assert str(one.score) == str(other.score)


def test_a_second_run_recalls_what_follows_from_the_data_alone(
    photos: Path, tmp_path: Path, monkeypatch
) -> None:
    cache = Cache(tmp_path / "cache")
    first = deepen.train(photos, epochs=1, cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr("deepen.evidence.baseline.ridge", lambda *_: pytest.fail("it was worked out again"))
        patch.setattr(
            "deepen.training.examples.keeps_meaning", lambda *_: pytest.fail("it was worked out again")
        )
        again = deepen.train(photos, epochs=1, cache=cache)
    assert again.scores == first.scores
    assert deepen.train(photos, epochs=1, cache=cache, seed=1).scores["linear"] != first.scores["linear"]
    (photos / "lying" / "00.png").write_bytes((photos / "standing" / "00.png").read_bytes())
    asked = []
    monkeypatch.setattr(
        "deepen.training.examples.keeps_meaning", lambda *given: bool(asked.append(given)) or False
    )
    deepen.train(photos, epochs=1, cache=cache)
    assert asked, "a picture has changed, so all that follows from it is worked out anew"


@pytest.mark.parametrize(("valid", "rows"), [(0, 150), (0.2, 120)])
def test_without_a_test_part_all_rows_are_for_training(valid: float, rows: int, tmp_path: Path) -> None:
    heard = Heard()
    model = deepen.train(
        *load_iris(return_X_y=True), epochs=40, size="tiny", test_share=0, valid_share=valid, watch=heard
    )
    (split,) = [note for note in heard.notes if note.startswith("split")]
    assert f"{rows} rows to train, {150 - rows} to validate, 0 to test" in split
    assert "a linear model first" not in heard.stages
    assert dict(model.scores) == {}
    assert (model.temperature == 1) == (valid == 0)
    with pytest.raises(SettingError, match=r"no test part was held out.*model.evaluate"):
        model.score  # noqa: B018
    assert model.evaluate(*load_iris(return_X_y=True)).headline.value > 0.9
    again = deepen.load(model.save(tmp_path / "model"))
    assert (
        again.history == model.history
        and again.history.moments[-1].step == model.history.moments[-1].step > 0
    )
    assert "How good it is" in (tmp_path / "model" / "README.md").read_text()


def test_without_a_validation_part_the_average_of_the_last_weights_is_kept() -> None:
    x, y = load_iris(return_X_y=True)
    options = {"steps": 40, "rate": 0.01, "size": "tiny", "test_share": 0}
    model = deepen.train(x, y, **options, valid_share=0)
    assert [dict(m.valid) for m in model.history.moments] == [{}] * len(model.history.moments)
    assert model.history.ended == "complete"
    again = deepen.train(x, y, **options, valid_share=0)
    assert np.array_equal(model.raw(x), again.raw(x))
    # From 2,000 rows on the best weights by the validation part are kept, where there is one.
    many = deepen.train(np.tile(x, (14, 1)), np.tile(y, 14), **options, valid_share=0)
    assert many.history.moments[-1].step == 40


def test_an_infinity_of_minutes_is_as_long_as_the_recipe_wants() -> None:
    x, y = (each[::5] for each in load_iris(return_X_y=True))
    heard = Heard()
    model = deepen.train(x, y, minutes=float("inf"), size="tiny", watch=heard)
    assert model.history.moments[-1].step == 84  # passes over thirty rows, which one batch holds
    assert not [note for note in heard.notes if "clock" in note]
    assert np.array_equal(model.raw(x), deepen.train(x, y, minutes=float("inf"), size="tiny").raw(x))


def test_classes_count_as_they_are_weighed() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.where(y == 1, "one", "other")
    plain, much = (
        deepen.train(x[:, :1], names, steps=40, size="tiny", class_weights=weights) for weights in (None, {"one": 50})
    )  # fmt: skip
    share = [np.mean([v == "one" for v in model.predict(x[:, :1]).values]) for model in (plain, much)]
    assert share[0] < 0.6 and share[1] > 0.9
    with pytest.raises(SettingError, match="no class 'ohne'. Did you mean 'one'"):
        deepen.train(x, names, steps=1, class_weights={"ohne": 2})
    with pytest.raises(SettingError, match="alike or by their weights, not both"):
        deepen.train(x, names, steps=1, class_weights={"one": 2}, balance=True)
    with pytest.raises(SettingError, match="class_weights, 'one': out of range"):
        deepen.train(x, names, steps=1, class_weights={"one": -1})


def test_tasks_that_need_all_parts_say_so(sales: Path) -> None:
    with pytest.raises(SettingError, match="'forecast' needs a test and a validation part"):
        deepen.train(sales, forecast="sales", horizon=4, group="store", epochs=1, test_share=0)
    with pytest.raises(SettingError, match="'forecast' needs a budget that ends"):
        deepen.train(sales, forecast="sales", horizon=4, group="store", minutes=float("inf"))


def test_a_table_that_was_read_before(patients: Path) -> None:
    from deepen.data import sources

    table = sources.read(patients)
    model = deepen.train(table, target="outcome", steps=2)
    assert np.array_equal(model.raw(table), model.raw(patients))


def test_a_table_says_what_it_understood(patients: Path) -> None:
    heard = Heard()
    model = deepen.train(patients, target="outcome", epochs=20, watch=heard)
    roles = {c.name: c.role for c in heard.schema.columns}
    assert roles == {"id": "left out", "age": "input", "smoker": "input", "zip": "input", "outcome": "target"}
    assert model.score["accuracy"].value > 0.8
    assert model.scores["majority"].headline.value < model.score.headline.value
    assert model.predict({"age": 85, "smoker": "yes", "zip": "00001"})[0] == "ill"


def test_arrays_tensors_and_frames_learn_alike() -> None:
    X, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(X, columns=[f"x{i + 1}" for i in range(4)]).assign(target=y)
    sources = [
        (X, y),
        (torch.from_numpy(X), torch.from_numpy(y)),
        (frame, None),
        (pl.from_pandas(frame), None),
    ]
    scores = {
        str(deepen.train(*given, epochs=5, target="target" if given[1] is None else None).score)
        for given in sources
    }
    assert len(scores) == 1


def test_a_number_is_learned_in_its_own_units() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = 1000 + 200 * X[:, 0] - 100 * X[:, 1] + rng.normal(0, 5, 400)
    model = deepen.train(X, y, epochs=20)
    assert model.schema.task == "number"
    assert model.score["r2"].value > 0.95
    assert abs(np.mean(model.predict(X).values) - y.mean()) < 30


def test_several_labels_at_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        (a, b, "|".join(n for n, v in (("hot", a), ("wet", b)) if v > 0))
        for a, b in rng.normal(size=(300, 2))
    ]
    pd.DataFrame(rows, columns=["a", "b", "weather"]).to_csv(tmp_path / "w.csv", index=False)
    # A row without labels is an empty cell: it has none.
    model = deepen.train(tmp_path / "w.csv", target="weather", kinds={"weather": "labels"}, epochs=15)
    assert model.schema.task == "several labels"
    assert model.predict([{"a": 2.0, "b": 2.0}])[0] == ("hot", "wet")


def test_pictures_beside_numbers_and_names_in_one_net(photos: Path) -> None:
    rng = np.random.default_rng(0)
    files = sorted(photos.rglob("*.png"))
    rows = [
        (f.relative_to(photos).as_posix(), rng.normal(), rng.choice(["a", "b"]), f.parent.name) for f in files
    ]
    pd.DataFrame(rows, columns=["file", "x", "group", "label"]).to_csv(photos / "table.csv", index=False)
    model = deepen.train(photos / "table.csv", target="label", epochs=15, size="tiny")
    assert set(model.preparation.shapes) == {"numbers", "codes", "image file"}
    assert model.score["accuracy"].value >= 0.6


def test_a_module_of_ones_own(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    torch.manual_seed(0)
    mine = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    model = deepen.train(X, y, net=mine, epochs=100)
    assert model.score["accuracy"].value > 0.8
    model.save(tmp_path / "m")
    with pytest.raises(deepen.DeepenError, match="module of the user's own"):
        deepen.load(tmp_path / "m")
    again = deepen.load(tmp_path / "m", net=nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)))
    assert again.predict(X).values == model.predict(X).values
    with pytest.raises(SettingError, match="not a torch.nn.Module"):
        deepen.train(X, y, net="resnet", epochs=1)  # type: ignore[arg-type]
    with pytest.raises(deepen.DeepenError, match="does not fit the target"):
        deepen.train(X, y, net=nn.Sequential(nn.Linear(4, 3), nn.Unflatten(1, (3, 1, 1))), epochs=1)


def test_the_same_seed_gives_the_same_weights_and_another_another() -> None:
    X, y = load_iris(return_X_y=True)
    a, b, c = (deepen.train(X, y, epochs=3, seed=seed) for seed in (1, 1, 2))
    weights = [torch.cat([p.flatten() for p in m.net.parameters()]) for m in (a, b, c)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    digits = load_digits()
    X, y = digits.images[:400].astype(np.uint8) * 15, digits.target[:400]
    whole = deepen.train(X, y, epochs=4, checkpoints=tmp_path / "a")
    stop = StopFlag()
    heard = Heard(lambda now: stop.set("a test") if now.step >= 7 else None)
    part = deepen.train(X, y, epochs=4, checkpoints=tmp_path / "b", watch=heard, stop=stop)
    assert part.history.ended == "stopped by a test"
    assert part.score["accuracy"].n == whole.score["accuracy"].n
    rest = deepen.train(X, y, epochs=4, checkpoints=tmp_path / "b")
    for (name, one), (_, other) in zip(
        whole.net.state_dict().items(), rest.net.state_dict().items(), strict=True
    ):
        assert torch.equal(one, other), name


def test_the_clock_is_kept() -> None:
    digits = load_digits()
    began = time.monotonic()
    model = deepen.train(digits.images.astype(np.uint8) * 15, digits.target, minutes=0.1)
    # 3 s over are allowed, and as much again for a machine that does other things too.
    assert 3 < time.monotonic() - began < 6 + 6
    assert model.score["accuracy"].value > 0.5


def test_stopped_before_there_is_a_model(patients: Path) -> None:
    stop = StopFlag()
    stop.set("a test")
    with pytest.raises(Stopped, match="stopped by a test while reading"):
        deepen.train(patients, target="outcome", epochs=1, stop=stop)


def test_given_test_data_are_the_test_part_and_never_learned(patients: Path) -> None:
    frame = pd.read_csv(patients, dtype={"zip": str}).assign(weight=lambda f: 50 + f.id / 7)
    model = deepen.train(frame[:200], test=frame[200:], target="outcome", epochs=3)
    assert model.score["accuracy"].n == 40
    spoilt = frame[200:].assign(age=10**6)
    again = deepen.train(frame[:200], test=spoilt, target="outcome", epochs=3)
    assert model.preparation == again.preparation


def test_a_class_of_the_test_part_alone_is_refused(patients: Path) -> None:
    frame = pd.read_csv(patients)
    strange = frame[200:].assign(outcome="cured")
    with pytest.raises(DataError, match="stand in the test part only.*'cured'"):
        deepen.train(frame[:200], test=strange, target="outcome", epochs=1)


def test_groups_and_times_split(patients: Path) -> None:
    own = {"weight": lambda f: 50 + f.id**0.5, "doctor": lambda f: f.id % 12, "day": lambda f: 1000 - f.id}
    frame = pd.read_csv(patients).assign(**own)
    heard = Heard()
    deepen.train(frame, target="outcome", group="doctor", epochs=1, watch=heard)
    assert any(note.startswith("split by group") for note in heard.notes)
    deepen.train(frame, target="outcome", time="day", epochs=1, watch=heard)
    assert any(note.startswith("split by time") for note in heard.notes)


def test_labels_and_groups_out_of_names(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    for path in photos.rglob("*.png"):
        number = int(path.stem)
        path.rename(tmp_path / "flat" / f"{path.parent.name}_{number % 5}_{number}.png")
    model = deepen.train(
        tmp_path / "flat", label_from="name:0:_", group_from="name:1:_", epochs=1, size="tiny"
    )
    assert model.preparation.labels == ("lying", "standing")
    assert model.schema.column("group") == "group"
    assert any("split by group" in note for note in model.notes)
    assert model.evaluate(tmp_path / "flat", label_from="name:0:_").headline.n == 40
    with pytest.raises(DataError, match="no target column 'label'"):
        model.evaluate(tmp_path / "flat")


def test_digits_in_names_are_classes(tmp_path: Path) -> None:
    for number in range(30):
        Image.fromarray(np.full((8, 8), 8 * number, np.uint8)).save(tmp_path / f"{number // 3}_{number}.png")
    model = deepen.train(tmp_path, label_from="name:0:_", epochs=1, size="tiny")
    assert model.preparation.labels == tuple("0123456789")


def test_recordings_by_a_module_of_ones_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(40):
        tone = 0.3 * np.sin(2 * np.pi * (300, 1500)[number % 2] * np.arange(rng.integers(800, 2400)) / 8000)
        soundfile.write(tmp_path / f"{('low', 'high')[number % 2]}-{number}.wav", tone, 8000)
    (tmp_path / "low-99.wav").write_bytes(b"no recording")
    mine = deepen.nets.SpectrogramCNN(Sequence(41, 30, ragged=True), 2, size="tiny")
    model = deepen.train(tmp_path, label_from="name:0:-", epochs=4, net=mine, rate=0.01, batch=8)
    assert "left out, as it cannot be read: low-99.wav: not a recording in any known format" in model.notes
    assert any("recordings in 'audio': 8,000 Hz" in note for note in model.notes)
    (tmp_path / "low-99.wav").unlink()
    few = [str(tmp_path / f"{name}.wav") for name in ("low-0", "high-1")]
    model.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model", net=mine)
    assert np.allclose(again.predict(few).probabilities, model.predict(few).probabilities, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": 0}, "minutes: out of range; allowed: above 0"),
        ({"minutes": -1}, "came: -1"),
        ({"minutes": 1, "epochs": 1}, "exclude one another"),
        ({"minuts": 1}, "'minuts' is not a setting of Options. Did you mean 'minutes'"),
        ({"target": "outcom"}, "Did you mean 'outcome'"),
        ({"size": "smal"}, "Did you mean 'small'"),
        ({"kinds": {"zip": "kategory"}}, "Did you mean 'category'"),
        ({"drop": "id"}, "a list of names is needed"),
        ({"device": "cudda"}, "no such device"),
        ({"batch": 0}, "--batch: out of range"),
        ({"drop": ["outcome"], "target": "outcome"}, "both the target and left out"),
        ({"label_from": "name:0"}, "--label-from: not a form of names"),
        ({"label_from": "name:0:_"}, "no column holds names of files"),
        ({"label_from": "name:0:_", "target": "outcome"}, "--label-from, --target"),
        ({"group_from": "folder:0", "group": "zip"}, "--group-from, --group"),
        ({"group_from": "folder:0", "time": "age"}, "--group-from, --time"),
        ({"kinds": {"smoker": "number"}}, "not a number; came: '"),
    ],
)
def test_wrong_options_are_refused_with_one_message(patients: Path, options: dict, message: str) -> None:
    with pytest.raises(deepen.DeepenError, match=message):
        deepen.train(patients, **{"epochs": 1, **options} if "minutes" not in options else options)


@pytest.mark.data
@pytest.mark.parametrize("name", ["iris", "wine", "abalone", "breast-cancer", "sonar", "housing"])
def test_real_tables_learn_something(data_folder: Path, name: str) -> None:
    model = deepen.train(data_folder / "tables" / f"{name}.csv", steps=150)
    measure = "r2" if model.schema.task == "number" else "auc"
    assert model.score[measure].value > model.scores["majority"][measure].value + 0.1


def test_a_module_that_reads_inputs_as_given_gets_pixels_from_0_to_1() -> None:
    data = load_digits()
    net = Stack([64, 16], 10)
    seen: list[Any] = []
    net.register_forward_pre_hook(lambda _net, given: None if given[0].is_meta else seen.append(given[0]))
    deepen.train((data.images / 16).astype("float32"), data.target, net=net, steps=5, shallow_share=0)
    assert {tuple(x.shape[1:]) for x in seen} == {(1, 8, 8)}
    assert min(float(x.min()) for x in seen) == 0
    assert max(float(x.max()) for x in seen) == 1


@pytest.mark.parametrize(("rank", "asked"), [("0", True), ("1", False)])
def test_of_several_processes_the_first_alone_tries_the_folder(rank, asked, patients, tmp_path, monkeypatch):
    # Another one's trial file may be cleared away under its hands, with what an earlier run has left.
    tried = []
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setattr("deepen.verbs.train.check_writable", tried.append)
    deepen.train(
        patients, target="outcome", steps=2, shallow_share=0, checkpoints=tmp_path / "run", test_share=0
    )
    assert bool(tried) == asked
