"""Text to text: tasks with a known answer are learned, words and whole texts alike, and nothing leaks."""

import numpy as np
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, FolderError, SettingError
from deepen.language.pair_learning import PairStep
from deepen.language.translator import Translator


def doubled(n=200, seed=0):
    """Words whose last letter was doubled, and are to be mended; others stay. Their ends were never seen together."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        clean = ["".join(rng.choice(list("abcdefg"), rng.integers(2, 5))) for _ in range(rng.integers(1, 6))]
        clean = [w if w[-1] != w[-2] else w + "h" for w in clean]
        noisy = [w + w[-1] if rng.random() < 0.4 else w for w in clean]
        rows.append({"input": noisy, "output": clean})
    return rows


def reversed_texts(n=600, seed=0):
    rng = np.random.default_rng(seed)
    texts = sorted({"".join(rng.choice(list("abcdef"), rng.integers(2, 6))) for _ in range(n)})
    return {"text": texts, "backwards": [t[::-1] for t in texts]}


def numbers():
    """Numbers up to 999 in words."""
    ones = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    ones += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    def say(n):
        if n < 20:
            return ones[n]
        if n < 100:
            return tens[n // 10 - 2] + (f" {ones[n % 10]}" if n % 10 else "")
        return f"{ones[n // 100]} hundred" + (f" {say(n % 100)}" if n % 100 else "")

    return {"number": [f"n{i}" for i in range(1000)], "words": [say(i) for i in range(1000)]}


def short(source=None, **options):
    return deepen.train(
        doubled() if source is None else source,
        input=["input"],
        target="output",
        **{"steps": 3, "size": "tiny"} | options,
    )


@pytest.fixture(scope="module")
def model():
    return short(doubled(400), epochs=12, steps=None, size="tiny")


def test_words_in_their_places_are_learned_beyond_what_a_dictionary_knows(model):
    assert isinstance(model, Translator)
    assert model.aligned
    assert set(model.scores) == {"test", "copy", "dictionary"}
    assert model.score.headline.name == "token_f1"
    assert model.scores["copy"].headline.value == 0
    assert model.score.headline.value > model.scores["dictionary"].headline.value + 0.1
    assert model.score["token_precision"].value > 0.7


def test_answers_keep_their_places_and_carry_a_confidence(model):
    rows = [["abcc", "gfe"], ["cafbb"]]
    found = model.answers(rows)
    assert [len(row) for row in found] == [2, 1]
    assert all(0 < p <= 1 for row in found for _, p in row)
    predicted = model.predict([{"input": row} for row in rows])
    assert len(predicted) == 2
    assert predicted.values[0].split()[1] == "gfe"
    assert predicted.probabilities.shape == (2, 1)


def test_one_text_a_list_of_texts_and_a_table_are_answered_alike(model):
    texts = ["abcc gfe", "cafbb"]
    by_list = model.predict(texts).values
    assert model.predict("abcc gfe").values == by_list[:1]
    assert model.predict({"other": texts}).values == by_list
    assert model.predict([{"input": t} for t in texts]).values == by_list
    with pytest.raises(DataError, match="no column 'input'"):
        model.predict({"x": ["a"], "y": ["b"]})


def test_candidates_are_distinct_probable_and_begin_with_the_best(model):
    from deepen.language.pairs import items_of

    for found in model.candidates(items_of(["abcc", "gfe", "strange!"])):
        texts, p = zip(*found, strict=True)
        assert len(set(texts)) == len(texts)
        assert list(p) == sorted(p, reverse=True)
        assert sum(p) <= 1 + 1e-4
    assert "strange!" in texts  # itself is always one


def test_strange_characters_empty_words_and_very_long_ones_do_not_crash(model):
    found = model.answers([["ж🦖", "", "a" * 2000], []])
    assert found[0][2][0] == "a" * 2000
    assert found[1] == []


def test_saved_and_loaded_it_answers_and_scores_the_same(model, tmp_path):
    model.save(tmp_path / "m")
    again = deepen.load(tmp_path / "m")
    assert isinstance(again, Translator)
    new = doubled(30, seed=5)
    one, two = (m.answers([row["input"] for row in new]) for m in (model, again))
    assert [[t for t, _ in row] for row in one] == [[t for t, _ in row] for row in two]
    assert str(model.evaluate(new)) == str(again.evaluate(new))
    assert "text to text" in (tmp_path / "m" / "README.md").read_text()
    (tmp_path / "m" / "dictionary.json").write_text("{}")
    with pytest.raises(FolderError, match=r"dictionary.json"):
        deepen.load(tmp_path / "m")


def test_evaluating_needs_both_columns_in_the_form_that_was_learned(model):
    with pytest.raises(DataError, match="no column 'output'"):
        model.evaluate([{"input": ["a"]}])
    with pytest.raises(DataError, match="not lists of equally many words"):
        model.evaluate([{"input": "a b", "output": "a"}])


def test_poisoning_the_test_part_changes_no_weight_and_no_count():
    rows = doubled(120)
    test = doubled(20, seed=9)
    spoilt = [{"input": r["input"], "output": ["poison"] * len(r["output"])} for r in test]
    one, other = (short(rows, test=t) for t in (test, spoilt))
    for (name, a), (_, b) in zip(one.net.state_dict().items(), other.net.state_dict().items(), strict=True):
        assert torch.equal(a, b), name
    assert one.dictionary.counts == other.dictionary.counts
    assert one.blend == other.blend
    assert other.spelling == one.spelling


def test_resumed_equals_uninterrupted(tmp_path, monkeypatch):
    whole = short(steps=20, checkpoints=tmp_path / "a")
    stop, steps, one = StopFlag(), [], PairStep.__call__

    def counted(self, net, batch):
        steps.append(1)
        if len(steps) == 9:
            stop.set("a test")
        return one(self, net, batch)

    with monkeypatch.context() as patch:
        patch.setattr(PairStep, "__call__", counted)
        part = short(steps=20, checkpoints=tmp_path / "b", stop=stop)
    assert part.history.ended == "stopped by a test"
    rest = short(steps=20, checkpoints=tmp_path / "b")
    for (name, a), (_, b) in zip(whole.net.state_dict().items(), rest.net.state_dict().items(), strict=True):
        assert torch.equal(a, b), name


def test_a_net_of_one_s_own_is_refused():
    with pytest.raises(SettingError, match="a module of one's own"):
        short(net=torch.nn.Linear(1, 1))


@pytest.mark.slow
def test_texts_are_written_backwards():
    model = deepen.train(reversed_texts(), input=["text"], target="backwards", epochs=60, size="small")
    assert not model.aligned
    assert model.score.headline.name == "exact_match"
    assert model.score.headline.value > 0.8
    assert model.scores["dictionary"].headline.value < 0.3
    found = model.predict(["fabd"])
    assert found.values == ("dbaf",)
    assert found.probabilities[0, 0] > 0.5


@pytest.mark.slow
def test_numbers_are_spelled():
    model = deepen.train(numbers(), input=["number"], target="words", epochs=60, size="small")
    assert model.score["exact_match"].value > 0.8
    assert model.score["character_error_rate"].value < 0.1
