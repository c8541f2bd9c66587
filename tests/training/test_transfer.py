"""A training that begins with what another one learned."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import soundfile
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.data.kinds import Audio, Category, Image, Number, Text
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.errors import DataError, FolderError, SettingError
from deepen.learning.pretrained import Pretrained
from deepen.learning.recipes import recipes_for
from deepen.learning.watch import Silent
from deepen.model import Model
from deepen.nets import Assembled, NetSettings
from deepen.nets.bodies import TABLE, bodies_of, stacked
from deepen.shapes import Tokens, Vector
from deepen.training.options import Options
from deepen.training.transfer import Match, begun, lengthened, match, rates, recipe_for

W = {"w": torch.zeros(1)}


def schema(**kinds: str) -> Schema:
    plans = [ColumnPlan(name, kind, "input") for name, kind in kinds.items()]
    return Schema((*plans, ColumnPlan("y", "category", "target")), "two classes", ("y",))


def given(**kinds: Any) -> Pretrained:
    stored = {f"{kind.name} {name}": W for name, kind in kinds.items() if isinstance(kind, Image | Text)}
    small = {TABLE: W} if len(stored) < len(kinds) else {}
    return Pretrained("before/", kinds, NetSettings(), {**stored, **small})


PHOTO, SCAN = Image(8, 8, 1), Image(16, 16, 3)
AGE, SEX = Number.fit(np.arange(9.0)), Category(("f", "m"))


def test_a_column_is_matched_by_its_name_or_as_the_only_one_of_its_kind() -> None:
    assert match(given(photo=PHOTO), schema(image="image"), "new").kinds == {"image": PHOTO}
    both = given(photo=PHOTO, scan=SCAN)
    found = match(both, schema(scan="image", other="image"), "new")
    assert found.kinds == {"scan": SCAN}
    assert set(found.bodies) == {"image scan"}
    with pytest.raises(DataError, match=r"'photo' \(image\), 'scan' \(image\); came: 'image' \(image\)"):
        match(both, schema(image="image"), "new")


def test_numbers_and_names_are_read_together_in_the_old_order_and_what_is_new_is_left_out() -> None:
    found = match(given(age=AGE, sex=SEX), schema(sex="category", weight="number", age="number"), "new")
    assert list(found.kinds) == ["age", "sex"]
    assert found.surplus == ("weight",)
    with pytest.raises(DataError, match="none of these columns"):
        match(given(age=AGE, sex=SEX), schema(age="number"), "new")
    with pytest.raises(DataError, match="none of these columns"):
        match(given(age=AGE), schema(age="category"), "new")


def test_a_table_beside_a_picture_is_new_where_a_column_is_lacking() -> None:
    found = match(given(photo=PHOTO, age=AGE), schema(photo="image", weight="number"), "new")
    assert (set(found.bodies), found.surplus) == ({"image photo"}, ())


def test_each_level_learns_slower_than_the_one_above_it_and_the_head_at_the_full_rate() -> None:
    shapes = {"numbers": Vector(4)}
    net = Assembled(shapes, 2, NetSettings(size="tiny", members=2))
    bodies = bodies_of(net)
    found = rates(net, bodies, shapes, Options(level_rate=0.5))
    levels = stacked(net, shapes)[TABLE]
    weights = dict(net.named_parameters())
    assert [{found[id(weights[n])] for n in level} for level in levels] == [
        {0.5**depth} for depth in range(len(levels), 0, -1)
    ]
    assert {n for n, p in weights.items() if id(p) not in found} == {
        "readers.0.head.weight",
        "readers.0.head.bias",
    }
    assert rates(net, bodies, shapes, Options(level_rate=1.0)) == rates(net, {}, shapes, Options()) == {}


def test_the_net_that_is_given_is_put_in_the_recipe_of_its_reader() -> None:
    recipes = recipes_for({"text note": Tokens(50, 9)}, 900, "two classes")
    settings = NetSettings(size="tiny", reader="lstm")
    chosen = recipe_for(recipes, Pretrained("before/", {}, settings, {}), 900, "two classes")
    assert chosen.net == settings
    hub = recipe_for(
        recipes, Pretrained("bert/", {}, NetSettings(reader="hub", given={}), {}), 900, "two classes"
    )
    assert (hub.optimiser, hub.rate, hub.net.given) == ("adamw", 5e-5, {})
    assert chosen.rate == next(r.rate for r in recipes if r.net.reader == "lstm")


def test_it_says_what_became_of_the_levels() -> None:
    before = given(photo=PHOTO)
    assert begun(before, Options(freeze="all")) == "before/: the head alone is trained"
    assert begun(before, Options(freeze="2", level_rate=1)) == (
        "before/: its 2 lowest levels stay as they are, all others learn at the full rate"
    )
    assert begun(before, Options()) == "before/: all levels learn at the full rate"
    assert "0.5 times" in begun(before, Options(level_rate=0.5))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"freeze": "most"}, "--freeze: not a number of levels; allowed: all, or a number; came: 'most'"),
        ({"freeze": -1}, "--freeze: out of range"),
        ({"level_rate": 0}, "--level-rate: out of range"),
        ({"freeze": 1}, "--freeze: belongs to a pretrained net"),
        ({"level_rate": 0.5}, "--level-rate: belongs to a pretrained net"),
        ({"from_": "there", "size": "tiny"}, "--size, --from: is what the pretrained net has"),
        ({"from_": "there", "net": torch.nn.Linear(4, 2)}, "net, from_"),
        ({"from_": 3}, "--from: cannot be gone on from"),
    ],
)
def test_what_contradicts_itself_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError) as caught:
        deepen.train(*_table(), epochs=1, **options)
    assert said in str(caught.value)


def test_a_folder_that_is_none_and_a_net_of_ones_own_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        deepen.train(*_table(), epochs=1, from_=tmp_path)
    own = deepen.train(*_table(), epochs=1, net=torch.nn.Linear(4, 2), shallow_share=0)
    with pytest.raises(SettingError, match="module of the user's own"):
        deepen.train(*_table(), epochs=1, from_=own)


def _table(rows: int = 120, seed: int = 0) -> tuple[dict[str, Any], np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    y = np.where(x[:, 0] * x[:, 1] > 0, "alike", "apart")
    return {f"x{k}": x[:, k] for k in range(4)}, y


def _stripes(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Lying and standing stripes in noise."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    starts = rng.integers(0, 4, rows)
    stripes = np.repeat((np.arange(12) + starts[:, None])[:, :, None] % 4 < 2, 12, axis=2)
    x = np.where(y[:, None, None] == 0, stripes, stripes.transpose(0, 2, 1)) * 160 + rng.integers(
        0, 90, (rows, 12, 12)
    )
    return x.astype(np.uint8), y


@pytest.fixture(scope="module")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small net that tells stripes apart."""
    place = tmp_path_factory.mktemp("stripes") / "model"
    deepen.train(*_stripes(256, 0), epochs=8, size="tiny", shallow_share=0).save(place)
    return place


