"""The search as a whole: by pen, against minimax in every position of tic-tac-toe, and one by one."""

from __future__ import annotations

import functools

import pytest
import torch

from deepen.errors import SettingError
from deepen.games.boards import Boards
from deepen.games.connect4 import Connect4
from deepen.games.tictactoe import TicTacToe
from deepen.search.search import SearchSettings, search

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """An evaluator that knows nothing of tic-tac-toe."""
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def after(*moves: int) -> Boards:
    boards = RULES.begin(1)
    for move in moves:
        boards = RULES.play(boards, torch.tensor([move]))
    return boards


@functools.cache
def minimax(stones: tuple[int, ...], turn: int) -> int:
    """The outcome for whose turn it is, by the rules written down anew."""
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
    if any(stones[a] == stones[b] == stones[c] == -turn for a, b, c in lines):
        return -1
    if 0 not in stones:
        return 0
    return max(-minimax((*stones[:i], turn, *stones[i + 1 :]), -turn) for i in range(9) if stones[i] == 0)


def all_positions() -> Boards:
    """Every position that can come up and is not over."""
    level, found = RULES.begin(1), []
    while len(level):
        found.append(level)
        row, move = RULES.legal(level).nonzero().unbind(1)
        following = RULES.play(level[row], move)
        following = following[~following.over]
        kept = {tuple(s): i for i, s in enumerate(following.stones.flatten(1).tolist())}
        level = following[list(kept.values())] if kept else following
    return Boards.cat(found)


def test_puct_by_pen() -> None:
    """Four empty places, the first player to move: visits and values of five simulations worked out by pen.

    X O X / O X O / . . .: the corners A1 and C1 (6 and 8) win at once, the middle (7) does not. Priors are even, an
    untried move counts 0, c is large: first 6, 7, 8 in turn. Then 6 and 8 have Q = 1 and are visited alike.
    """
    boards = after(0, 1, 2, 3, 4, 5)
    settings = SearchSettings(simulations=5, method="puct", first_play="zero", c_init=3.0, proofs=False)
    found = search(RULES, boards, nothing, settings)
    # 1: all bonuses are 3 * sqrt(1) / 3 = 1; the first of equals, 6, wins: Q = 1.
    # 2: Q 1 + sqrt(2) / 2 = 1.71 for 6 and sqrt(2) = 1.41 for the others: 6 again.
    # 3: 1 + sqrt(3) / 3 = 1.58 against 1.73: now 7, worth 0 (the net's value of what follows).
    # 4: 1 + 2 / 3 = 1.67; 0 + 2 / 2 = 1; 2: so 8, which wins.
    # 5: 1 + sqrt(5) / 3 = 1.75; 1.12; 1 + sqrt(5) / 2 = 2.12: 8 again.
    assert found.visits[0].tolist() == [0, 0, 0, 0, 0, 0, 2, 1, 2]
    assert found.tree.root.sums[0].tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 2]
    torch.testing.assert_close(found.value, torch.tensor([4 / 6]))
    torch.testing.assert_close(found.policy[0, 6:], torch.tensor([0.4, 0.2, 0.4]))
    assert found.move.item() == 6


def test_gumbel_by_pen() -> None:
    """The same position, four simulations: each move once, then a move of the better half again."""
    found = search(RULES, after(0, 1, 2, 3, 4, 5), nothing, SearchSettings(simulations=4, proofs=False))
    assert found.visits[0, 6:].tolist() == [2, 1, 1]
    assert found.tree.root.q[0, 6:].tolist() == [1, 0, 1]
    assert found.move.item() == 6
    # softmax of 0, 0, 0 + (50 + 2) * (1, 0.5, 1)
    assert found.policy[0, 7] < 1e-10
    torch.testing.assert_close(found.policy[0, [6, 8]], torch.tensor([0.5, 0.5]))


def truth_of(boards: Boards, turn: torch.Tensor) -> torch.Tensor:
    """The outcomes (B,) for the players ``turn``, whose move it would be."""
    each = zip(boards.stones.flatten(1).tolist(), turn.tolist(), strict=True)
    return torch.tensor([float(minimax(tuple(s), t)) for s, t in each])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["puct", "gumbel"])
