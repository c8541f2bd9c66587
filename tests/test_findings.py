import csv
import json
from pathlib import Path

from deepen.findings import KINDS, Finding, Findings

TWO = Finding(
    "duplicate", 0.2, "twice", (3, 8), ("a.csv, row 4", "a.csv, row 9"), ("train", "train"), ("x=1", "x=1")
)
LEAK = Finding("leaking column", 0.99, "code alone tells the target", column="code", figures={"auc": 0.99})
FOUND = Findings("a.csv", 10, "two classes", (LEAK, TWO), ("a note",), {"AUC low": 0.4}, seconds=1.5)


def test_plain_data_there_and_back() -> None:
    again = Findings.from_dict(json.loads(json.dumps(FOUND.to_dict())))
    assert again.to_dict() == FOUND.to_dict()
    assert again.found == FOUND.found
    assert again[1].rows == (3, 8)


def test_findings_are_counted_and_picked() -> None:
    assert FOUND.counts() == {"leaking column": 1, "duplicate": 1}
    assert list(FOUND.counts()) == ["leaking column", "duplicate"]
    assert FOUND.of("duplicate", "shift") == (TWO,)
    assert [f.kind for f in FOUND] == ["leaking column", "duplicate"]
    assert set(FOUND.counts()) <= set(KINDS)


def test_a_line_for_each_row(tmp_path: Path) -> None:
    FOUND.write_csv(tmp_path / "f.csv")
    with (tmp_path / "f.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(line["finding"], line["kind"], line["row"]) for line in lines] == [
        ("1", "leaking column", ""), ("2", "duplicate", "3"), ("2", "duplicate", "8"),
    ]  # fmt: skip
    assert lines[2]["where"] == "a.csv, row 9"


def test_what_people_are_told() -> None:
    assert str(TWO) == "duplicate: twice (a.csv, row 4; a.csv, row 9)"
    many = Finding("duplicate", 0.2, "often", tuple(range(6)), tuple("abcdef"))
    assert str(many) == "duplicate: often (a; b; c; d; ...)"
