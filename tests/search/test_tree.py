"""The tree's bookkeeping, by pen."""

from __future__ import annotations

import torch

from deepen.games.tictactoe import TicTacToe
from deepen.search.tree import LOW, Path, Tree

RULES = TicTacToe()


def path(tree: Tree, *steps: tuple[int, int]) -> Path:
    """One game's way: slots and moves."""
    nodes = torch.tensor([[slot] for slot, _ in steps])
    moves = torch.tensor([[move] for _, move in steps])
    return Path(nodes, moves, torch.ones_like(nodes, dtype=torch.bool), nodes[-1], moves[-1])


def grow(tree: Tree, value: float, *steps: tuple[int, int]) -> None:
    way = path(tree, *steps)
    boards = RULES.play(tree.boards[way.parents], way.last)
    tree.grow(way, boards, RULES.legal(boards), torch.zeros(1, 9), torch.tensor([value]))


def planted(nodes: int, *moves: int, value: float = 0.0, proofs: bool = True) -> Tree:
    """A tree of one game in which these moves were made, with its root alone."""
    boards = RULES.begin(1)
    for move in moves:
        boards = RULES.play(boards, torch.tensor([move]))
    tree = Tree(RULES, boards, nodes, proofs=proofs)
    tree.put(boards, RULES.legal(boards), torch.zeros(1, 9), torch.tensor([value]))
    return tree


def test_values_by_pen() -> None:
    """Values turn their sign with the side: 0.5 for the second player is -0.5 for the first."""
    tree = planted(4, value=0.2)
    grow(tree, 0.5, (0, 4))  # after the first player's move 4 the second expects 0.5
    grow(tree, -0.3, (0, 4), (1, 0))  # after both the first player, whose turn it is again, expects -0.3
    grow(tree, 0.1, (0, 8))
    root = tree.root
    assert root.visits[0].tolist() == [0, 0, 0, 0, 2, 0, 0, 0, 1]
    torch.testing.assert_close(root.sums[0, 4], torch.tensor(-0.5 - 0.3))
    torch.testing.assert_close(root.sums[0, 8], torch.tensor(-0.1))
    torch.testing.assert_close(root.q[0, 4], torch.tensor(-0.4))
    below = tree.edges(torch.tensor([1]))
    assert below.visits[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    torch.testing.assert_close(below.sums[0, 0], torch.tensor(0.3))  # good for the second player
    torch.testing.assert_close(below.value, torch.tensor([0.5]))
    assert tree.child(torch.tensor([0]), torch.tensor([4])).item() == 1
    assert tree.child(torch.tensor([1]), torch.tensor([0])).item() == 2
    assert tree.child(torch.tensor([0]), torch.tensor([8])).item() == 3
    assert tree.child(torch.tensor([0]), torch.tensor([3])).item() == -1


def test_the_end_of_a_game_counts_by_its_outcome_and_has_one_node() -> None:
    tree = planted(4, 0, 3, 1, 4)
    grow(tree, -0.9, (0, 2))  # three in a row, whatever the net says
    grow(tree, -0.9, (0, 2))
    assert tree.root.visits[0, 2] == 2 and tree.root.sums[0, 2] == 2.0
    assert tree.child(torch.tensor([0]), torch.tensor([2])).item() == 1
    assert bool(tree.known[1]) and tree.value[1] == 1.0


def test_illegal_moves_have_no_prior() -> None:
    boards = RULES.play(RULES.begin(2), torch.tensor([3, 5]))
    tree = Tree(RULES, boards, 2)
    tree.put(boards, RULES.legal(boards), torch.full((2, 9), 3.0), torch.zeros(2))
    assert (tree.root.logits == LOW).nonzero().tolist() == [[0, 3], [1, 5]]
    assert torch.softmax(tree.root.logits, 1)[0, 3] == 0


def test_games_do_not_touch_one_another() -> None:
    """A visit in the second game leaves the first as it was."""
    tree = Tree(RULES, RULES.begin(2), 3)
    tree.put(RULES.begin(2), RULES.legal(RULES.begin(2)), torch.zeros(2, 9), torch.zeros(2))
    nodes, moves = torch.tensor([[0, 3]]), torch.tensor([[0, 7]])
    way = Path(nodes, moves, torch.tensor([[False, True]]), nodes[0], moves[0])
    boards = RULES.play(tree.boards[way.parents], way.last)
    tree.grow(way, boards, RULES.legal(boards), torch.zeros(2, 9), torch.tensor([1.0, 1.0]))
    assert tree.root.visits[0].sum() == 0 and tree.root.visits[1].tolist() == [0] * 7 + [1, 0]
    assert tree.root.sums[1, 7] == -1


def test_proofs_are_carried_up_by_pen() -> None:
    """X X . / O O . / . . .: X wins at C3; where X plays A1 instead O wins at C2, which makes A1 a loss."""
    tree = planted(6, 0, 3, 1, 4)
    grow(tree, -0.6, (0, 6))  # after A1 the net expects O to lose
    assert not tree.root.proven.any() and tree.root.q[0, 6] > 0.5
    grow(tree, 0.0, (0, 6), (1, 5))  # O has three in a row
    assert tree.known.nonzero()[:, 0].tolist() == [1, 2] and tree.value[1] == -1
    root = tree.root
    assert root.proven[0].nonzero().tolist() == [[6]] and root.visits[0, 6] == 2 and root.sums[0, 6] == -2
    assert root.open[0].nonzero()[:, 0].tolist() == [2, 5, 7, 8]
    grow(tree, 0.0, (0, 2))
    assert bool(tree.known[0]) and tree.value[0] == 1
    assert tree.root.open[0].nonzero()[:, 0].tolist() == [2]


def test_a_node_is_known_once_all_its_moves_are() -> None:
    """X O X / X O O / . X .: A1 draws for O, and C1 loses, since X then takes A1: a draw, known after both."""
    tree = planted(5, 0, 1, 2, 4, 3, 5, 7, value=0.9)
    grow(tree, 0.9, (0, 6))
    grow(tree, 0.9, (0, 6), (1, 8))  # the board is full
    assert tree.root.proven[0].nonzero().tolist() == [[6]] and not bool(tree.known[0])
    assert tree.root.open[0].nonzero()[:, 0].tolist() == [6, 8]  # a draw may be all there is
    grow(tree, 0.9, (0, 8))
    grow(tree, 0.9, (0, 8), (3, 6))
    assert bool(tree.known[0]) and tree.value[0] == 0 and tree.root.q[0, 8] == -1
    assert tree.root.open[0].nonzero()[:, 0].tolist() == [6]


def test_without_proofs_nothing_is_known_but_the_end() -> None:
    tree = planted(3, 0, 3, 1, 4, proofs=False)
    grow(tree, -0.9, (0, 2))
    assert tree.root.proven is None and tree.known.nonzero()[:, 0].tolist() == [1]
    assert torch.equal(tree.root.open, tree.root.legal)
