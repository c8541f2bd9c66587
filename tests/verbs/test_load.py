"""What is said of a folder that holds something else than was wanted."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris
from test_play import PLAYED, Corridor

import deepen
from deepen.errors import SettingError


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a model of classes."""
    place = tmp_path_factory.mktemp("models") / "iris"
    return deepen.train(*load_iris(return_X_y=True), epochs=1, size="tiny", device="cpu").save(place)


def test_a_model_that_does_not_play_says_what_it_does(model) -> None:
    came = "came: a model of many classes. It answers for data: deepen predict .*iris DATA. Players come of deepen play"
    with pytest.raises(SettingError, match=f"iris: is no player; {came} WORLD"):
        deepen.watch(model)
    with pytest.raises(SettingError, match=f"iris: is no player of a board game; {came} connect4"):
        deepen.match(model)


def test_a_player_of_an_environment_has_nobody_to_play_against(tmp_path) -> None:
    place = deepen.play(Corridor, **{**PLAYED, "steps": 100}).save(tmp_path / "walker")
    with pytest.raises(
        SettingError, match=r"walker: is no player of a board game: in .*Corridor there is nobody.*watch"
    ):
        deepen.match(place)