FEW: dict[str, Any] = {
    "epochs": 2, "shallow_share": 0, "from_nothing_share": 0, "test_share": 0.5, "valid_share": 0,
}  # fmt: skip


def test_a_net_is_gone_on_with_under_a_new_head(stripes: Path, tmp_path: Path) -> None:
    x, y = _stripes(40, 1)
    names = np.array(["lying", "standing"])[y]
    before = Model.load(stripes, device="cpu")
    model = deepen.train(x, names, from_=stripes, freeze="all", **FEW)
    assert model.preparation.labels == ("lying", "standing")
    old, new = before.net.state_dict(), model.net.state_dict()
    assert {k for k in new if not new[k].equal(old[k])} == {"readers.0.head.weight", "readers.0.head.bias"}
    assert model.preparation.inputs == before.preparation.inputs  # mean and deviation of the old pictures too
    assert model.about["from"] == f"{stripes}: the head alone is trained"
    again = Model.load(model.save(tmp_path / "new"))
    assert np.array_equal(again.raw(x), model.raw(x))
    assert "from: " in (tmp_path / "new" / "README.md").read_text()


def test_what_was_learned_before_helps_where_there_are_few_labels() -> None:
    before = deepen.train(*_table(400, 1), epochs=20, size="tiny", shallow_share=0)
    x, y = _table(400, 2)
    few, rest = ({name: column[part] for name, column in x.items()} for part in (slice(20), slice(20, None)))
    options: dict[str, Any] = {"test": (rest, y[20:]), "valid_share": 0, "shallow_share": 0, "epochs": 10}
    helped = deepen.train(few, y[:20], from_=before, **options).score.headline.value
    alone = deepen.train(few, y[:20], size="tiny", **options).score.headline.value
    assert helped > alone + 0.2  # 0.91 and 0.52: a product's sign is not learned from twenty rows


