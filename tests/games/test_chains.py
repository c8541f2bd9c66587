from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from deepen.games import Go
from deepen.games.chains import NOBODY, NONE, beside, chains, freed, liberties, near, touched


def random_stones(b: int, n: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-1, 2, (b, n * n), generator=generator).to(torch.int8)


def by_hand(stones: list[int], n: int) -> tuple[list[int], list[int]]:
    """Chains by filling from every stone, and the size of the set of their free neighbours."""
    chain, count = [-1] * (n * n), [0] * (n * n)
    for start in range(n * n):
        if not stones[start] or chain[start] >= 0:
            continue
        members, rim, free = {start}, [start], set()
        while rim:
            p = rim.pop()
            for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                r, c = p // n + dr, p % n + dc
                if not (0 <= r < n and 0 <= c < n):
                    continue
                q = r * n + c
                if not stones[q]:
                    free.add(q)
                elif stones[q] == stones[start] and q not in members:
                    members.add(q)
                    rim.append(q)
        for p in members:
            chain[p], count[p] = start, len(free)
    return chain, count


def partition(chain: list[int]) -> set[frozenset[int]]:
    return {frozenset(i for i, c in enumerate(chain) if c == name) for name in set(chain) - {NONE}}


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_chains_and_liberties_of_random_boards(n: int) -> None:
    stones = random_stones(40, n)
    chain = chains(stones, n)
    count = liberties(chain, n)
    for i, row in enumerate(stones.tolist()):
        truth, free = by_hand(row, n)
        assert partition(chain[i].tolist()) == partition(truth)
        assert count[i].tolist() == free


def test_a_spiral_is_one_chain() -> None:
    rows = ["XXXXX", "....X", "XXX.X", "X...X", "XXXXX"]
    stones = torch.tensor([[c == "X" for row in rows for c in row]]).to(torch.int8)
    chain = chains(stones, 5)
    assert chain[stones == 1].unique().numel() == 1
    assert liberties(chain, 5)[stones == 1].unique().tolist() == [8]


@pytest.mark.parametrize("size", [3, 5, 9])
def test_what_is_carried_along_is_what_the_stones_give(size: int, wander: Callable[..., Any]) -> None:
    """After any number of random moves chains and liberties are those of the board set up anew."""
    rules = Go(size)
    boards = rules.begin(30)
    for step in range(60):
        boards = wander(rules, boards, 1, seed=step)
        anew = rules.set_up(boards.stones, boards.turn)
        assert torch.equal(boards.liberties, anew.liberties)
        assert torch.equal(boards.chain == NONE, anew.chain == NONE)
        for a, b in zip(boards.chain.flatten(1).tolist(), anew.chain.flatten(1).tolist(), strict=True):
            assert partition(a) == partition(b)


def test_beside_does_not_run_over_the_edge() -> None:
    n = 4
    for place in range(n * n):
        marked = torch.zeros(1, n * n, dtype=torch.bool)
        marked[0, place] = True
        neighbours = set(near(n, marked.device)[place].tolist()) - {place}
        assert set(beside(marked, n)[0].nonzero()[:, 0].tolist()) == neighbours
        assert 2 <= len(neighbours) <= 4


def test_touched() -> None:
    chain = torch.tensor([[0, 0, NONE, 3]], dtype=torch.int16)
    names = torch.tensor([[0, NOBODY, NOBODY, 0]], dtype=torch.int16)
    assert touched(chain, names).tolist() == [[True, True, False, False]]


def test_freed_liberties_are_the_difference() -> None:
    n = 5
    stones = random_stones(60, n, seed=3)
    chain = chains(stones, n)
    whole = chain == chain.amax(1, keepdim=True)  # one chain of each board is taken
    gone = whole & (stones != 0)
    rest = chain.masked_fill(gone, NONE)
    more = freed(rest, gone, n)
    before = liberties(chain, n).masked_fill(gone, 0)
    assert torch.equal(before + more, liberties(rest, n))
    assert int(more.sum()) > 0
