from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from deepen.cli import app
from deepen.errors import FolderError, SettingError


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


@pytest.mark.parametrize(
    "words", [("--layers", "2x"), ("--set", "k3"), ("--method", "dbx"), ("--set", "kk=3")]
)
def test_wrong_words_are_refused_before_anything_is_read(words, tmp_path):
    with pytest.raises(SettingError):
        run("pretrain", tmp_path / "nowhere", *words, "--out", tmp_path / "out")
