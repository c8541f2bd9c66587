"""A model that writes: the same text from the same seed, from its folder too, and no prompt can break it."""

import json

import numpy as np
import pytest
import torch

import deepen
from deepen.data.tokens import Tokeniser
from deepen.errors import DataError, FolderError, SettingError
from deepen.evidence.blend import Blend
from deepen.language.model import Writer
from deepen.language.ngram import NGram
from deepen.language.plan import NetPlan

TEXT = "the cat sat on the mat, the dog sat on the log; naïve 👍🏽 中文.\n" * 60


def writer(unit="characters", *, ngram=True, seed=0):
    tokens = Tokeniser.fit([TEXT], unit=unit)
    torch.manual_seed(seed)
    plan = NetPlan(v=tokens.size, width=16)
    counts = NGram.fit(tokens.encode([TEXT])[0], tokens.size, 4) if ngram else None
    return Writer(
        net=plan.build().eval(), net_plan=plan, tokeniser=tokens, ngram=counts,
        blend=Blend((0.3,) * 4) if ngram else None, sample="a sample", about={"source": "cats.txt"},
    )  # fmt: skip


@pytest.fixture(params=["characters", "bytes", "pieces"])
def model(request):
    return writer(request.param)


def test_it_writes_as_many_characters_as_asked_for_and_the_seed_decides(model):
    text = model.write("the ", 120, seed=3)
    assert len(text) == 120
    assert model.write("the ", 120, seed=3) == text
    assert model.write("the ", 120, seed=4) != text
    assert "".join(model.stream("the ", 120, seed=3)) == text


def test_saved_and_loaded_it_writes_and_scores_the_same(model, tmp_path):
    model.save(tmp_path / "m")
    again = deepen.load(tmp_path / "m")
    assert isinstance(again, Writer)
    for prompt in ("", "the cat"):
        assert again.write(prompt, 100, seed=1) == model.write(prompt, 100, seed=1)
    path = tmp_path / "other.txt"
    path.write_text(TEXT)
    one, two = (m.evaluate(path).headline for m in (model, again))
    assert one.value == pytest.approx(two.value, abs=1e-9)
    assert one.n > 0


def test_at_no_temperature_it_is_greedy(model):
    greedy = model.write("the cat", 60, temperature=0)
    assert model.write("the cat", 60, temperature=0, seed=9) == greedy
    assert model.write("the cat", 60, temperature=1e-7, seed=5) == greedy
    assert model.write("the cat", 60, temperature=5, top_p=1e-6, seed=5) == greedy


def test_the_state_that_is_carried_is_what_reading_all_again_would_give():
    model = writer(ngram=False)
    ids = [0, *model.tokeniser.encode(["the cat sat"])[0].tolist()]
    whole, _ = model._read(ids, None)
    state = None
    for i in ids:
        step, state = model._read([i], state)
    assert torch.allclose(whole, step, atol=1e-5)


def test_each_character_is_the_likeliest_after_all_that_stands_before_it():
    model = writer(ngram=False, seed=5)
    torch.nn.init.normal_(
        model.net.embedding.weight, std=2.0
    )  # so that what was written long ago still tells
    spelled, text = model.tokeniser.spelled(), "the cat"
    for _ in range(30):
        logits, _ = model._read([0, *model.tokeniser.encode([text])[0].tolist()], None)
        best = int((logits - 1e9 * (torch.arange(len(logits)) == model.tokeniser.unknown)).argmax())
        text += spelled[best].decode() if best else "\n"
        if not best:
            break
    assert model.write("the cat", len(text) - 7, temperature=0) == text[7:]
    assert len(set(text)) >= 8


def test_a_prompt_with_unknown_characters_and_an_empty_one_are_read(model):
    for prompt in ("", "ж🦖𝔘", "\ud83d broken", "x" * 10_000):
        assert len(model.write(prompt, 20)) == 20
    if model.tokeniser.unit == "characters":
        assert "\ufffd" not in model.write("ж" * 50, 500, temperature=3, top_p=1)


def test_the_joined_probabilities_sum_to_one(model):
    ids = model.tokeniser.encode(["the cat"])[0].tolist()
    logits, _ = model._read(ids, None)
    assert model._joined(logits, ids).sum() == pytest.approx(1, abs=1e-5)


def test_a_text_is_scored_whatever_it_is_given_as(model, tmp_path):
    path = tmp_path / "t.txt"
    path.write_text(TEXT)
    from_file = model.evaluate(path)
    assert from_file.part == "t.txt"
    assert model.evaluate({"text": [TEXT]}, part="mine").headline.value == pytest.approx(
        from_file.headline.value
    )
    assert model.evaluate({"other": [TEXT]}).headline.value == pytest.approx(from_file.headline.value)
    with pytest.raises(DataError, match="no column 'text'"):
        model.evaluate({"a": [1, 2]})
    with pytest.raises(DataError, match="there is no text"):
        model.evaluate({"text": [None, ""]})


def test_unknown_characters_of_a_text_cost_what_it_takes_to_name_them():
    model = writer()
    known = model.evaluate({"text": ["the cat sat " * 50]}).headline.value
    strange = model.evaluate({"text": ["the cжt sat " * 50]}).headline.value
    assert strange > known + 20 / 12


def test_what_it_cannot_do_is_told(model):
    with pytest.raises(SettingError, match="--top-p"):
        model.stream("a", 5, top_p=2)  # before anything is drawn
    with pytest.raises(SettingError, match=r"model.write"):
        model.predict(["a"])


def test_a_damaged_or_newer_or_foreign_folder_is_refused(tmp_path):
    model = writer()
    model.save(tmp_path / "m")
    (tmp_path / "m" / "counts.safetensors").write_bytes(b"short")
    with pytest.raises(FolderError, match="counts.safetensors"):
        deepen.load(tmp_path / "m")
    data = model._to_dict()
    for change, match in (({"format": 99}, "newer deepen"), ({"form": "other"}, "no language model")):
        from deepen.compute import folders

        with folders.staged(tmp_path / "n", kind="model") as stage:
            (stage / "model.json").write_text(json.dumps({**data, **change}))
        with pytest.raises(FolderError, match=match):
            Writer.load(tmp_path / "n")


def test_the_card_shows_a_sample_and_scores(tmp_path):
    model = writer()
    model.scores = {"test": model.evaluate({"text": [TEXT]}, part="test")}
    model.save(tmp_path / "m")
    card = (tmp_path / "m" / "README.md").read_text()
    assert "    a sample" in card
    assert "bits per character" in card
    assert "cats.txt" in card


def test_without_counts_it_writes_by_the_net_alone(tmp_path):
    model = writer(ngram=False)
    model.save(tmp_path / "m")
    assert not (tmp_path / "m" / "counts.safetensors").exists()
    assert deepen.load(tmp_path / "m").write("the", 30) == model.write("the", 30)
    assert np.isfinite(model.evaluate({"text": [TEXT]}).headline.value)
