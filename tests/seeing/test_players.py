"""Seeing players: what is measured of nets that are known, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from playing import WEIGHTS, Walk, board_player, walker

import deepen
from deepen.errors import SettingError
from deepen.seeing.episodes import play_episodes
from deepen.seeing.moments import INPUT
from deepen.seeing.players import see_player


def test_of_a_linear_net_attributions_are_its_weights():
    player = walker()
    moments = play_episodes(player, 200, 0)
    seen = see_player(player, rows=200, examples=12)
    assert seen.aims == ("choice", "value") * 12
    choices = []
    for one, aim in zip(seen.explained, seen.aims, strict=True):
        x = torch.from_numpy(one.inputs[INPUT])
        choice = int(player.net(x).argmax())
        choices.append(choice)
        weights = WEIGHTS[choice] - (WEIGHTS.mean(0) if aim == "choice" else 0)
        expected = (weights * (x - moments.nothing)).numpy()  # of a linear net both are that
        assert np.allclose(one.occlusion[INPUT], expected, atol=1e-4)
        assert np.allclose(one.gradients[INPUT], expected, atol=1e-4) and one.complete
    assert all(sorted(choices[k : k + 4]) == [0, 0, 1, 1] for k in range(0, 24, 4))  # each choice in turn
    values = player.net(moments.seen).detach()
    apart = (values[:, 0] - values[:, 1]).abs()
    for choice in (0, 1):
        best = apart[values.argmax(1) == choice].topk(6).indices
        names = np.array(moments.names)[(values.argmax(1) == choice).numpy()][best]
        shown = [one.row for one, c in zip(seen.explained, choices, strict=True) if c == choice]
        assert shown[::2] == names.tolist()
    assert "number 3 (0)" in seen.findings[-1] and "the best action is action " in seen.findings[-2]


class Named(Walk):
    observation_names = ("wind", "height", "noise")
    action_names = ("glide", "flap")


def test_numbers_and_actions_are_called_as_the_environment_calls_them(tmp_path):
    seen = see_player(walker(Named), rows=60, examples=2, to=tmp_path / "seen")
    assert "noise (0)" in seen.findings[-1] and "the best action is " in seen.findings[-2]
    assert " in " in seen.findings[-2] and {"glide", "flap"} <= set(
        seen.findings[-2].replace(",", "").split()
    )
    assert {one.answer.split(":")[0] for one in seen.explained[::2]} == {"glide", "flap"}
    assert "excited most by (wind, height, noise)" in (tmp_path / "seen" / "README.md").read_text()


def test_units_of_a_known_level_are_excited_by_the_largest_numbers():
    seen = see_player(walker(), rows=100, examples=0)
    (level,) = seen.levels
    assert level.units == 3
    best = seen.preferred[level.name].values  # the level is what is seen itself
    assert (np.diff(best, axis=1) <= 0).all() and (best[:, 0] > 1).all()
    assert seen.explained == () and seen.trees == {}


def test_a_board_player_shows_levels_with_places_decisions_and_trees():
    seen = see_player(board_player("connect4"), rows=80, examples=2, units=3)
    assert [(level.units, level.places, level.size(INPUT)) for level in seen.levels[:3]] == [
        (8, (6, 7), (3, 3)), (8, (6, 7), (7, 7)), (4, (6, 7), (7, 7)),
    ]  # fmt: skip
    assert seen.filters[INPUT].shape == (8, 4, 3, 3)
    assert seen.aims == ("move", "value") * 2 and len(seen.trees) == 2
    assert all(len(units) == 3 for units in seen.units.values())
    assert seen.sentences[: len(seen.findings)] == seen.findings
    assert seen.sentences[len(seen.findings)].startswith("level 1 of 5: 8 units on 6 x 7 places")


def test_without_a_search_there_is_no_tree():
    seen = see_player(board_player(simulations=0), rows=40, examples=1)
    assert seen.trees == {} and "without a search" in seen.notes[-1]


def test_the_same_seed_sees_the_same():
    first, again = (see_player(board_player(), rows=40, examples=1, seed=5) for _ in range(2))
    assert first.to_dict() == again.to_dict()


def test_a_player_takes_no_data_and_no_nuisance():
    player = replace(board_player(), title="x")
    with pytest.raises(SettingError, match="its own play"):
        deepen.see(player, [[1.0]])
    with pytest.raises(SettingError, match="nuisance"):
        deepen.see(player, nuisance=["speaker"])
    with pytest.raises(SettingError, match="--rows"):
        deepen.see(player, rows=2)
