"""``deepen.train`` on games of Go: a player of experts' moves, from a folder of records."""

from __future__ import annotations

import math

import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError, Stopped
from deepen.games import Go
from deepen.games.go_records import GoRecord, write_go


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    """Forty games by chance on a board of 5."""
    place = tmp_path_factory.mktemp("games")
    rules, chance = Go(5), torch.Generator().manual_seed(0)
    boards, played = rules.begin(40), []
    for _ in range(16):
        legal = rules.legal(boards).float()
        legal[:, -1] = boards.over.float()
        moves = torch.multinomial(legal, 1, generator=chance)[:, 0]
        played.append(moves)
        boards = rules.play(boards, moves)
    for row, moves in enumerate(torch.stack(played, 1).tolist()):
        coloured = tuple((1 - 2 * (at % 2), move) for at, move in enumerate(moves) if move < rules.places)
        record = GoRecord(size=5, komi=7.0, moves=coloured, winner=1, result="B+R")
        (place / f"{row:02d}.sgf").write_text(write_go(record))
    return place


SMALL = {"epochs": 1, "size": "tiny", "device": "cpu"}


@pytest.fixture(scope="module")
def player(games):
    return deepen.train(games, target="move", **SMALL)


def test_it_makes_the_moves_of_experts(player) -> None:
    assert player.method == "experts" and player.searching is None and player.rules.name.startswith("go:5")
    assert {"test", "commonest"} <= set(player.scores) and "accuracy" in player.score.measures
    boards = player.rules.begin(3)
    assert player.rules.legal(boards)[range(3), player.choose(boards)].all()
    assert any("40 games on 5x5" in note for note in player.notes)


def test_its_folder_is_one_of_a_player(player, tmp_path) -> None:
    player.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model", device="cpu")
    boards = again.rules.begin(1)
    assert torch.allclose(
        again.policy(boards)[0], player.policy(boards)[0], atol=1e-5
    )  # another memory format
    assert "from the games of experts" in (tmp_path / "model" / "README.md").read_text()
    (found,) = deepen.match(again, "random", games=2)
    assert found.one == "deepen, no simulations" and len(found.games) == 2


def test_the_same_call_goes_on(games, tmp_path) -> None:
    deepen.train(games, checkpoints=tmp_path, **SMALL)
    again = deepen.train(games, checkpoints=tmp_path, **SMALL)
    assert again.history.ended == "complete" and (tmp_path / "plan.json").is_file()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"from_": "model"}, "--from: does not go with game records"),
        ({"unlabelled": "rows"}, "--unlabelled: does not go with game records"),
        ({"test": "others"}, "--test: does not go with game records"),
        ({"steps": 10}, "minutes or epochs"),
        ({"minutes": math.inf}, "minutes or epochs"),
        ({"image_size": 32}, "--image-size: does not go with game records"),
        ({"rate": 0.1}, "--rate: does not go with game records"),
    ],
)
def test_what_does_not_go_with_records_is_refused(games, more, message) -> None:
    budget = {} if {"steps", "minutes"} & set(more) else {"epochs": 1}
    with pytest.raises(SettingError, match=message):
        deepen.train(games, **budget, **more)


def test_stopped_and_empty(games, tmp_path) -> None:
    stop = StopFlag()
    stop.set("a test")
    with pytest.raises(Stopped):
        deepen.train(games, stop=stop, **SMALL)
    (tmp_path / "broken.sgf").write_text("(;GM[1]SZ[5];B[aa")
    with pytest.raises(DataError):
        deepen.train(tmp_path, **SMALL)
