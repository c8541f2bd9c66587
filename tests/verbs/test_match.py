from __future__ import annotations

import json
from pathlib import Path

import pytest

import deepen
from deepen.errors import SettingError
from deepen.games import Go
from deepen.games.go_records import read_go
from deepen.matches import BoardPlayer
from deepen.nets.policy_value import PolicyValue
from deepen.verbs.match import board_player, chooser


def test_matches_against_several_and_a_folder_of_them(player, tmp_path: Path) -> None:
    found = deepen.match(player, ["random", "minimax:9"], games=6, to=tmp_path / "played")
    assert [one.other for one in found] == ["random", "minimax:9"]
    assert all(len(one.counted) == 6 for one in found)
    assert found[1].results[0] <= 3  # of openings by chance some may be lost for perfect play
    told = json.loads((tmp_path / "played" / "match.json").read_text())
    assert [len(one["games"]) for one in told] == [6, 6]


def test_the_same_seed_plays_the_same_games(player) -> None:
    one, same, other = (deepen.match(player, "random", games=6, seed=s)[0] for s in (0, 0, 1))
    assert one.games == same.games != other.games


def test_another_folder_plays_too(player, tmp_path: Path) -> None:
    player.save(tmp_path / "other")
    (found,) = deepen.match(player, tmp_path / "other", games=2, simulations=0)
    assert found.one == "deepen, no simulations" and found.other.startswith("other")


def test_a_game_of_go_is_kept_as_sgf(tmp_path: Path) -> None:
    rules = Go(5)
    net = PolicyValue(rules.shape, rules.actions, channels=8, blocks=1).eval()
    go = BoardPlayer(net=net, game=rules.name, net_settings=net.settings, searching=None)
    (found,) = deepen.match(go, "random", games=2, to=tmp_path / "played")
    (record,) = read_go((tmp_path / "played" / "1-001.sgf").read_bytes())
    assert record.size == 5 and record.names[0].startswith("deepen")
    assert [at for _, at in record.moves] == list(found.games[0].moves)
    assert [colour for colour, _ in record.moves][:2] == [1, -1]
    black = {1.0: "B+", 0.5: "0", 0.0: "W+"}[found.games[0].points]
    assert record.result.startswith(black) and record.komi == 7.5


def test_nobody_of_that_name_and_no_player(player, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Did you mean 'random'"):
        chooser("randm", player)
    with pytest.raises(SettingError, match="needs a command"):
        chooser("gtp:", player)
    with pytest.raises(SettingError, match="Go alone"):
        chooser("gnugo:1", player)
    with pytest.raises(SettingError, match="no player of a board game"):
        board_player(object())
