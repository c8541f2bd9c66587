"""What only neighbours tell is learned as well as can be; nothing leaks, or is lost, by an interruption either."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError
from deepen.tagging.learn import TagStep
from deepen.tagging.model import Tagger


def short(rows, **options):
    return deepen.train(rows, **{"steps": 3, "size": "tiny"} | options)


@pytest.fixture(scope="module")
def model(sentences):
    return short(sentences(400), steps=None, epochs=10, size="small", target="tags")


@pytest.fixture(scope="module")
def stepped(signals):
    return short(signals(150), test=signals(80, seed=1), steps=None, epochs=6, target="state")


def test_names_that_were_never_seen_are_told_by_their_neighbours(model):
    assert isinstance(model, Tagger)
    assert set(model.scores) == {"test", "majority", "each token's own"}
    assert model.score.headline.name == "entity_f1"
    assert model.score.headline.value > 0.9
    assert model.scores["each token's own"]["entity_f1"].value < 0.3
    found = model.predict("mr Zyx qwv said in jkl")
    assert found.values == (("O", "B-PER", "I-PER", "O", "O", "B-LOC"),)


def test_states_are_told_as_well_as_can_be(stepped, signals, bayes):
    rows = signals(80, seed=1)
    best = np.mean([a == b for row in rows for a, b in zip(bayes(row["signal"]), row["state"], strict=True)])
    accuracy = stepped.score["accuracy"]
    assert accuracy.value > best - 0.02
    assert accuracy.low <= best <= 1
    alone = np.mean(
        [(x > 0) == (s == "move") for row in rows for x, s in zip(row["signal"], row["state"], strict=True)]
    )
    assert alone < best - 0.1  # a step by itself tells far less
    assert stepped.scores["linear"]["accuracy"].value < accuracy.value
    assert {"f1", "precision", "recall"} <= set(stepped.score.measures)


def test_confidences_are_those_of_the_answers_and_mean_what_they_say(stepped, signals):
    rows = signals(80, seed=1)
    found = stepped.predict([row["signal"] for row in rows])
    sure = np.concatenate([np.array(c) for c in found.confidences])
    right = np.array(
        [
            a == b
            for tags, row in zip(found, rows, strict=True)
            for a, b in zip(tags, row["state"], strict=True)
        ]
    )
    assert sure.min() >= 0.5
    assert sure.mean() == pytest.approx(right.mean(), abs=0.03)
    doubtful = sure < 0.75
    assert right[doubtful].mean() == pytest.approx(sure[doubtful].mean(), abs=0.08)


def test_what_is_left_out_is_told(sentences):
    rows = [
        *sentences(40),
        {"tokens": [], "tags": []},
        {"tokens": ["a"], "tags": None},
        {"tokens": None, "tags": ["O"]},
    ]
    notes = " ".join(short(rows, target="tags").notes)
    assert (
        "2 rows have no tags, or nothing to be tagged, and were left out, the first at the rows given, row 42"
        in notes
    )
    assert "1 rows are empty and were left out, the first at the rows given, row 41" in notes


def test_equal_sentences_and_groups_stay_on_one_side(sentences):
    rows = [{**row, "who": f"w{at % 8}"} for at, row in enumerate(sentences(40))]
    model = short(rows, target="tags", group="who")
    assert any(note.startswith("split by group") for note in model.notes)
    twice = short([*sentences(40), *sentences(40)], target="tags")
    assert any("40 rows repeat the inputs of another row" in note for note in twice.notes)


def test_a_tag_of_the_test_part_alone_counts_as_an_error(sentences):
    rows, test = sentences(60), sentences(20, seed=3)
    named = [{**row, "tags": ["B-NEW" if t == "B-LOC" else t for t in row["tags"]]} for row in test]
    model = short(rows, test=named, target="tags")
    assert any("never said: B-NEW" in note for note in model.notes)
    assert "B-NEW" in model.score.labels
    assert "B-NEW" not in model.labels


def test_poisoning_the_test_part_changes_no_weight_no_word_and_no_blend(sentences):
    rows, test = sentences(60), sentences(20, seed=3)
    spoilt = [{"tokens": row["tokens"], "tags": ["I-PER"] * len(row["tags"])} for row in test]
    one, other = (short(rows, test=t, target="tags") for t in (test, spoilt))
    for (name, a), (_, b) in zip(one.net.state_dict().items(), other.net.state_dict().items(), strict=True):
        assert torch.equal(a, b), name
    assert one.reader == other.reader
    assert one.habits.counts == other.habits.counts
    assert (one.blend, one.temperature, one.chain.weight) == (
        other.blend,
        other.temperature,
        other.chain.weight,
    )


@pytest.mark.parametrize("world", ["sentences", "signals"])
def test_resumed_equals_uninterrupted(world, tmp_path, monkeypatch, request):
    rows = request.getfixturevalue(world)(60)
    whole = short(rows, steps=14, checkpoints=tmp_path / "a")
    stop, steps, one = StopFlag(), [], TagStep.__call__

    def counted(self, net, batch):
        steps.append(1)
        if len(steps) == 6:
            stop.set("a test")
        return one(self, net, batch)

    with monkeypatch.context() as patch:
        patch.setattr(TagStep, "__call__", counted)
        part = short(rows, steps=14, checkpoints=tmp_path / "b", stop=stop)
    assert part.history.ended == "stopped by a test"
    assert part.predict([["a"]] if world == "sentences" else [[0.5]]).values[0][0] in part.labels
    rest = short(rows, steps=14, checkpoints=tmp_path / "b")
    for (name, a), (_, b) in zip(whole.net.state_dict().items(), rest.net.state_dict().items(), strict=True):
        assert torch.equal(a, b), name


def test_long_rows_are_read_in_pieces(signals, monkeypatch):
    from deepen.tagging import pieces

    model = short(signals(12, steps=1300), target="state", steps=2)
    assert any("are read in pieces that overlap" in note for note in model.notes)
    row = np.zeros(3 * pieces.MOST + 7)
    assert len(model.predict([row.tolist()])[0]) == len(row)


def test_several_channels_gaps_and_lists_as_text(signals):
    rows = []
    for row in signals(40):
        steps = [[x, None if at % 5 == 0 else -x] for at, x in enumerate(row["signal"])]
        rows.append({"signal": json.dumps(steps), "state": json.dumps(row["state"])})
    model = short(rows, target="state")
    assert model.reader.channels == 2
    assert any("gaps are filled and marked" in note for note in model.notes)
    assert len(model.predict([[1.0, 2.0], [None, 3.0]])[0]) == 2
    assert [len(tags) for tags in model.predict([[[1.0, 2.0]], [[None, 3.0], [1.0, 1.0]]])] == [1, 2]


def test_an_array_of_signals_and_lists_of_states():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 30, 2)).astype(np.float32)
    states = [["up" if v > 0 else "down" for v in row[:, 0]] for row in x]
    model = short({"x": x, "state": pa.array(states)}, target="state", epochs=30, steps=None)
    assert model.score["accuracy"].value > 0.9
    assert len(model.predict(x[:3])) == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"x": ["a", "b"], "y": ["O"]}] + [{"x": ["a"], "y": ["B"]}] * 30,
            "row 1: 'x' and 'y' differ in length",
        ),
        ([{"x": ["a", f"b{n}"], "y": ["O", "O"]} for n in range(30)], "one tag only"),
        ([{"x": [], "y": []}] * 3 + [{"x": None, "y": ["O"]}], "no row has an element and its tag"),
        ([{"x": ["a"], "y": ["O"]}, {"x": ["b"], "y": ["B"]}], "part would be empty"),
    ],
)
def test_what_cannot_be_learned_is_refused(rows, message):
    with pytest.raises(DataError, match=message):
        short(rows, target="y", kinds={"y": "tags", "x": "text"})


def test_a_module_of_one_s_own_is_refused(sentences):
    with pytest.raises(SettingError, match="a module of one's own"):
        short(sentences(30), target="tags", net=torch.nn.Linear(1, 1))


def test_inside_a_clock(sentences):
    model = short(sentences(100), target="tags", steps=None, size=None, minutes=0.05)
    assert model.about["seconds"] < 0.05 * 60 + 6
    assert model.history.ended == "complete"


@pytest.mark.data
@pytest.mark.slow
def test_words_that_were_rewritten_are_found(data_folder, tmp_path):
    import tarfile

    with tarfile.open(data_folder / "text" / "lexnorm2015.tgz") as archive:
        archive.extractall(tmp_path, filter="data")
    for name in ("train_data", "test_truth"):
        rows = json.loads((tmp_path / "lexnorm2015" / f"{name}.json").read_text())
        lines = []
        for row in rows:
            pairs = zip(row["input"], row["output"], strict=True)
            tags = ["changed" if a.lower() != b.lower() else "kept" for a, b in pairs]
            lines.append({"tokens": row["input"], "tags": tags})
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    model = deepen.train(
        tmp_path / "train_data.jsonl", test=tmp_path / "test_truth.jsonl", target="tags", epochs=6
    )
    assert model.score["f1"].value > model.scores["each token's own"]["f1"].value + 0.01
