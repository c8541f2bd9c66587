from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.records import Measure
from deepen.reporting.depth import draw_map, draw_probes, draw_similarity


def measures(*values: float, name: str = "accuracy") -> list[Measure]:
    return [Measure(name, v, v - 0.05, v + 0.05, "wilson", 9) for v in values]


def test_probes(tmp_path: Path) -> None:
    probed = {"digit": measures(0.5, 0.9), "$age": measures(0.2, 0.1, name="r2")}
    said = draw_probes(tmp_path / "p.png", ["input", "level 1"], probed, {"digit": 0.1, "$age": 0.0})
    assert said == (
        "Linear probes by depth, with 95 % intervals: digit from 50 at the input to 90 at the last level; $age from "
        "0.2 at the input to 0.1 at the last level."
    )
    assert (tmp_path / "p.png").is_file()


def test_similarity_without_a_value(tmp_path: Path) -> None:
    values = np.array([[1.0, 0.25, np.nan], [0.25, 1.0, np.nan], [np.nan] * 3])
    said = draw_similarity(tmp_path / "s.png", ["level 1", "level 2", "level 3"], values)
    assert said == "Similarity between levels, CKA from 0 to 1: level 1 and 2 0.25, level 2 and 3 nan."


@pytest.mark.parametrize("labels", [None, "few", "many", "numbers"])
def test_maps(tmp_path: Path, labels: str | None) -> None:
    rng = np.random.default_rng(0)
    given = {
        "few": np.array(["a", "$b", ""] * 10, dtype=object),
        "many": np.array([f"c{k}" for k in range(30)], dtype=object),
        "numbers": np.where(np.arange(30) % 7, np.arange(30.0), np.nan),
    }.get(labels or "")
    said = draw_map(tmp_path / "m.png", rng.normal(size=(30, 2)), (0.5, 0.2), rng.normal(size=(30, 2)), given)
    assert ("coloured by the true value" in said) == (labels is not None)
    with Image.open(tmp_path / "m.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 20
