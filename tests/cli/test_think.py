from __future__ import annotations

from typer.testing import CliRunner

from deepen.cli import app


def test_the_tree_of_one_move_as_text_and_as_a_picture(place, tmp_path):
    words = ["think", place, "B2 A1", "--simulations", 16, "--out", tmp_path / "tree.svg"]
    found = CliRunner().invoke(app, list(map(str, words)))
    assert found.exit_code == 0, found.output
    assert "16" in found.output and "the tree is drawn in" in found.output
    assert (tmp_path / "tree.svg").read_text().lstrip().startswith("<?xml")
