import numpy as np

from deepen.environments.minatar.catalogue import GAMES
from deepen.environments.minatar.drawing import CELL, COLOURS, picture, text


def test_the_first_channel_covers_the_others():
    seen = np.zeros((3, 10, 10), dtype=bool)
    seen[1:, 2, 7] = True
    drawn = picture(seen)
    assert tuple(drawn[2 * CELL, 7 * CELL]) == tuple(drawn[3 * CELL - 1, 8 * CELL - 1]) == COLOURS[1]
    assert int((drawn != 0).any(2).sum()) == CELL * CELL
    assert text(seen, "abc").splitlines()[2] == ".......b.."


def test_each_channel_has_a_colour_and_a_sign_of_its_own():
    assert len(set(COLOURS)) == len(COLOURS)
    for kind in GAMES.values():
        assert len(kind.channels) == len(kind.signs) == len(set(kind.signs)) <= len(COLOURS)
        assert "." not in kind.signs
