"""A study of planted laws: what it forecasts and advises."""

import dataclasses
import functools
import json

import numpy as np
import pytest

from deepen.errors import FolderError
from deepen.scaling.cells import Cell
from deepen.scaling.folder import save
from deepen.scaling.study import Study

ROWS = (100, 200, 400, 800, 1600, 3200)


def net(n, m=10_000):
    return 0.01 + 1.2 * n**-0.4 + 0.5 * m**-0.4


def plain(n):
    return 0.11 + 1.0 * n**-0.5


def cells(svm=plain):
    found = [
        Cell("net", n, (net(n, m),), 20_000, size=size, weights=m, compute=100.0 * n * m, seconds=n * m / 1e6)
        for n in ROWS
        for size, m in (("tiny", 2000), ("small", 10_000))
    ]
    found += [Cell("SVM", n, (svm(n),), 20_000, seconds=0.1) for n in ROWS]
    return (*found, Cell("net", 3200, (0.9 * net(3200),), 20_000, size="small", weights=10_000, length=2.0))


@functools.cache
def whole():
    """The study that most tests look at: its laws are fitted once."""
    return study(target_score=0.96)


def study(**more):
    return Study(**({"source": "x.csv", "task": "many classes", "rows": 3200, "test": 20_000, "chance": 0.9,
                     "cells": cells()} | more))  # fmt: skip


def test_curves_are_in_order_and_the_best_are_found():
    found = whole()
    assert list(found.curves) == ["net tiny", "net small", "SVM"]
    assert (found.best, found.best_shallow) == ("net small", "SVM")


def test_forecasts_hold_the_planted_law():
    for asked in whole().forecasts["net small"]:
        assert asked.low < net(asked.rows) < asked.high


def test_all_rows_are_forecast_too_where_they_were_not_measured():
    assert [f.rows for f in study(rows=6400, cells=few(plain)).forecasts["SVM"]] == [
        6400,
        12_800,
        25_600,
        64_000,
    ]


def test_the_advice_answers_each_question():
    text = " ".join(whole().advice)
    assert "net small has the lowest test error" in text
    assert "4 times the data" in text
    assert "accuracy 0.96" in text
    assert "net small overtakes SVM" in text
    assert "net small (10,000 weights) has" in text
    assert "Training 2 times as long: 10% less error" in text
    assert "Self-check: fitted to at most 800 rows" in text


def test_a_target_below_what_is_irreducible_is_refused_in_words():
    found = study(cells=tuple(c for c in few(lambda n: 0.2) if c.learner == "SVM"), target_score=0.9)
    assert not found.needs["SVM"].reachable
    planted = tuple(Cell("net", n, (0.08 + 2 * n**-0.6,), 10**6, size="tiny", weights=100) for n in ROWS)
    assert "accuracy 0.95 is not reachable by data alone" in " ".join(
        study(cells=planted, target_score=0.95).advice
    )


def few(svm):
    """One net and one shallow learner, at three amounts: enough to compare them, and quick."""
    return tuple(c for c in cells(svm) if c.rows >= 800 and c.size in ("small", "") and c.length == 1)


def test_where_the_shallow_learner_wins_it_is_said_first():
    first = study(cells=few(lambda n: 0.4 * n**-0.4)).advice[0]
    assert first.startswith("With 3,200 rows SVM has the lowest") and "depth has not paid" in first


def test_where_they_are_as_good_it_is_said():
    first = study(cells=few(lambda n: net(n) * 1.001)).advice[0]
    assert "no clear difference" in first and "SVM is as good" in first


def test_what_was_measured_on_fewer_rows_is_not_compared_with_more():
    svm = tuple(c for c in cells(lambda n: 0.4 * n**-0.4) if c.size in ("small", ""))
    fewer = tuple(c for c in svm if c.learner != "net" or c.rows <= 800)
    first, second, *_ = study(cells=fewer).advice
    assert first.startswith("With 800 rows SVM") and "depth has not paid" not in first
    assert second.startswith("With 3,200 rows SVM") and "did not allow net small so many" in second


def test_numbers_are_spoken_of_as_r2():
    found = study(task="number", chance=1.0, target_score=0.96, cells=few(plain))
    assert "unexplained variance" in found.advice[0] and "R² 0.96" in " ".join(found.advice)


def test_nothing_measured_is_said():
    assert "Nothing was measured" in study(cells=()).advice[0]
    assert "Too few amounts" in study(cells=cells()[:3]).advice[-1]


def test_what_is_kept_gives_the_same_study(tmp_path):
    found = study(cells=tuple(c for c in cells() if c.size == "small"), target_score=0.96)
    save(found, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"study.json", "chart.png", "chart.svg", "README.md"}
    again = Study.load(tmp_path)
    assert again.advice == found.advice and again.cells == found.cells
    json.loads((tmp_path / "study.json").read_text())
    page = (tmp_path / "README.md").read_text()
    assert "Self-check" in page and "| net small |" in page
    (tmp_path / "study.json").write_text('{"format": 99}')
    with pytest.raises(FolderError, match="newer"):
        Study.load(tmp_path)
    (tmp_path / "study.json").write_text('{"format": 1}')
    with pytest.raises(FolderError, match="damaged"):
        Study.load(tmp_path)


def test_lines_have_laws_and_bands_around_the_points():
    for line in whole().lines():
        assert np.all(np.array(line.lows) < line.errors) and np.all(np.array(line.highs) > line.errors)
        assert np.all(np.array(line.law_low) <= line.law) and max(line.law_rows) == pytest.approx(32_000)
    assert [line.banded for line in whole().lines()] == [False, True, True]


def test_a_curve_on_few_rows_is_not_the_best():
    extra = Cell("net", 100, (0.001,), 20_000, size="medium", weights=50_000)
    more = tuple(dataclasses.replace(extra, rows=n) for n in (100, 200, 400))
    assert study(cells=(*few(plain), *more)).best == "net small"
