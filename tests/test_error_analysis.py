"""From rows, truths and answers to what stands behind a score, for every task and kind."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile
from PIL import Image

from deepen.data import prepare
from deepen.data.recognise import Wishes, recognise
from deepen.data.table import Table
from deepen.error_analysis import _answers, examine, grouping
from deepen.errors import DataError
from deepen.evidence.measures import score

N = 60


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Rows of every kind: pictures, recordings, texts, series, a number and a name."""
    rng = np.random.default_rng(0)
    for row in range(N):
        wave = 0.3 * np.sin(np.arange(800 + 80 * (row % 5)) * 0.3)
        soundfile.write(tmp_path / f"{row % 2}_{'ann' if row < 40 else 'theo'}_{row}.wav", wave, 8000)
    columns = {
        "scan": rng.integers(0, 256, (N, 12, 10), dtype=np.uint8),
        "pulse": rng.normal(size=(N, 50, 2)).astype(np.float32),
        "sound": [f"{row % 2}_{'ann' if row < 40 else 'theo'}_{row}.wav" for row in range(N)],
        "report": [f"the report number {row} is of this kind {row * 7}" for row in range(N)],
        "age": [None if row == 3 else float(row) + 0.25 for row in range(N)],
        "ward": [f"ward {row // 2 % 4}" for row in range(N)],
        "class": [f"c{row % 3}" for row in range(N)],
        "size": [row * 1.5 for row in range(N)],
        "tags": [["x", "y"][: 1 + row % 2] for row in range(N)],
    }
    arrow = {n: v if isinstance(v, np.ndarray) else pa.chunked_array([v]) for n, v in columns.items()}
    return Table(arrow, "t", folder=tmp_path)


def examined(table, target, answers, truth, rows=None, drop=(), by=()):
    left = {"class", "size", "tags"} - {target}
    schema = recognise(table, Wishes(target=target, drop=(*left, *drop)))
    preparation = prepare.fit(table, schema, np.arange(N))
    rows = np.arange(N) if rows is None else np.asarray(rows)
    measured = score(schema.task, truth, answers, preparation.labels)
    return examine(measured, table, rows, np.asarray(truth), np.asarray(answers), preparation, by=by)


def wrong_classes(rows):
    """Answers that are all wrong, the surer the later the row."""
    truth = np.asarray(rows) % 3
    p = np.full((len(rows), 3), 0.1)
    p[np.arange(len(rows)), (truth + 1) % 3] = np.linspace(0.4, 0.9, len(rows))
    return truth, p / p.sum(1, keepdims=True)


def test_every_kind_is_shown_as_it_is_in_the_source(table):
    rows = np.arange(10, 22)
    truth, p = wrong_classes(rows)
    found = examined(table, "class", p, truth, rows)
    assert [m.row for m in found.mistakes.worst] == rows[::-1].tolist()
    first = found.mistakes.worst[0]
    assert (first.truth, first.answered, first.name) == ("c0", "c1", "1_ann_21.wav")
    shown = {exhibit.kind: exhibit for exhibit in first.shown}
    assert set(shown) == {"image", "audio", "series", "text", "row"}
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown["image"].data["png"]))))
    np.testing.assert_array_equal(pixels, table["scan"][21])
    np.testing.assert_allclose(shown["series"].data["channels"], table["pulse"][21].T, rtol=1e-4)
    assert shown["text"].data["text"] == "the report number 21 is of this kind 147"
    assert shown["audio"].data["seconds"] == pytest.approx(0.11, abs=0.011)
    assert shown["audio"].data["hertz"] == 4000
    assert shown["row"].data["values"] == {"age": "21.25", "ward": "ward 2"}
    assert len(json.dumps(found.to_dict(), allow_nan=False)) < 60_000


def test_a_file_that_has_gone_is_left_out_and_the_rest_is_shown(table):
    (table.folder / "1_ann_21.wav").unlink()
    rows = np.arange(10, 22)
    truth, p = wrong_classes(rows)
    first = examined(table, "class", p, truth, rows).mistakes.worst[0]
    assert "audio" not in [exhibit.kind for exhibit in first.shown]
    assert first.name == "1_ann_21.wav"