def test_levels_that_are_held_stay_and_the_others_move(stripes: Path) -> None:
    before = Model.load(stripes, device="cpu")
    model = deepen.train(*_stripes(40, 1), from_=before, freeze=2, **FEW)
    old, new = before.net.state_dict(), model.net.state_dict()
    levels = stacked(before.net, before.preparation.shapes)["image image"]  # type: ignore[arg-type]
    assert {k for k in new if new[k].equal(old[k])} >= {name for level in levels[:2] for name in level}
    assert not any(new[name].equal(old[name]) for name in levels[2] if name.endswith("weight"))


def test_pictures_of_another_size_and_colour_are_brought_to_the_old_one(stripes: Path) -> None:
    x, y = _stripes(40, 1)
    wide = np.repeat(np.repeat(x, 2, axis=1), 2, axis=2)[..., None].repeat(3, axis=3)
    model = deepen.train(wide, y, from_=stripes, **FEW)
    assert str(model.preparation.inputs["image"]) == "12 x 12, grey"


class _StopAt(Silent):
    """Stops a training once it has done so many steps."""

    def __init__(self, step: int, flag: StopFlag) -> None:
        self.step, self.flag = step, flag

    def progress(self, progress: Any) -> None:
        if progress.step >= self.step:
            self.flag.set("the test")


def test_a_resumed_training_is_the_uninterrupted_one(stripes: Path, tmp_path: Path) -> None:
    options = {**FEW, "epochs": 6, "from_": stripes, "freeze": 1, "level_rate": 0.5}
    whole = deepen.train(*_stripes(80, 1), **options)
    flag = StopFlag()
    part = deepen.train(
        *_stripes(80, 1), checkpoints=tmp_path / "run", watch=_StopAt(1, flag), stop=flag, **options
    )  # fmt: skip
    assert part.history.ended.startswith("stopped")
    rest = deepen.train(*_stripes(80, 1), checkpoints=tmp_path / "run", **options)
    for name, tensor in rest.net.state_dict().items():
        assert tensor.equal(whole.net.state_dict()[name]), name


def test_texts_are_read_by_the_old_vocabulary_and_few_rows_by_the_old_kinds() -> None:
    words = ["good fine nice well", "bad poor dull weak"]
    texts = [f"it was {words[k % 2].split()[k % 3]} said number {k}" for k in range(160)]
    old = deepen.train(
        {"note": texts, "mood": ["up", "down"] * 80}, target="mood", epochs=1, reader="bag", shallow_share=0
    )
    few = {"note": texts[:12], "score": [float(k % 2) for k in range(12)]}
    model = deepen.train(few, target="score", kinds={"score": "number"}, from_=old, **FEW)
    assert model.schema.task == "number"
    assert model.preparation.inputs["note"] == old.preparation.inputs["note"]
    assert math.isfinite(model.score.headline.value)


def test_a_table_is_read_in_the_old_order_and_surplus_columns_are_named(stripes: Path) -> None:
    x, y = _table()
    old = deepen.train(x, y, epochs=1, size="tiny", shallow_share=0)
    turned = {name: x[name] for name in reversed(x)}
    model = deepen.train({**turned, "more": x["x0"] ** 2}, y, from_=old, freeze="all", **FEW)
    assert list(model.preparation.inputs) == ["x0", "x1", "x2", "x3"]
    assert any("does not read it: more" in note for note in model.notes)
    with pytest.raises(DataError, match="none of these columns"):
        deepen.train(x, y, from_=stripes, **FEW)