def test_positions_of_tic_tac_toe_converge_to_minimax(method: str) -> None:
    """The first moves' positions and every fifteenth of the others: an evaluator that knows nothing is enough."""
    boards = all_positions()
    assert len(boards) == 4520  # known: 5478 with the finished ones
    rows = torch.arange(len(boards))
    boards = boards[(rows % 15 == 0) | (boards.moves < 3)]
    settings = SearchSettings(simulations=1500, method=method, first_play="zero", c_scale=0.3)
    found = search(RULES, boards, nothing, settings)
    truth = truth_of(boards, boards.turn)
    assert (-truth_of(RULES.play(boards, found.move), -boards.turn) == truth).all()
    best = found.tree.root.q.gather(1, found.move[:, None])[:, 0]
    assert (best - truth).abs().max() < 0.5  # nearest to the truth of -1, 0 and 1
    assert (best - truth).abs().mean() < 0.05


def test_late_positions_converge_soon() -> None:
    """All positions with at least five stones: no search errs."""
    boards = all_positions()
    boards = boards[boards.moves >= 5]
    found = search(RULES, boards, nothing, SearchSettings(simulations=120, method="puct", first_play="zero"))
    chosen = -truth_of(RULES.play(boards, found.move), -boards.turn)
    assert torch.equal(chosen, truth_of(boards, boards.turn))