def test_classes_are_ordered_and_grouped_by_parts_of_names(table):
    truth, p = wrong_classes(np.arange(N))
    p[:40] = np.eye(3)[truth[:40]] * 0.97 + 0.01
    found = examined(table, "class", p, truth, by=["name:1:_", "ward"])
    assert sorted(found.ordered.labels) == ["c0", "c1", "c2"]
    assert sum(map(sum, found.ordered.counts)) == N
    speaker, ward = found.subgroups
    assert [(group.name, group.n, group.verdict) for group in speaker.groups] == [
        ("theo", 20, "worse"),
        ("ann", 40, "better"),
    ]
    assert {group.verdict for group in ward.groups} == {""}


def test_of_numbers_the_largest_errors_come_first(table):
    truth = np.arange(N) * 1.5
    said = truth + np.where(np.arange(N) == 7, -40.0, 1.0)
    found = examined(table, "size", said, truth, drop=["scan", "pulse", "sound", "report"])
    first = found.mistakes.worst[0]
    assert (first.row, first.error, first.sure, first.truth, first.answered) == (
        7,
        -40.0,
        None,
        "10.5",
        "-29.5",
    )
    assert (found.mistakes.total, len(found.mistakes.worst)) == (N, 40)
    assert (found.ordered, found.reliability) == (None, None)
    assert found.answers.truth == tuple(truth.tolist()) and found.answers.answered == tuple(said.tolist())


def test_of_many_numbers_some_answers_are_kept_evenly_by_the_true_one():
    truth = np.random.default_rng(0).permutation(5001) / 7
    found = _answers(truth, truth + 1)
    assert len(found.truth) == 400 and found.of == 5001
    assert (found.truth[0], found.truth[-1]) == (0.0, 714.286)
    assert np.diff(found.truth) == pytest.approx(5000 / 7 / 399, abs=0.15)
    assert np.subtract(found.answered, found.truth) == pytest.approx(1, abs=1e-3), "each stays with its truth"


def test_several_labels_are_told_by_their_names(table):
    truth = np.array([[1, row % 2] for row in range(N)])
    p = np.where(truth == 1, 0.8, 0.3)
    p[5] = [0.05, 0.6]
    found = examined(table, "tags", p, truth, drop=["scan", "pulse", "sound", "report"])
    (only,) = found.mistakes.worst
    assert (only.row, only.truth, only.answered, only.sure) == (5, "x, y", "y", 0.95)
    assert found.ordered is None
    assert sum(b.n for b in found.reliability.bins) == 2 * N


def test_the_column_of_the_groups_is_taken_unless_others_are_named(table):
    schema = recognise(table, Wishes(target="class", group="ward"))
    assert grouping(schema, table, None) == ("ward",)
    assert grouping(schema, table, "age") == ("age",)
    assert grouping(schema, table, ["age", "age", "ward"]) == ("age", "ward")
    assert grouping(schema, table.renamed({"ward": "w"}), None) == ()


def test_a_column_that_groups_nothing_is_told_or_an_error(table):
    truth, p = wrong_classes(np.arange(N))
    table.columns["report id"] = pa.chunked_array([[f"id {row}" for row in range(N)]])
    table.columns["clinic"] = pa.chunked_array([["north"] * N])
    told = []
    schema = recognise(table, Wishes(target="class", drop=("size", "tags")))
    preparation = prepare.fit(table, schema, np.arange(N))
    asked = (score("many classes", truth, p), table, np.arange(N), truth, p, preparation)
    found = examine(*asked, by=["report id", "clinic", "ward"], tell=told.append)
    assert [each.column for each in found.subgroups] == ["ward"]
    assert ["report id" in told[0], "one group only" in told[1], len(told)] == [True, True, 2]
    with pytest.raises(DataError, match="one group only"):
        examine(*asked, by=["clinic"])
