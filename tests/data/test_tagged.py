"""Tagging is recognised from lists of one length, and from nothing else; the user's word wins."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.recognise import Wishes, recognise
from deepen.data.table import Table
from deepen.errors import SettingError

SENTENCES = [["Ann", "sat"], ["in", "Rome", "today"], ["go"]] * 20
TAGS = [["B-PER", "O"], ["O", "B-LOC", "O"], ["O"]] * 20


def table(target=None, **columns):
    made = {
        n: v if isinstance(v, np.ndarray) else pa.chunked_array([pa.array(v)]) for n, v in columns.items()
    }
    return Table(made, "a.jsonl", target=target)


def understood(given, **wishes):
    return recognise(given, Wishes(**wishes))


def roles(schema):
    return {c.name: c.kind or c.role for c in schema.columns}


@pytest.mark.parametrize(
    ("inputs", "tags", "kind"),
    [
        (SENTENCES, TAGS, "text"),
        (SENTENCES, [[len(t) for t in row] for row in TAGS], "text"),
        ([[0.5, 1.5], [2.0]] * 20, [["a", "b"], ["a"]] * 20, "series"),
        ([[1, 2], [2]] * 20, [[0, 1], [0]] * 20, "series"),
        ([[[0.5, 1.0], [1.5, 2.0]], [[2.0, 1.0]]] * 20, [["a", "b"], ["a"]] * 20, "series"),
        (np.zeros((30, 40, 3)), [["a"] * 20 + ["b"] * 20] * 30, "series"),
        ([json.dumps(row) for row in SENTENCES], [json.dumps(row) for row in TAGS], "text"),
        ([json.dumps([0.5, None]), "[2]"] * 20, ['["a", "b"]', '["a"]'] * 20, "series"),
        ([*SENTENCES, None, []], [*TAGS, ["O"], []], "text"),
        (SENTENCES, [["O"], *TAGS[1:]], "text"),
    ],
)
def test_lists_of_one_length_are_tagged(inputs, tags, kind):
    schema = understood(table(x=inputs, y=tags), target="y")
    assert (schema.task, schema.targets, roles(schema)) == ("tags", ("y",), {"x": kind, "y": "tags"})


def test_without_a_word_the_tags_are_those_named_so_or_the_last_lists_of_names():
    assert understood(table(tags=TAGS, tokens=SENTENCES)).targets == ("tags",)
    assert understood(table(tokens=SENTENCES, what=TAGS)).targets == ("what",)
    assert understood(table(target="c", c=TAGS, tokens=SENTENCES)).targets == ("c",)


@pytest.mark.parametrize(
    ("inputs", "tags", "task"),
    [
        (SENTENCES, [["O"], ["B", "O"], ["O"]] * 20, "several labels"),  # other lengths
        ([1.5, 2.5, 3.5] * 20, TAGS, "several labels"),  # no lists
        (SENTENCES, ["a", "b", "c"] * 20, "many classes"),
    ],
)
def test_other_targets_are_what_they_were(inputs, tags, task):
    more = np.random.default_rng(0).normal(size=60).tolist()
    assert understood(table(x=inputs, more=more, y=tags), target="y").task == task


def test_words_that_become_words_are_text_to_text():
    rng = np.random.default_rng(0)
    words = [[f"w{n}" for n in rng.integers(0, 400, 5)] for _ in range(40)]
    mended = [[w if at else w + "x" for at, w in enumerate(row)] for row in words]
    assert understood(table(x=words, y=mended), inputs=["x"], target="y").task == "text to text"
    few = [
        [f"w{n}" for n in rng.integers(0, 9, 5)] for _ in range(40)
    ]  # few different ones, but mostly copies
    kept = [[w if at > 1 else "w0" for at, w in enumerate(row)] for row in few]
    assert understood(table(x=few, y=kept), inputs=["x"], target="y").task == "text to text"
    others = [[w.upper() for w in row] for row in words]  # no copies, but nearly all of them different
    assert understood(table(x=words, y=others), inputs=["x"], target="y").task == "text to text"


def test_of_several_lists_the_first_is_tagged_unless_it_is_said():
    given = table(tokens=SENTENCES, pos=[["N"] * len(row) for row in TAGS], ner=TAGS, n=[1, 2, 3] * 20)
    schema = understood(given, target="ner")
    assert roles(schema) == {"tokens": "text", "pos": "left out", "ner": "tags", "n": "left out"}
    assert "another with --input" in schema.columns[1].why
    assert roles(understood(given, target="ner", inputs=["pos"]))["pos"] == "text"
    assert roles(understood(given, target="ner", group="n"))["n"] == "group"


def test_the_user_forces_it_and_forbids_it():
    given = table(x=SENTENCES, y=[["O"], ["B", "O"], ["O"]] * 20)
    assert understood(given, target="y", kinds={"y": "tags"}).task == "tags"
    assert (
        understood(table(x=SENTENCES, n=[1, 2, 3] * 20, y=TAGS), target="y", kinds={"y": "labels"}).task
        == "several labels"
    )
    assert (
        understood(table(x=SENTENCES, y=TAGS), target="y", inputs=["x"], kinds={"y": "text"}).task
        == "text to text"
    )
    codes = table(x=[[1, 2], [3]] * 20, y=[["a", "b"], ["a"]] * 20)
    assert roles(understood(codes, target="y", kinds={"x": "text"})) == {"x": "text", "y": "tags"}


@pytest.mark.parametrize(
    ("columns", "wishes", "message"),
    [
        (
            {"x": [1, 2], "y": TAGS[:2]},
            {"target": "y", "kinds": {"y": "tags"}},
            "no column of lists stands beside it",
        ),
        ({"x": SENTENCES, "y": TAGS}, {"target": "y", "kinds": {"x": "image"}}, "a text or a series"),
        (
            {"x": ["a", "b"] * 20, "y": [0, 1] * 20},
            {"target": "y", "kinds": {"x": "tags"}},
            "only the target can be tags",
        ),
        ({"x": SENTENCES, "y": TAGS}, {"target": "y", "kinds": {"y": "tag"}}, "Did you mean 'tags'"),
    ],
)
def test_contradictions_are_refused(columns, wishes, message):
    with pytest.raises(SettingError, match=message):
        understood(table(**columns), **wishes)