def some_net(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Answers that hang on the position and are the same in any batch: sums of powers of two are exact."""
    weights = 2.0 ** -(torch.arange(planes[0].numel()) % 11).float()
    mixed = planes.flatten(1) * weights
    logits = torch.stack([mixed[:, a::7].sum(1) for a in range(7)], 1)
    return logits, torch.sin(3 * (mixed[:, ::2].sum(1) - mixed[:, 1::2].sum(1)))


@pytest.mark.parametrize("method", ["puct", "gumbel"])
def test_a_batch_equals_one_by_one(method: str) -> None:
    rules = Connect4()
    generator = torch.Generator().manual_seed(0)
    boards = rules.begin(200)
    for step in range(36):
        legal = rules.legal(boards).float() + boards.over[:, None]
        drawn = rules.play(boards, torch.multinomial(legal, 1, generator=generator)[:, 0])
        more = torch.arange(200) % 36 > step
        boards = boards.put(more, drawn[more])
    # Some are over, and the others have from one to seven legal moves, so that they halve at different times.
    few = rules.legal(boards).sum(1)
    boards = boards[torch.cat([(few == n).nonzero()[:4, 0] for n in range(8)])]
    assert boards.over.any() and len(rules.legal(boards).sum(1).unique()) > 5
    settings = SearchSettings(simulations=40, method=method)
    together = search(rules, boards, some_net, settings)
    for i in range(len(boards)):
        alone = search(rules, boards[i : i + 1], some_net, settings)
        assert alone.move[0] == together.move[i]
        assert alone.visits[0].tolist() == together.visits[i].tolist()
        torch.testing.assert_close(alone.policy[0], together.policy[i])
        torch.testing.assert_close(alone.value[0], together.value[i])


@pytest.mark.parametrize("method", ["puct", "gumbel"])
def test_counts_and_legality(method: str) -> None:
    rules = Connect4()
    boards = rules.begin(50)
    generator = torch.Generator().manual_seed(1)
    for _ in range(40):
        found = search(
            rules, boards, some_net, SearchSettings(simulations=9, method=method), generator,
            explore=torch.ones(50),
        )  # fmt: skip
        legal = rules.legal(boards)
        going = ~boards.over
        assert legal.gather(1, found.move[:, None])[going].all()
        assert (found.visits[~legal] == 0).all() and (found.policy[~legal] == 0).all()
        assert (found.visits.sum(1)[going & ~found.proven] == 9).all() and (
            found.visits[boards.over] == 0
        ).all()
        assert (found.visits.sum(1)[going & found.proven] <= 9).all()
        torch.testing.assert_close(found.policy.sum(1), going.float())
        assert (found.value.abs() <= 1).all()
        boards = rules.play(boards, found.move)
    assert boards.over.any()


def test_a_finished_game_is_left_alone() -> None:
    found = search(RULES, after(0, 3, 1, 4, 2), nothing, SearchSettings(simulations=5))
    assert found.move.item() == 0 and found.policy.sum() == 0 and found.visits.sum() == 0
    assert found.value.item() == 1  # whose turn it was last won


def test_noise_follows_from_the_generator_and_explores() -> None:
    settings = SearchSettings(simulations=4)
    moves = [
        search(
            RULES, RULES.begin(64), nothing, settings, torch.Generator().manual_seed(seed), explore=torch.ones(64)
        ).move
        for seed in (0, 0, 1)
    ]  # fmt: skip
    assert torch.equal(moves[0], moves[1]) and not torch.equal(moves[0], moves[2])
    assert len(moves[0].unique()) > 5


def test_what_is_refused() -> None:
    with pytest.raises(SettingError, match="simulations"):
        SearchSettings(simulations=0)
    with pytest.raises(SettingError, match="gumbel"):
        SearchSettings(method="gumbl")


@pytest.mark.parametrize("method", ["gumbel", "puct"])
def test_the_root_can_be_cut_to_some_moves(method: str) -> None:
    """X O X / O X O / . . .: two moves win at once; who may not make them looks at the third alone, with all below."""
    boards = after(0, 1, 2, 3, 4, 5)
    among = torch.ones(1, 9, dtype=torch.bool)
    among[0, [6, 8]] = False
    settings = SearchSettings(simulations=6, method=method, proofs=False)
    found = search(RULES, boards, nothing, settings, among=among)
    assert found.move.item() == 7 and found.visits[0].tolist() == [0, 0, 0, 0, 0, 0, 0, 6, 0]
    assert found.policy[0].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert int((found.tree.visits[found.tree.children[0, 7]] > 0).sum()) == 2


@pytest.mark.parametrize("method", ["gumbel", "puct"])
def test_whatever_is_proven_is_true(method: str) -> None:
    """Of positions of tic-tac-toe, by minimax: at the root and below, and more of them the more it simulates."""
    boards = all_positions()[::7]
    truth = truth_of(boards, boards.turn)
    for simulations, least in ((20, 0.2), (150, 0.6)):
        found = search(RULES, boards, nothing, SearchSettings(simulations=simulations, method=method))
        assert torch.equal(found.value[found.proven], truth[found.proven])
        assert found.proven.float().mean() > least
        after_it = -truth_of(RULES.play(boards, found.move), -boards.turn)
        assert torch.equal(after_it[found.proven], truth[found.proven])  # and so plays as well as can be
        # Below the root, too.
        tree = found.tree
        known = tree.known & ~tree.boards.over & (tree.turn != 0)
        inside = tree.boards[known]
        assert len(inside) > 100
        some = torch.arange(0, len(inside), 1 + len(inside) // 1000)
        assert torch.equal((tree.value * tree.turn)[known][some], truth_of(inside[some], inside.turn[some]))


@pytest.mark.parametrize("method", ["gumbel", "puct"])
def test_a_move_that_is_known_to_lose_is_left_alone(method: str) -> None:
    """X X . / . O . / . . . with O to move: all but the third place lose, however much the net likes them."""

    def misled(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = torch.zeros(len(planes), 9)
        logits[planes[:, :2].sum((1, 2, 3)) == 3, 2] = -5.0  # whose turn it is now, not the reply
        return logits, torch.zeros(len(planes))

    boards = after(0, 4, 1)
    found = search(RULES, boards, misled, SearchSettings(simulations=200, method=method))
    assert found.move.item() == 2
    torch.testing.assert_close(found.policy[0, 2], torch.tensor(1.0))
    lost = torch.tensor([3, 5, 6, 7, 8])
    assert (found.tree.root.proven[0, lost] & (found.tree.root.q[0, lost] == -1)).all()
    without = search(RULES, boards, misled, SearchSettings(simulations=200, method=method, proofs=False))
    assert without.visits[0, lost].sum() > found.visits[0, lost].sum() and not without.proven.any()


def test_a_proof_counts_even_against_the_net() -> None:
    """What the net said of a move that is proven since no longer counts at the root."""

    def sure_to_win(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.zeros(len(planes), 9), torch.full((len(planes),), -1.0)  # for whoever moved last

    found = search(RULES, after(0, 1, 2, 3, 4, 5), sure_to_win, SearchSettings(simulations=9))
    assert found.proven.item() and found.value.item() == 1
    assert found.tree.root.q[0, 6].item() == 1
