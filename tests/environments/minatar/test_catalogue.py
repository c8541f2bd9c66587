import pytest

from deepen.environments.minatar.catalogue import GAMES, make
from deepen.errors import SettingError


@pytest.mark.parametrize("name", sorted(GAMES))
def test_games_are_found_by_their_names(name):
    game = make(name, 2, limit=77, ramping=False)
    assert (game.name, game.copies, game.limit, game.ramping) == (name, 2, 77, False)
    assert make(name.removeprefix("MinAtar/"), 1).name == name


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'MinAtar/freeway'"):
        make("freewy", 1)
