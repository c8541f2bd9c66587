"""Shallow learners in an ordinary run: inside the clock, kept with the model, read again where a run goes on."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import deepen
from deepen.errors import SettingError
from deepen.training import beside as stage
from deepen.training.options import Options

SECONDS = stage._seconds


@pytest.fixture(autouse=True)
def time_enough(monkeypatch):
    """The learners have a minute, whatever the clock; those that take long are left out."""
    monkeypatch.setattr(stage, "_seconds", lambda context: 60.0)
    whole = stage.candidates
    monkeypatch.setattr(
        stage,
        "candidates",
        lambda e: [c for c in whole(e) if c.learner in ("linear", "neighbours", "linear SVM")],
    )


def rings(n=300):
    """What a linear model cannot part, and what lies near can tell."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    return x, np.where(np.hypot(x[:, 0], x[:, 1]) > 1.2, "out", "in")


def test_the_best_on_the_validation_part_stands_beside_the_net_and_is_kept(tmp_path):
    model = deepen.train(*rings(), epochs=2)
    found = model.beside
    assert (
        found.chosen == "neighbours" == max((c for c in found.learners if c.rows), key=lambda c: c.valid).name
    )
    assert list(model.scores) == ["test", "neighbours", "majority"]
    assert found.paired.one == model.score["accuracy"].value
    assert found.paired.other == model.scores["neighbours"]["accuracy"].value
    assert found.paired.low <= found.paired.difference <= found.paired.high and found.paired.p is not None
    again = deepen.load(model.save(tmp_path / "m"))
    assert again.beside.to_dict() == found.to_dict()
    card = (tmp_path / "m" / "README.md").read_text()
    assert "### Shallow learners" in card and found.sentence in card
    assert (f"**{found.sentence}**" in card[:600]) == found.first


def test_a_model_of_before_has_none(tmp_path):
    place = deepen.train(*rings(60), epochs=1).save(tmp_path / "m")
    from deepen.model import Model

    data = json.loads((place / "model.json").read_text())
    del data["beside"]
    assert Model._from_dict(data, place).beside is None


def test_numbers_and_labels_are_compared_too():
    x, _ = rings()
    number = deepen.train(x, np.hypot(x[:, 0], x[:, 1]), epochs=2)
    assert number.beside.paired.measure == "r2" and number.beside.paired.p is None
    assert number.scores[number.beside.chosen]["r2"].value == pytest.approx(number.beside.paired.other)
    labels = deepen.train(x, (x > 0).astype(int), epochs=2)
    assert labels.beside.paired.measure == "label_accuracy"
    chosen = labels.scores[labels.beside.chosen]
    assert chosen["label_accuracy"].value == pytest.approx(labels.beside.paired.other)


def test_without_a_share_there_is_none_and_a_wrong_share_is_refused():
    model = deepen.train(*rings(60), epochs=1, shallow_share=0)
    assert model.beside is None and list(model.scores) == ["test", "majority"]
    with pytest.raises(SettingError, match="--shallow-share"):
        deepen.train(*rings(60), epochs=1, shallow_share=1)


def test_without_a_clock_the_cheapest_alone_is_the_same_every_time(monkeypatch):
    monkeypatch.setattr(stage, "_seconds", SECONDS)
    one, two = (deepen.train(*rings(), epochs=1) for _ in range(2))
    assert [c.name for c in one.beside.learners] == ["linear"]
    assert one.scores == two.scores and one.beside.paired == two.beside.paired


def test_where_there_is_time_for_none_a_ridge_regression_stands_there(monkeypatch):
    monkeypatch.setattr(stage, "_seconds", lambda context: 1e-9)
    model = deepen.train(*rings(60), epochs=1)
    assert [c.name for c in model.beside.learners] == ["linear"] and "linear" in model.scores


def test_the_share_is_of_what_is_left_of_the_clock(monkeypatch):
    monkeypatch.setattr(stage.time, "process_time", lambda: 1e9)

    def seconds(minutes, left, share=0.1):
        clock = SimpleNamespace(seconds=60 * minutes, left=left, elapsed=60 * minutes - left)
        return SECONDS(SimpleNamespace(options=Options(minutes=minutes, shallow_share=share), clock=clock))

    assert seconds(5, 280) == pytest.approx(28)
    assert seconds(5, 280, share=0.25) == pytest.approx(70)
    assert seconds(0.3, 18) == 0  # too short a clock for all but the cheapest
    assert seconds(float("inf"), float("inf")) == 0


def test_on_a_busy_machine_the_import_alone_is_not_begun(monkeypatch):
    clock = SimpleNamespace(seconds=60.0, left=40.0, elapsed=20.0)
    context = SimpleNamespace(options=Options(minutes=1), clock=clock)
    monkeypatch.delitem(sys.modules, "sklearn.ensemble", raising=False)
    for used, expected in ((20.0, 4.0), (4.0, 0.0)):  # of the processor, in 20 seconds
        monkeypatch.setattr(stage.time, "process_time", lambda used=used: used)
        assert SECONDS(context) == pytest.approx(expected)


def test_a_run_that_goes_on_reads_it_again(tmp_path, monkeypatch):
    first = deepen.train(*rings(), epochs=2, checkpoints=tmp_path / "run")
    monkeypatch.setattr(stage, "_beside", lambda *_: pytest.fail("it was learned again"))
    again = deepen.train(*rings(), epochs=2, checkpoints=tmp_path / "run")
    assert again.scores["majority"] == first.scores["majority"]
    assert again.scores[first.beside.chosen] == first.scores[first.beside.chosen]
    assert again.beside.learners == first.beside.learners


def test_the_test_part_chooses_nothing(monkeypatch):
    x, y = rings()
    test = (x[:60], y[:60])
    poisoned = (x[:60], np.where(y[:60] == "in", "out", "in"))
    one, two = (deepen.train(x[60:], y[60:], test=t, epochs=2) for t in (test, poisoned))
    assert one.beside.chosen == two.beside.chosen == "neighbours"
    assert one.beside.paired.other > 0.7 > 0.3 > two.beside.paired.other


def test_texts_have_learners_of_their_own():
    rng = np.random.default_rng(0)
    words = np.array(
        ["the", "cat", "dog", "sat", "ran", "on", "under", "a", "mat", "tree", "quickly", "again"]
    )
    texts = [" ".join(rng.choice(words, 8)) for _ in range(200)]
    model = deepen.train({"text": texts, "y": [str("cat" in t) for t in texts]}, target="y", epochs=2)
    assert {c.name for c in model.beside.learners} == {"linear SVM on TF-IDF", "linear on TF-IDF"}
    assert model.scores[model.beside.chosen].headline.value > 0.8
