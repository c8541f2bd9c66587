"""A tiny checkpoint, made here, as what a training begins with. The refusals need no package ``transformers``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import deepen
from deepen.data.kinds import Text
from deepen.errors import FolderError, SettingError
from deepen.learning.hub import is_checkpoint, pretrained_of_checkpoint
from deepen.nets.assemble import Assembled
from deepen.nets.bodies import stacked

WORDS = ["good", "bad", "fine", "poor", "it", "was", "very", "quite"]


def written(folder: Path, **config: Any) -> Path:
    """A folder with a configuration alone."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_folder_is_told_by_its_configuration(tmp_path: Path) -> None:
    assert is_checkpoint(written(tmp_path / "a", model_type="bert"))
    assert not is_checkpoint(tmp_path)


def test_a_pickle_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", model_type="bert")
    (folder / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(
        FolderError, match=r"may hold code is not read; allowed: model.safetensors; came: pytorch_model"
    ):
        deepen.train({"text": ["a"], "y": ["b"]}, target="y", from_=folder)


def test_without_the_package_the_line_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "a", model_type="bert")
    (folder / "model.safetensors").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SettingError, match=r'pip install "deepen\[hub\]"'):
        pretrained_of_checkpoint(folder)


# -- with the package


@pytest.fixture
def package() -> Any:
    return pytest.importorskip(
        "transformers", reason="needs the package transformers: pip install deepen[hub]"
    )


@pytest.fixture
def bert(package: Any, tmp_path: Path) -> Path:
    """A BERT of two layers that knows eight words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {word: k for k, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokens = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    folder = tmp_path / "tiny-bert"
    package.PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=32, **tokens).save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = package.BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32,
    )  # fmt: skip
    package.BertModel(config).save_pretrained(folder)
    return folder


def test_the_encoder_gives_what_the_package_gives(bert: Path, package: Any) -> None:
    found = pretrained_of_checkpoint(bert)
    (text,) = found.kinds.values()
    assert isinstance(text, Text)
    assert text.longest == 30
    net = Assembled({"text text": text.shape}, 2, found.settings).eval()
    from deepen.nets.bodies import put_bodies

    put_bodies(net, found.bodies)
    sentences = ["it was very good", "bad", "quite unheard of"]
    ids = np.zeros((3, 4), dtype=np.int64)
    for row, each in enumerate(text.tokeniser.encode(sentences)):
        ids[row, : len(each)] = each
    tokeniser = package.AutoTokenizer.from_pretrained(bert, local_files_only=True)
    model = package.AutoModel.from_pretrained(bert, local_files_only=True).eval()
    read = tokeniser(sentences, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(input_ids=read.input_ids, attention_mask=read.attention_mask).last_hidden_state
        own = read.attention_mask.unsqueeze(2)
        wanted = (states * own).sum(1) / own.sum(1)
        got = net.readers[0].features(torch.from_numpy(ids))  # type: ignore[operator, union-attr]
    assert torch.allclose(got, wanted, atol=1e-5)


def test_each_layer_of_the_encoder_is_a_level(bert: Path) -> None:
    found = pretrained_of_checkpoint(bert)
    (text,) = found.kinds.values()
    shapes = {"text text": text.shape}  # type: ignore[union-attr]
    net = Assembled(shapes, 2, found.settings)
    levels = stacked(net, shapes)["text text"]
    parts = [{name.removeprefix("readers.0.model.") for name in level} for level in levels]
    assert all(name.startswith("embeddings.") for name in parts[0])
    for k in (0, 1):
        assert parts[k + 1]
        assert all(name.startswith(f"encoder.layer.{k}.") for name in parts[k + 1])


def test_it_is_trained_under_a_new_head_and_kept(bert: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fillers = [" ".join(each) for each in rng.choice(WORDS[4:], (120, 6))]
    texts = [f"{filler} {word}" for filler, word in zip(fillers, rng.choice(WORDS[:4], 120), strict=True)]
    mood = ["up" if ("good" in text or "fine" in text) else "down" for text in texts]
    model = deepen.train(
        {"review": texts, "mood": mood}, target="mood", kinds={"review": "text"}, from_=bert, rate=5e-3, epochs=15,
        shallow_share=0,
    )  # fmt: skip
    assert model.score.headline.value > 0.9
    assert str(model.about["from"]).startswith("tiny-bert (bert): ")
    again = deepen.load(model.save(tmp_path / "model"))
    assert np.array_equal(again.raw({"review": texts}), model.raw({"review": texts}))


def test_what_is_no_text_encoder_and_what_is_unknown_are_refused(bert: Path, package: Any) -> None:
    config = json.loads((bert / "config.json").read_text())
    (bert / "config.json").write_text(json.dumps({**config, "model_type": "berd"}))
    with pytest.raises(
        FolderError, match=r"architecture that transformers does not know; came: 'berd'. Did you mean"
    ):
        pretrained_of_checkpoint(bert)
    (bert / "config.json").write_text(json.dumps(config))
    (bert / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(FolderError, match="cannot be read by transformers"):
        pretrained_of_checkpoint(bert)
