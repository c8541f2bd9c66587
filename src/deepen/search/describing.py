"""A search's tree in plain data, for whoever draws it."""

from __future__ import annotations

from typing import Any

import torch

from deepen.search.search import Found
from deepen.search.tree import Tree

__all__ = ["describe"]


def describe(found: Found, row: int = 0, *, depth: int = 3, widest: int = 5) -> dict[str, Any]:
    """Say what the search of one game looked at.

    Parameters
    ----------
    found, row
        The search, and which of its games.
    depth, widest
        How many moves deep the tree is told, and how many of a node's moves: the most visited ones.

    Returns
    -------
    dict
        ``move`` (a word), ``value`` (from the side of whose turn it is, as all values here), ``turn`` (1 or -1),
        ``proven`` (whether that is certain), ``simulations``, ``board`` (drawn as text), ``principal`` (words, by the
        most visited move from node to node), and ``moves``: of each a dict of ``move``, ``visits``, ``prior``,
        ``policy`` (improved; at the root alone), ``value`` (None where it was never tried), ``proven``, ``over``, and
        ``moves``, those that may follow.
    """
    tree = found.tree
    root = int(tree.roots[row])
    moves = _moves(tree, root, depth, widest)
    for told in moves:
        told["policy"] = float(found.policy[row, told.pop("_place")])
    for told in moves:
        _strip(told)
    return {
        "move": tree.rules.word(int(found.move[row])),
        "value": float(found.value[row]),
        "proven": bool(found.proven[row]),
        "turn": int(tree.turn[root]),
        "simulations": int(found.visits[row].sum()),
        "board": tree.rules.text(tree.boards, root),
        "principal": _principal(tree, root, int(found.move[row])),
        "moves": moves,
    }


def _moves(tree: Tree, node: int, depth: int, widest: int) -> list[dict[str, Any]]:
    """Tell of one node's moves, the most visited and then the likeliest first."""
    edges = tree.edges(torch.tensor([node], device=tree.turn.device))
    priors, visits, q = (x[0].tolist() for x in (torch.softmax(edges.logits, 1), edges.visits, edges.q))
    legal = edges.legal[0].nonzero()[:, 0].tolist()
    told = []
    for a in sorted(legal, key=lambda a: (-visits[a], -priors[a]))[:widest]:
        child = int(tree.children[node, a])
        behind = node - node % tree.nodes + child
        told.append(
            {
                "move": tree.rules.word(a),
                "_place": a,
                "visits": int(visits[a]),
                "prior": priors[a],
                "value": q[a] if visits[a] else None,
                "proven": edges.proven is not None and bool(edges.proven[0, a]),
                "over": child >= 0 and bool(tree.boards.over[behind]),
                "moves": _moves(tree, behind, depth - 1, widest) if child >= 0 and depth > 1 else [],
            }
        )
    return told


def _strip(told: dict[str, Any]) -> None:
    told.pop("_place", None)
    for after in told["moves"]:
        _strip(after)


def _principal(tree: Tree, node: int, move: int) -> list[str]:
    """The move that was chosen, and what would follow."""
    words = []
    base = node - node % tree.nodes
    while not bool(tree.boards.over[node]):
        words.append(tree.rules.word(move))
        child = int(tree.children[node, move])
        if child < 0 or float(tree.visits[base + child].sum()) == 0:
            break
        node = base + child
        move = int(tree.visits[node].argmax())
    return words
