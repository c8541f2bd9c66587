"""The schema as plain data and back."""

import json

import pytest

from deepen.data.schema import ROLES, TASKS, ColumnPlan, Schema
from deepen.errors import FolderError

SCHEMA = Schema(
    (
        ColumnPlan("age", "number", "input", "numbers"),
        ColumnPlan("sex", "category", "input"),
        ColumnPlan("id", "", "left out", "identifier-like"),
        ColumnPlan("patient", "", "group", "as named"),
        ColumnPlan("ill", "category", "target"),
    ),
    "two classes",
    ("ill",),
    ("a warning",),
)


def test_written_as_json_and_read_back_it_is_the_same():
    assert Schema.from_dict(json.loads(json.dumps(SCHEMA.to_dict()))) == SCHEMA


def test_inputs_and_single_roles_are_found():
    assert [c.name for c in SCHEMA.inputs] == ["age", "sex"]
    assert SCHEMA.column("group") == "patient"
    assert SCHEMA.column("time") is None
    assert {c.role for c in SCHEMA.columns} <= set(ROLES)
    assert SCHEMA.task in TASKS


def test_a_task_of_a_newer_version_is_refused():
    with pytest.raises(FolderError, match="unknown task 'translation'"):
        Schema.from_dict({**SCHEMA.to_dict(), "task": "translation"})
