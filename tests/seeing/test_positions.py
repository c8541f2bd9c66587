"""Positions of games: legal ones that differ, and the net's outputs on them."""

from __future__ import annotations

import numpy as np
import torch
from playing import board_player

from deepen.seeing.positions import Outputs, play_games


def test_positions_differ_are_not_over_and_follow_from_the_seed():
    player = board_player()
    first, again = (play_games(player, 60, 3) for _ in range(2))
    assert len(first) == 60 and first.names == again.names
    assert not first.boards.over.any()
    assert len(torch.unique(first.seen.flatten(1), dim=0)) == 60
    assert torch.equal(first.seen, player.rules.planes(first.boards))
    assert (first.boards.moves.numpy() + 1 == [int(name.split()[-1]) for name in first.names]).all()


def test_log_probabilities_are_of_the_legal_moves_alone():
    player = board_player()
    found = play_games(player, 40, 0)
    legal = torch.from_numpy(found.legal)
    outputs = Outputs(player.net, legal)(found.seen).detach()
    policy, values = player.policy(found.boards)
    assert torch.allclose(outputs[:, :-1].exp(), policy, atol=1e-5)
    assert torch.allclose(outputs[:, -1], values, atol=1e-5)
    choice, apart = found.decided(Outputs(player.net)(found.seen).detach().numpy())
    assert (choice == policy.argmax(1).numpy()).all()
    alone = found.legal.sum(1) == 1
    assert not apart[alone].any()
    two = policy.sort(dim=1, descending=True).values.numpy()
    assert np.allclose(apart[~alone], np.log(two[~alone, 0] / two[~alone, 1]), atol=1e-3)


def test_what_is_covered_becomes_an_empty_place_and_the_turn_stays():
    player = board_player()
    found = play_games(player, 40, 0)
    for turn in (1, -1):
        row = int((found.boards.turn == turn).nonzero()[0, 0])
        start = found.start(row)
        assert not start[:2].any()  # no stones of either side
        again = player.rules.begin(1)
        again.turn[:] = turn
        assert torch.equal(start, player.rules.planes(again)[0])


def test_the_search_is_compared_with_the_first_thought():
    player = board_player()
    found = play_games(player, 40, 0)
    answers = Outputs(player.net)(found.seen).detach().numpy()
    kept, n = found.kept_thoughts(answers)
    free = np.flatnonzero(found.legal.sum(1) > 1)
    moves = player.look_ahead(found.boards).move.numpy()
    assert n == len(free)
    assert kept == (moves[free] == found.decided(answers)[0][free]).sum()
    tree = found.tree(int(free[0]))
    assert tree["simulations"] == 4 and tree["move"] == player.rules.word(int(moves[free[0]]))
