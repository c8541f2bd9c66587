"""From a text to a model that writes: honest, repeatable, and within its clock."""

import time

import numpy as np
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError, Stopped
from deepen.language.corpus import gather
from deepen.language.learn import LanguageStep
from deepen.language.model import Writer


class Heard:
    """A watch that remembers."""

    def __init__(self, act=None):
        self.notes, self.stages, self._act = [], [], act

    def stage(self, name, done=0, total=0):
        self.stages.append(name)

    def note(self, text):
        self.notes.append(text)

    def understood(self, schema, rows):
        self.schema = schema

    def progress(self, now):
        if self._act:
            self._act(now)


def words(n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    known = ["rain", "sun", "the", "wind", "falls", "over", "hill", "and", "house", "bright"]
    lines, left = [], n
    while left > 0:
        line = " ".join(rng.choice(known, rng.integers(3, 9))) + ".\n"
        lines.append(line)
        left -= len(line)
    return "".join(lines)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "weather.txt"
    path.write_text(words())
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "weather.txt"
    path.write_text(words())
    return deepen.train(path, epochs=8, size="tiny")


def test_it_learns_says_what_it_did_and_stands_beside_the_counts(model):
    assert isinstance(model, Writer)
    assert model.score.headline.name == "bits_per_character"
    assert set(model.scores) == {"test", "net alone", "n-gram"}
    assert model.score.headline.value < 1.6
    assert model.score.headline.value <= model.scores["n-gram"].headline.value + 0.02
    assert any("contiguous" in note for note in model.notes)
    assert model.about["source"] == "weather.txt"


def test_the_stages_are_told_and_counts_come_first(text):
    heard = Heard()
    deepen.train(text, steps=2, size="tiny", watch=heard)
    assert heard.stages.index("counting n-grams first") < heard.stages.index("scoring")
    assert any(note.startswith("n-grams have bits per character") for note in heard.notes)
    assert heard.schema.task == "language"


def test_poisoning_the_test_part_changes_no_weight_no_count_and_no_blend(text):
    whole = deepen.train(text, epochs=1, size="tiny")
    given = text.read_text()
    text.write_text(given[:-1500] + "zebra quiz " * 136 + "end\n")
    other = deepen.train(text, epochs=1, size="tiny")
    for (name, one), (_, two) in zip(
        whole.net.state_dict().items(), other.net.state_dict().items(), strict=True
    ):
        assert torch.equal(one, two), name
    for name, array in whole.ngram.to_arrays().items():
        assert np.array_equal(array, other.ngram.to_arrays()[name]), name
    assert whole.blend == other.blend
    assert other.score.headline.value > whole.score.headline.value + 1


def test_resumed_equals_uninterrupted(text, tmp_path, monkeypatch):
    whole = deepen.train(text, epochs=3, size="tiny", checkpoints=tmp_path / "a")
    stop, steps, one = StopFlag(), [], LanguageStep.__call__

    def counted(self, net, window):
        steps.append(1)
        if len(steps) == 11:
            stop.set("a test")
        return one(self, net, window)

    with monkeypatch.context() as patch:
        patch.setattr(LanguageStep, "__call__", counted)
        part = deepen.train(text, epochs=3, size="tiny", checkpoints=tmp_path / "b", stop=stop)
    assert part.history.ended == "stopped by a test"
    rest = deepen.train(text, epochs=3, size="tiny", checkpoints=tmp_path / "b")
    for (name, one), (_, two) in zip(
        whole.net.state_dict().items(), rest.net.state_dict().items(), strict=True
    ):
        assert torch.equal(one, two), name
    assert str(whole.score) == str(rest.score)


def test_the_net_alone_comes_near_the_entropy_of_a_chain(tmp_path):
    """Every letter is drawn from two that follow from the one before it: one bit each."""
    rng = np.random.default_rng(0)
    at, letters = 0, []
    for draw in rng.integers(0, 2, 40_000):
        at = (2 * at + int(draw)) % 8
        letters.append("abcdefgh"[at])
    path = tmp_path / "chain.txt"
    path.write_text("\n".join("".join(letters[i : i + 999]) for i in range(0, 40_000, 999)))
    model = deepen.train(path, epochs=8, size="tiny")
    for name in ("test", "net alone", "n-gram"):
        assert model.scores[name].headline.value == pytest.approx(1.0, abs=0.06), name
    assert model.scores["net alone"].headline.low > 0.95


def test_a_folder_and_a_column_of_texts_are_learned_too(tmp_path):
    for i in range(3):
        (tmp_path / "books").mkdir(exist_ok=True)
        (tmp_path / "books" / f"{i}.txt").write_text(words(4000, seed=i))
    model = deepen.train(tmp_path / "books", steps=3, size="tiny")
    assert model.about["source"] == "books/"
    column = deepen.train({"text": [words(80, seed=i) for i in range(100)]}, steps=3, size="tiny")
    assert len(column.write(length=50)) == 50


def test_what_cannot_be_learned_is_refused(tmp_path):
    path = tmp_path / "tiny.txt"
    path.write_text("not much of\na text at all\n")
    with pytest.raises(DataError, match="tiny.txt: too little text"):
        deepen.train(path, steps=1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 20)
    with pytest.raises(DataError, match="PNG"):
        deepen.train(path, steps=1)
    with pytest.raises(SettingError, match="a module of one's own"):
        deepen.train({"text": [words()]}, steps=1, net=torch.nn.Linear(1, 1))


def test_stopped_before_there_is_a_model(text):
    stop = StopFlag()
    heard = Heard()
    heard.stage = lambda name, done=0, total=0: stop.set("a test") if "n-grams" in name else None
    with pytest.raises(Stopped, match="while counting n-grams"):
        deepen.train(text, steps=5, watch=heard, stop=stop)


@pytest.mark.slow
def test_the_clock_is_kept(text):
    began = time.monotonic()
    model = deepen.train(text, minutes=0.3)
    assert time.monotonic() - began < 18 + 6
    assert model.score.headline.value < 1.8


def test_a_loss_that_is_not_finite_does_not_stay_in_the_memory(text):
    from deepen.data.sources import read
    from deepen.language.batches import Windows
    from deepen.nets.language import LanguageLSTM

    corpus = gather(read(text), "text")
    net = LanguageLSTM(v=corpus.tokeniser.size, width=8)
    windows = Windows(corpus.ids[:2000], strands=2, length=8, seed=0, device=torch.device("cpu"))
    step = LanguageStep()
    step(net, windows.next())
    step._state = (torch.full_like(step._state[0], torch.nan), step._state[1])
    assert not step(net, windows.next()).isfinite()
    assert step(net, windows.next()).isfinite()
