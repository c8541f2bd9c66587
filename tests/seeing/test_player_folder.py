"""The folder: every picture that is told of is there, and the report shows it."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image
from playing import board_player, walker

from deepen.reporting.material import Material
from deepen.reporting.sections.levels import levels
from deepen.seeing.player_folder import _Drawn
from deepen.seeing.players import see_player
from deepen.seeing.positions import MARGIN, play_games


def test_a_board_players_folder_and_its_report(tmp_path):
    player = board_player()
    seen = see_player(player, rows=60, examples=1, units=2, to=tmp_path / "seen")
    place = tmp_path / "seen"
    names = {"decisions.png", "tree-1.png", "similarity.png", "filters.png", "level-1.png"}
    assert names <= set(seen.pictures) == {p.name for p in place.glob("*.png")}
    page = (place / "README.md").read_text()
    assert all(f"]({name})" in page for name in seen.pictures)
    assert json.loads((place / "seeing.json").read_text())["pictures"] == dict(seen.pictures)
    player.save(tmp_path / "model")
    section = levels(Material.of_folder(tmp_path / "model").with_folders(seen=place))
    assert section is not None and seen.findings[0] in str(section.blocks)
    again = see_player(player, rows=60, examples=1, units=2, to=place)  # replaces its own
    assert again.pictures == seen.pictures


def test_numbers_are_told_in_tables(tmp_path):
    seen = see_player(walker(), rows=60, examples=2, units=2, to=tmp_path / "seen")
    assert {"decisions-choice.png", "decisions-value.png", "level-1.png"} == set(seen.pictures)
    page = (tmp_path / "seen" / "README.md").read_text()
    assert page.count("| unit | excited most by, and how strongly |") == 1


def test_what_a_unit_sees_of_a_board_is_in_full_colour(tmp_path):
    player = board_player()
    moments = play_games(player, 30, 0)
    seen = see_player(player, rows=30, examples=0)
    row = int((moments.boards.stones[:, 0, 0] != 0).nonzero()[0, 0])  # a stone stands in the corner
    tile = _Drawn(tmp_path, seen, moments)._tile(seen.levels[0], row, np.array([0, 0]))
    whole = moments.picture(row, side=112)
    a = round(112 / (3 + 2 * MARGIN))  # pixels of a cell
    edge = round(0.75 * 112 / (3 + 2 * MARGIN))  # of the margin that was cut
    corner = whole[edge : edge + a, edge : edge + a]
    assert np.allclose(tile[5 : a - 2, 5 : a - 2], corner[5 : a - 2, 5 : a - 2])
    assert corner.min() < 0.5
    assert tile[-a:, -a:].min() >= 0.7  # beyond the receptive field of the upper left place


def test_pictures_can_be_read(tmp_path):
    seen = see_player(board_player("connect4"), rows=60, examples=1, units=2, to=tmp_path / "seen")
    for name in seen.pictures:
        with Image.open(tmp_path / "seen" / name) as picture:
            assert np.asarray(picture).std() > 0
