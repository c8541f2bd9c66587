"""Shallow learners in an ordinary run: inside the clock, kept with the model, read again where a run goes on."""

import json
import time

import numpy as np
import pytest

import deepen
from deepen.errors import SettingError
from deepen.training import beside as stage

MINUTES = 0.05


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """All learners with a clock of few seconds too; those that take long to begin are left out."""
    monkeypatch.setattr(stage, "_SHORT", 0.0)
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
    model = deepen.train(*rings(), minutes=MINUTES, shallow_share=0.4)
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
    number = deepen.train(x, np.hypot(x[:, 0], x[:, 1]), minutes=MINUTES)
    assert number.beside.paired.measure == "r2" and number.beside.paired.p is None
    assert number.scores[number.beside.chosen]["r2"].value == pytest.approx(number.beside.paired.other)
    labels = deepen.train(x, (x > 0).astype(int), minutes=MINUTES)
    assert labels.beside.paired.measure == "label_accuracy"
    chosen = labels.scores[labels.beside.chosen]
    assert chosen["label_accuracy"].value == pytest.approx(labels.beside.paired.other)


def test_without_a_share_there_is_none_and_a_wrong_share_is_refused():
    model = deepen.train(*rings(60), epochs=1, shallow_share=0)
    assert model.beside is None and list(model.scores) == ["test", "majority"]
    with pytest.raises(SettingError, match="--shallow-share"):
        deepen.train(*rings(60), epochs=1, shallow_share=1)


def test_without_a_clock_the_cheapest_alone_is_the_same_every_time():
    one, two = (deepen.train(*rings(), epochs=1) for _ in range(2))
    assert [c.name for c in one.beside.learners] == ["linear"]
    assert one.scores == two.scores and one.beside.paired == two.beside.paired


def test_a_run_that_goes_on_reads_it_again(tmp_path, monkeypatch):
    first = deepen.train(*rings(), minutes=MINUTES, checkpoints=tmp_path / "run")
    monkeypatch.setattr(stage, "_beside", lambda *_: pytest.fail("it was learned again"))
    again = deepen.train(*rings(), minutes=MINUTES, checkpoints=tmp_path / "run")
    assert again.scores["majority"] == first.scores["majority"]
    assert again.scores[first.beside.chosen] == first.scores[first.beside.chosen]
    assert again.beside.learners == first.beside.learners


def test_the_test_part_chooses_nothing(monkeypatch):
    x, y = rings()
    test = (x[:60], y[:60])
    poisoned = (x[:60], np.where(y[:60] == "in", "out", "in"))
    one, two = (deepen.train(x[60:], y[60:], test=t, minutes=MINUTES) for t in (test, poisoned))
    assert one.beside.chosen == two.beside.chosen == "neighbours"
    assert one.beside.paired.other > 0.7 > 0.3 > two.beside.paired.other


def test_the_clock_is_kept():
    began = time.monotonic()
    model = deepen.train(*rings(), minutes=MINUTES, shallow_share=0.2)
    assert model.beside.seconds < 60 * MINUTES
    assert time.monotonic() - began < 60 * MINUTES + 20


def test_texts_have_learners_of_their_own():
    rng = np.random.default_rng(0)
    words = np.array(
        ["the", "cat", "dog", "sat", "ran", "on", "under", "a", "mat", "tree", "quickly", "again"]
    )
    texts = [" ".join(rng.choice(words, 8)) for _ in range(200)]
    model = deepen.train({"text": texts, "y": [str("cat" in t) for t in texts]}, target="y", minutes=MINUTES)
    assert {c.name for c in model.beside.learners} == {"linear SVM on TF-IDF", "linear on TF-IDF"}
    assert model.scores[model.beside.chosen].headline.value > 0.8
