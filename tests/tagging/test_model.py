"""A tagger answers whatever form its rows come in, is kept whole, and says what is wrong with a row."""

import numpy as np
import pytest

import deepen
from deepen.errors import DataError, FolderError


@pytest.fixture(scope="module")
def model(sentences):
    return deepen.train(sentences(60), target="tags", steps=30, size="tiny")


@pytest.fixture(scope="module")
def stepped(signals):
    return deepen.train(signals(40), target="state", steps=3, size="tiny")


def test_sentences_in_every_form_are_answered_alike(model, tmp_path):
    wanted = model.predict([["mr", "abc"], ["in", "xyz", "and"]])
    assert [len(tags) for tags in wanted] == [2, 3]
    assert wanted.tokens == (("mr", "abc"), ("in", "xyz", "and"))
    assert [len(c) for c in wanted.confidences] == [2, 3]
    (tmp_path / "s.jsonl").write_text('{"tokens": ["mr", "abc"]}\n{"tokens": ["in", "xyz", "and"]}\n')
    (tmp_path / "s.conll").write_text("mr\nabc\n\nin\nxyz\nand\n")
    (tmp_path / "s.csv").write_text("n,tokens\n1,mr abc\n2,in xyz and\n")
    for given in (
        ["mr abc", "in xyz and"],
        [{"tokens": ["mr", "abc"]}, {"tokens": ["in", "xyz", "and"]}],
        tmp_path / "s.jsonl",
        tmp_path / "s.conll",
        tmp_path / "s.csv",
    ):
        assert model.predict(given).values == wanted.values
    assert model.predict("mr abc").values == wanted.values[:1]


def test_an_empty_sentence_and_a_strange_one_are_answered(model):
    found = model.predict([[], ["ж🦖", "", "x" * 5000]])
    assert found.values[0] == ()
    assert len(found.values[1]) == 3
    assert all(0 < c <= 1 for c in found.confidences[1])


def test_one_series_and_several(stepped):
    assert [len(tags) for tags in stepped.predict([0.5, 1.0, None])] == [3]
    assert [len(tags) for tags in stepped.predict([[0.5, 1.0], [2.0]])] == [2, 1]
    assert [len(tags) for tags in stepped.predict(np.zeros((2, 5)))] == [5, 5]
    assert stepped.predict([0.5]).tokens == ()
    assert stepped.predict([0.5] * 4).shown(0).split()[0] in stepped.labels


def test_the_probabilities_of_each_element_sum_to_one(model, stepped):
    for asked, rows in (
        (model, [["mr", "abc", "mr"], ["in"]]),
        (stepped, [np.zeros((4, 1)), np.ones((2, 1))]),
    ):
        for p in asked.probabilities(rows):
            assert p.sum(1) == pytest.approx(np.ones(len(p)))
            assert (p >= 0).all()


@pytest.mark.parametrize("name", ["model", "stepped"])
def test_saved_and_loaded_it_answers_and_scores_the_same(name, tmp_path, request, sentences, signals):
    asked = request.getfixturevalue(name)
    new = sentences(20, seed=5) if name == "model" else signals(20, seed=5)
    asked.save(tmp_path / "m")
    again = deepen.load(tmp_path / "m")
    one, two = asked.predict(new), again.predict(new)
    assert one.values == two.values
    assert np.concatenate([np.array(c) for c in one.confidences]) == pytest.approx(
        np.concatenate([np.array(c) for c in two.confidences]), abs=1e-4
    )
    assert str(asked.evaluate(new)) == str(again.evaluate(new))
    assert str(again.score) == str(asked.score)
    card = (tmp_path / "m" / "README.md").read_text()
    assert "(tags)" in card
    assert "accuracy" in card
    (tmp_path / "m" / "model.json").write_text("{}")
    with pytest.raises(FolderError):
        deepen.load(tmp_path / "m")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"tokens": ["a"], "tags": ["B-ORG"]}],
            "row 1, place 1, column 'tags': a tag that the training part does not have",
        ),
        ([{"tokens": ["a", "b"], "tags": ["O"]}], "row 1: 'tokens' and 'tags' differ in length"),
        ([{"tokens": ["a"]}], "no column 'tags'"),
        ([{"tags": ["O"]}], "no column 'tokens'"),
        ([{"tokens": [], "tags": []}], "no row has an element"),
    ],
)
def test_what_cannot_be_scored_is_told(model, rows, message):
    with pytest.raises(DataError, match=message):
        model.evaluate(rows)


def test_what_cannot_be_tagged_is_told(model, stepped):
    with pytest.raises(DataError, match=r"row 2, column 'tokens': there is nothing to tag; came: no value"):
        model.predict([{"tokens": ["a"]}, {"tokens": None}])
    with pytest.raises(DataError, match="no column 'tokens'"):
        model.predict([{"a": ["x"], "b": ["y"]}])
    with pytest.raises(DataError, match="2 channels"):
        stepped.predict([{"signal": [[1.0, 2.0]]}])


def test_a_new_tag_is_answered_with_the_nearest_one(model):
    with pytest.raises(DataError, match="Did you mean 'B-PER'"):
        model.evaluate([{"tokens": ["a"], "tags": ["B-PERS"]}])


def test_a_token_that_training_never_showed_is_the_net_s_alone(model):
    net = np.array([[0.7, 0.1, 0.1, 0.1]] * 2)
    found = model._habits_of(["mr", "never-seen"], net)
    assert found[0].tolist() == [float(label == "O") for label in model.labels]
    assert found[1].tolist() == net[1].tolist()
