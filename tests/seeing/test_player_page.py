"""The README: what was said of each thing stands in it, and nothing of what is not there."""

from __future__ import annotations

from playing import board_player

from deepen.seeing.player_page import write_page
from deepen.seeing.players import see_player
from deepen.seeing.positions import play_games


def test_without_pictures_only_words_remain(tmp_path):
    player = board_player(simulations=0)
    seen = see_player(player, rows=30, examples=0)
    write_page(tmp_path / "README.md", seen, play_games(player, 30, 0))
    page = (tmp_path / "README.md").read_text()
    assert "![" not in page and "What decisions rest on" not in page
    assert "- it plays without a search, so there is no tree" in page
    assert page.count("Read by `") == len(seen.levels) and "Read by `tower.0`" in page