def _tones(
    rows: int, seed: int, *, seconds: float = 0.5, rate: int = 8000, column: str = "sound"
) -> pa.Table:
    """Recordings of one tone in their first half, and in their second half of one that tells the class."""
    rng = np.random.default_rng(seed)
    written = []
    for k in range(rows):
        half = np.arange(int(seconds * rate / 2)) / rate
        waves = [
            np.sin(2 * np.pi * rng.uniform(0.95, 1.05) * pitch * half) for pitch in (400, (250, 1000)[k % 2])
        ]
        file = io.BytesIO()
        soundfile.write(
            file, 0.3 * np.concatenate(waves) + 0.02 * rng.normal(size=2 * len(half)), rate, format="WAV"
        )
        written.append(file.getvalue())
    return pa.table({column: written, "pitch": ["low", "high"] * (rows // 2)})


@pytest.fixture(scope="module")
def heard() -> Model:
    """A small net that tells tones apart."""
    options: dict[str, Any] = {"size": "tiny", "reader": "lstm", "shallow_share": 0, "valid_share": 0}
    return deepen.train(_tones(80, 0), target="pitch", epochs=4, batch=8, **options)


def test_recordings_under_another_name_and_at_another_rate_are_read_as_before(heard: Model) -> None:
    given = _tones(40, 1, rate=16_000, column="call")
    model = deepen.train(given, target="pitch", from_=heard, freeze="all", **{**FEW, "epochs": 8})
    assert (
        model.preparation.inputs["call"] == heard.preparation.inputs["sound"]
    )  # rate, length, mean and deviation
    old, new = heard.net.state_dict(), model.net.state_dict()
    assert {name for name in new if not new[name].equal(old[name])} == {
        "readers.0.head.weight",
        "readers.0.head.bias",
    }
    assert model.score["accuracy"].value > 0.9
    assert any("20 of 20 recordings have a higher rate than 8,000 Hz" in note for note in model.notes)


def test_longer_recordings_are_read_to_their_end_where_the_net_can(heard: Model) -> None:
    model = deepen.train(
        _tones(40, 1, seconds=1.2), target="pitch", from_=heard, freeze="all", **{**FEW, "epochs": 8}
    )
    before, after = heard.preparation.inputs["sound"], model.preparation.inputs["sound"]
    assert (before.longest, after.longest, after.mean) == (4000, 9600, before.mean)
    assert model.score["accuracy"].value > 0.9  # the first half second is the same in both classes
    shorter = deepen.train(_tones(40, 1, seconds=0.3), target="pitch", from_=heard, freeze="all", **FEW)
    assert shorter.preparation.inputs["sound"] == before


def test_a_machine_that_reads_every_moment_cannot_read_longer_recordings_and_that_is_said() -> None:
    features = deepen.pretrain(_tones(60, 0).drop(["pitch"]), layers=[6], epochs=1)
    held = deepen.train(_tones(40, 1, column="call"), target="pitch", from_=features, freeze="all", **FEW)
    given = _tones(4, 2)
    np.testing.assert_allclose(
        held.activations(given.rename_columns(["call", "pitch"])), features.encode(given), atol=1e-5
    )
    model = deepen.train(_tones(40, 1, seconds=1.2), target="pitch", from_=features, **FEW)
    assert any(
        "20 of 20 recordings last longer, of which the first 0.5 s are read" in note for note in model.notes
    )
    assert model.preparation.inputs["sound"] == features.inputs.inputs["sound"]


def test_a_net_for_spectrograms_has_more_levels_for_longer_sounds() -> None:
    def net(seconds: float) -> tuple[Audio, Pretrained]:
        kind = Audio(8000, int(8000 * seconds), (0.0,) * 40, (1.0,) * 40)
        settings = NetSettings(size="tiny", reader="spectrogram")
        bodies = bodies_of(Assembled({"audio sound": kind.shape}, 2, settings))
        return kind, Pretrained("before/", {"sound": kind}, settings, bodies)

    table = Table({"sound": _tones(4, 0, seconds=1.2)["sound"]}, origin="new")
    for seconds, expected in ((0.1, 800), (0.5, 9600)):
        kind, before = net(seconds)
        found = Match({"sound": kind}, before.bodies)
        (grown,) = lengthened(found, before, table, np.arange(4)).kinds.values()
        assert isinstance(grown, Audio)
        assert grown.longest == expected, seconds


def test_recordings_cannot_begin_with_a_net_for_pictures(stripes: Path) -> None:
    with pytest.raises(DataError, match=r"'image' \(image\); came: 'sound' \(audio\)"):
        deepen.train(_tones(20, 0), target="pitch", from_=stripes, **FEW)
