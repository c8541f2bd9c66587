"""Eyes of one point, against the rule written down anew for each place."""

from __future__ import annotations

import pytest

from deepen.games import Boards, Go
from deepen.games.chains import near
from deepen.games.eyes import own_eyes


def eyes(drawn, *rows, turn=1):
    rules, boards = drawn(*rows, turn=turn)
    return [rules.word(place) for place in own_eyes(boards)[0].nonzero()[:, 0].tolist()]


def test_the_eyes_of_a_living_group(drawn):
    rows = (".X.XO", "XXXXO", "OOOOO", ".O.O.", "O.O.O")
    assert eyes(drawn, *rows) == ["A5", "C5"]
    assert eyes(drawn, *rows, turn=-1) == ["A2", "C2", "E2", "B1", "D1"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((".....", "..X..", ".X.X.", "..X..", "....."), ["C3"]),  # nobody across the corners
        ((".....", ".OX..", ".X.X.", "..X..", "....."), ["C3"]),  # one in the middle does no harm
        ((".....", ".OX..", ".X.X.", "..XO.", "....."), []),  # two make it false
        ((".X.X.", ".OX..", ".....", ".....", "....."), []),  # and so does one at the edge
        ((".X.X.", "..X..", ".....", ".....", "....."), ["C5"]),
        (("OXO..", "XO...", ".....", ".....", "....."), []),
        ((".....", ".....", ".....", ".....", "....."), []),
    ],
)  # fmt: skip
def test_true_and_false_ones(drawn, rows, found):
    assert eyes(drawn, *rows) == found


def test_filling_an_eye_that_is_a_last_liberty_is_suicide(wander):
    """So nothing is lost where it is never filled: whatever it would save, the rules forbid to save."""
    rules = Go(5)
    boards = Boards.cat([wander(rules, rules.begin(500), steps, seed=steps) for steps in (20, 30, 40)])
    boards = boards[~boards.over]
    found = own_eyes(boards)
    b, place = found.nonzero().unbind(1)
    around = near(5, place.device)[place]  # (M, 4)
    freedom = boards.liberties.flatten(1)[b[:, None], around].masked_fill(around == place[:, None], 9)
    last = (freedom == 1).any(1)
    assert int(last.sum()) > 20 and not rules.legal(boards)[b[last], place[last]].any()


def test_as_it_is_written_down(wander):
    rules = Go(5)
    boards = wander(rules, rules.begin(200), 30)
    found = own_eyes(boards).view(-1, 5, 5)
    assert int(found.sum()) > 100
    for b in range(len(boards)):
        mine = boards.stones[b] * boards.turn[b]
        for r in range(5):
            for c in range(5):
                beside = [(r + dr, c + dc) for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))]
                corners = [(r + dr, c + dc) for dr in (1, -1) for dc in (1, -1)]
                beside, corners = (
                    [(i, j) for i, j in p if 0 <= i < 5 and 0 <= j < 5] for p in (beside, corners)
                )
                theirs = sum(int(mine[p]) < 0 for p in corners)
                eye = (
                    int(mine[r, c]) == 0
                    and all(int(mine[p]) > 0 for p in beside)
                    and theirs <= (1 if len(corners) == 4 else 0)
                )
                assert bool(found[b, r, c]) == eye
