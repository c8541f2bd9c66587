"""Spans are those of the shared tasks' own script."""

import itertools

import pytest

from deepen.evidence.spans import are_spans, spans


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("", []),
        ("O O", []),
        ("B-A I-A O B-A", [(0, 2, "A"), (3, 4, "A")]),
        ("B-A B-A", [(0, 1, "A"), (1, 2, "A")]),
        ("I-A I-A O I-B", [(0, 2, "A"), (3, 4, "B")]),  # the first form of the tags has no B here
        ("I-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("B-A I-B", [(0, 1, "A"), (1, 2, "B")]),
        ("O I-A", [(1, 2, "A")]),
        ("S-A S-A B-A E-A I-A", [(0, 1, "A"), (1, 2, "A"), (2, 4, "A"), (4, 5, "A")]),
        ("U-A B-A L-A", [(0, 1, "A"), (1, 3, "A")]),
        ("B-A-B I-A-B", [(0, 2, "A-B")]),
    ],
)
def test_spans(tags, found):
    assert spans(tags.split()) == found


def test_spans_written_as_tags_are_read_back():
    for names in itertools.product(["", "A", "A2", "B", "B3"], repeat=3):
        tags, wanted = [], []
        for name in names:
            long = int(name[1:] or 1)
            if name:
                wanted.append((len(tags), len(tags) + long, name[0]))
            tags += [f"B-{name[0]}"] + [f"I-{name[0]}"] * (long - 1) if name else ["O"]
        assert spans(tags) == wanted


def test_only_tags_of_spans_are_spans():
    assert are_spans(["O", "I-X"])
    assert not are_spans(["O", "B-"])
    assert not are_spans(["B-X", "rest"])
