from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

import deepen
from deepen.cli import app
from deepen.compute.signals import StopFlag
from deepen.errors import FolderError, SettingError
from deepen.learning.watch import Silent


def run(*words):
    found = CliRunner().invoke(app, list(map(str, words)))
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_from_pictures_to_codes_and_dreams(photos, tmp_path):
    place = tmp_path / "features"
    said = run(
        "pretrain", photos, "--layers", "6", "--epochs", "2", "--labels", "--set", "k=2", "--out", place
    )
    assert "squared error" in said
    assert "deepen train FEW-LABELS --from" in " ".join(said.split())
    assert (place / "samples.png").is_file()
    assert not place.with_name("features.run").exists()
    assert "40 rows of 6 numbers" in run("encode", place, photos, "--out", tmp_path / "codes.npy")
    assert np.load(tmp_path / "codes.npy").shape == (40, 6)
    run("sample", place, "-n", 3, "--label", "lying", "--steps", 5, "--out", tmp_path / "three.png")
    assert (tmp_path / "three.png").stat().st_size > 1000
    with pytest.raises(FolderError, match="holds a model already"):
        run("pretrain", photos, "--out", place)


def test_the_same_call_again_goes_on_where_it_was_stopped(tmp_path):
    source, place = tmp_path / "few.csv", tmp_path / "features"
    rng = np.random.default_rng(0)
    source.write_text("\n".join(["a,b,label", *(f"{a:.3f},{b:.3f},x" for a, b in rng.normal(size=(60, 2)))]))

    class AfterFiveSteps(StopFlag, Silent):
        learning, looks = False, 0

        def stage(self, name):
            self.learning |= name == "rbm"

        def __call__(self):
            self.looks += self.learning
            if self.looks > 5:
                self.set("Ctrl-C")
            return super().__call__()

    stop = AfterFiveSteps()
    run_of = place.with_name("features.run")
    found = deepen.pretrain(source, layers=[3], epochs=30, checkpoints=run_of, watch=stop, stop=stop)
    found.save(place)
    assert found.history.ended == "stopped by Ctrl-C"
    with pytest.raises(SettingError, match="was asked something else"):
        run("pretrain", source, "--layers", "4", "--epochs", "30", "--out", place)
    said = " ".join(run("pretrain", source, "--layers", "3", "--epochs", "30", "--out", place).split())
    assert "going on after step 5, where it was interrupted" in said
    assert not run_of.exists()
    again, whole = deepen.load(place), deepen.pretrain(source, layers=[3], epochs=30)
    np.testing.assert_array_equal(again.encode(source), whole.encode(source))
    with pytest.raises(FolderError, match="holds a model already"):
        run("pretrain", source, "--layers", "3", "--epochs", "30", "--out", place)


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "rate=fast"),
        ("--set", "rate=nan"),
        ("--set", "batch=2.5"),
        ("--layers", "2x"),
        ("--set", "k3"),
        ("--method", "dbx"),
        ("--set", "kk=3"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_read(words, tmp_path):
    with pytest.raises(SettingError):
        run("pretrain", tmp_path / "nowhere", *words, "--out", tmp_path / "out")


def test_from_texts_to_a_language_model_and_a_net_that_begins_with_it(tmp_path):
    words = [["good", "fine", "glad"], ["bad", "poor", "sad"]]
    rows = [
        (n, f"it was {words[n % 2][n % 3]}, {words[n % 2][n // 2 % 3]} on day {n}", n % 2) for n in range(90)
    ]
    texts, few, place = tmp_path / "texts.csv", tmp_path / "few.csv", tmp_path / "texts-features"
    texts.write_text("id,note\n" + "".join(f'{n},"{text}"\n' for n, text, _ in rows))
    few.write_text("note,mood\n" + "".join(f'"{text}",{y}\n' for _, text, y in rows[:40]))
    said = " ".join(run("pretrain", texts, "--set", "size=tiny", "--epochs", "1", "--out", place).split())
    for part in (
        "n-gram",
        "bits per character",
        "the language model is in",
        f"deepen train FEW-LABELS --from {place}",
    ):
        assert part in said
    assert not place.with_name("texts-features.run").exists()
    assert 'from_="this-folder"' in (place / "README.md").read_text()
    assert "90 rows of 192 numbers" in run("encode", place, texts, "--out", tmp_path / "codes.npy")
    assert len(run("write", place, "--length", 20)) == 21
    run(
        "train",
        few,
        "--from",
        place,
        "--freeze",
        "1",
        "--epochs",
        "1",
        "--shallow-share",
        0,
        "--out",
        tmp_path / "m",
    )
    assert deepen.load(tmp_path / "m").about["from"].endswith("all others learn at the full rate")
    with pytest.raises(SettingError, match="A language model writes: deepen write"):
        run("sample", place, "--out", tmp_path / "dreams.npy")
    with pytest.raises(FolderError, match="holds a model already"):
        run("pretrain", texts, "--out", place)
