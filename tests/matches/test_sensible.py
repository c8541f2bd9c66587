"""No player fills its own eyes, however lost it is."""

from __future__ import annotations

import pytest
import torch

from deepen.games import Connect4, Go
from deepen.matches.board_player import BoardPlayer
from deepen.matches.sensible import sensible
from deepen.nets.policy_value import PolicyValue
from deepen.search.search import SearchSettings

RULES = Go(5)
# Black lives with two eyes at A5 and C5, and has lost; no other move than a pass leaves it alive.
ROWS = (".X.XO", "XXXXO", "OOOOO", ".O.O.", "O.O.O")


def lost(searching: SearchSettings | None) -> BoardPlayer:
    """A player whose net expects to lose everywhere, and likes all moves alike but the pass."""
    torch.manual_seed(0)
    net = PolicyValue(RULES.shape, RULES.actions, channels=8, blocks=1, value="tanh")
    with torch.no_grad():
        net.value_head.bias.fill_(-20.0)
        net.policy_head.bias[-1] = -5.0
    return BoardPlayer(net=net.eval(), game="go:5", net_settings=net.settings, searching=searching)


@pytest.fixture
def boards():
    rows = torch.tensor([[".XO".index(c) for c in row] for row in ROWS])
    stones = torch.where(rows == 2, -1, rows).to(torch.int8)
    return RULES.set_up(stones[None], torch.tensor([1], dtype=torch.int8))


@pytest.mark.parametrize(
    "searching",
    [None, SearchSettings(simulations=2), SearchSettings(simulations=32), SearchSettings(method="puct")],
)
def test_who_is_lost_passes_before_it_fills_its_eyes(boards, searching):
    player = lost(searching)
    legal = RULES.legal(boards)
    assert bool(legal[0, [0, 2]].all()) and int(legal.sum()) == 3  # the rules allow it
    assert player.policy(boards)[0][0, [0, 2]].sum() > 0.9 and player.policy(boards)[1] < -0.9
    assert player.choose(boards).tolist() == [RULES.places]
    eyes = torch.zeros_like(legal)
    eyes[0, [0, 2]] = True
    assert player.choose_among(boards, eyes).item() in (0, 2)  # who is told to does it


def test_a_game_lost_to_the_end_leaves_its_stones_alive(boards):
    """Both sides go on by such a player until both pass: nothing is filled, nothing dies."""
    player = lost(SearchSettings(simulations=4))
    over = boards
    for _ in range(2 * RULES.places):
        over = RULES.play(over, player.choose(over))
    assert bool(over.over) and torch.equal(over.stones, boards.stones)


def test_only_the_root_is_cut(boards):
    found = lost(None).look_ahead(boards, 16)
    assert found.visits[0, [0, 2]].tolist() == [0, 0] and found.policy[0, [0, 2]].tolist() == [0, 0]
    below = found.tree.children[0, RULES.places]
    assert bool((found.tree.logits[below] > -1e8).any())


def test_of_other_games_nothing_is_known():
    assert sensible(Connect4(), Connect4().begin(2)) is None
