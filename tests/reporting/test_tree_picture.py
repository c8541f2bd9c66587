import copy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.reporting.tree_picture import draw, text


def move(word, visits, value, *moves, prior=0.25, **more):
    return {"move": word, "visits": visits, "prior": prior, "value": value, "moves": list(moves), **more}


FOUND = {
    "move": "D4", "value": 0.25, "simulations": 20, "principal": ["D4", "C3", "E5"],
    "moves": [
        move("pass", 2, -0.5), move("D4", 12, 0.5, move("C3", 8, -0.25, move("E5", 5, 0.75)), move("C4", 0, None)),
        move("A1", 0, None),
    ],
}  # fmt: skip


def test_text_shows_values_from_the_roots_side_and_the_most_visited_first():
    head, titles, *rows = text(FOUND).split("\n")
    assert head == "D4 after 20 simulations, value +0.25; expected: D4 C3 E5"
    assert titles.split() == ["visits", "prior", "value"]
    assert [row.split()[0] for row in rows] == ["├─", "│", "│", "├─", "└─"]
    assert rows[0] == "├─ D4             12   25 %  +0.50  ████████████"
    # The reply is worth -0.25 to the other, so 0.25 to the one at the root; and a move of one's own is as it stands.
    assert "C3" in rows[1] and "+0.25" in rows[1] and rows[1].endswith("  " + 8 * "█")
    assert rows[2].startswith("│     └─ E5") and "+0.75" in rows[2]
    assert rows[4].split() == ["└─", "A1", "0", "25", "%"]
    assert not any("C4" in row for row in rows)  # never tried, and not at the root


def test_what_is_proven_is_told_in_a_word(tmp_path: Path):
    """From the side of the one who moves at the root: a reply that wins for the other loses."""
    lost = move("C3", 5, -1.0, move("E5", 4, 1.0, proven=True), proven=True)
    found = {**FOUND, "moves": [move("D4", 9, 1.0, proven=True), lost, move("A1", 3, 0.0, proven=True)]}
    rows = text(found).split("\n")[2:]
    assert [row.split()[-2] for row in rows] == ["wins", "loses", "loses", "draw"]
    won, lost = ({**found, "value": value, "proven": True} for value in (1.0, -1.0))
    assert text(won).startswith("D4 after 20 simulations, wins; expected: D4")
    assert draw(lost, tmp_path / "a.png").startswith("D4 after 20 simulations, loses")


def test_bars_shrink_to_the_width():
    many = {**FOUND, "moves": [move("D4", 4000, 0.1), move("A1", 1000, 0.1)]}
    rows = text(many, width=60).split("\n")
    assert max(map(len, rows)) <= 60
    assert (rows[2].count("█"), rows[3].count("█")) == (25, 6)
    assert "4,000" in rows[2]


def pixels(path):
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def test_a_picture_of_bars_and_tree(tmp_path: Path):
    said = draw(FOUND, tmp_path / "a.png")
    assert said == "D4 after 20 simulations, value +0.25; expected: D4 C3 E5"
    image = pixels(tmp_path / "a.png")
    assert image.shape[1] > 1000
    orange = (np.abs(image - (213, 94, 0)).sum(-1) < 30).sum()
    assert orange > 500  # the expected line
    other = copy.deepcopy(FOUND)
    other["principal"] = []
    other["move"] = "pass"
    draw(other, tmp_path / "b.png")
    image = pixels(tmp_path / "b.png")
    assert (np.abs(image - (213, 94, 0)).sum(-1) < 30).sum() < orange


def test_large_trees_are_thinned_out_and_the_expected_line_is_kept(tmp_path: Path):
    rng = np.random.default_rng(0)

    def grown(depth):
        return [
            move(f"m{k}", int(rng.integers(1, 9)), 0.1, *(grown(depth - 1) if depth > 1 else ()))
            for k in range(6)
        ]

    found = {
        "move": "m5",
        "value": 0.0,
        "simulations": 500,
        "principal": ["m5", "m5", "m5"],
        "moves": grown(3),
    }
    draw(found, tmp_path / "large.png")
    assert pixels(tmp_path / "large.png").shape[0] < 1600
    from deepen.reporting.tree_picture import _leaves, _spots

    spots = list(_spots(found, found["moves"]))
    assert len(_leaves(spots)) <= 24
    assert [s.word for s in spots if s.principal] == ["", "m5", "m5", "m5"]


def test_an_svg_and_improved_policies(tmp_path: Path):
    found = copy.deepcopy(FOUND)
    for at in found["moves"]:
        at["policy"] = 1 / 3
    draw(found, tmp_path / "a.svg")
    assert "improved policy" in (tmp_path / "a.svg").read_text() or (tmp_path / "a.svg").stat().st_size > 5000


@pytest.mark.parametrize(
    ("found", "what"),
    [
        ({**FOUND, "moves": []}, "no move was looked at"),
        ({k: v for k, v in FOUND.items() if k != "principal"}, "not a search's tree: 'principal'"),
        ({**FOUND, "moves": [{"move": "D4"}]}, "not a search's tree"),
        ({**FOUND, "moves": [move("D4", 3, 0.1, {"move": "x"})]}, "not a search's tree"),
        ({**FOUND, "moves": None}, "not a search's tree"),
    ],
)
def test_data_of_another_form_are_refused(tmp_path: Path, found, what):
    with pytest.raises(DataError, match=what):
        text(found)
    with pytest.raises(DataError, match=what):
        draw(found, tmp_path / "a.png")
