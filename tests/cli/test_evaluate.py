"""``deepen evaluate``: what it refuses, in this process."""

from pathlib import Path

import pytest

import deepen
from deepen.cli.evaluate import evaluate
from deepen.errors import SettingError

ROWS = {
    "x": [k % 30 + 30.5 * (k >= 30) for k in range(60)],
    "site": ["a", "b", "c"] * 20,
    "y": ["low"] * 30 + ["high"] * 30,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deepen.train(ROWS, target="y", drop=["site"], steps=2).save(tmp_path_factory.mktemp("m") / "model")


def test_groups_need_data(model: Path) -> None:
    with pytest.raises(SettingError, match="--by: needs data to score.*deepen evaluate"):
        evaluate(model, by=["site"])


def test_the_scores_of_the_training_are_drawn_without_data(model: Path, tmp_path: Path, capsys) -> None:
    evaluate(model, out=tmp_path / "new")
    assert (tmp_path / "new" / "reliability.png").is_file()
    assert "pictures and evaluation.json are in" in capsys.readouterr().out


def test_a_form_of_names_is_printed_as_it_is(model: Path, tmp_path: Path, capsys) -> None:
    lines = ["x,site,y", *(f"{a},:-1:[b]{b},{c}" for a, b, c in zip(*ROWS.values(), strict=True))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    evaluate(model, str(tmp_path / "rows.csv"), by=["site"])
    printed = capsys.readouterr().out
    assert printed.count(":-1:[b]a") >= 1
    (told,) = (line for line in printed.splitlines() if line.startswith("worst by site: "))
    assert "Holm over 3" in told


def test_what_has_nothing_behind_it_cannot_be_drawn(model: Path, tmp_path: Path) -> None:
    loaded = deepen.load(model)
    loaded.evaluation = None
    older = loaded.save(tmp_path / "model")
    with pytest.raises(SettingError, match="nothing behind them"):
        evaluate(older, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
