from __future__ import annotations

from itertools import product

import torch

from deepen.games import Connect4, Gomoku
from deepen.games.lines import DIRECTIONS, Lines, line_table


def by_hand(stones: list[list[int]], row: int) -> bool:
    """Whether the first player has so many in a row anywhere."""
    h, w = len(stones), len(stones[0])
    return any(
        all(
            0 <= y + i * dy < h and 0 <= x + i * dx < w and stones[y + i * dy][x + i * dx] == 1
            for i in range(row)
        )
        for y, x, (dy, dx) in product(range(h), range(w), DIRECTIONS)
    )


def test_a_row_is_found_from_every_stone_of_it() -> None:
    rules: Lines
    for rules in (Gomoku(7), Connect4()):
        generator = torch.Generator().manual_seed(0)
        stones = (torch.rand(400, rules.rows, rules.columns, generator=generator) < 0.6).to(torch.int8)
        flat = stones.flatten(1)
        turn = torch.ones(len(flat), dtype=torch.int8)
        found = torch.stack(
            [rules._won(flat, torch.full((len(flat), 1), p), turn) for p in range(rules.places)], 1
        )
        truth = torch.tensor([by_hand(s, rules.row) for s in stones.tolist()])
        assert 0 < truth.sum() < len(truth)
        assert torch.equal((found & (flat == 1)).any(1), truth)


def test_lines_do_not_run_over_the_edge() -> None:
    table = line_table(6, 7, 4, torch.device("cpu"))
    assert table.shape == (42, 4 * 7)
    corner = table[6].view(4, 7)  # upper right
    outside = 42
    assert corner[0].tolist() == [3, 4, 5, 6, outside, outside, outside]
    assert corner[2].tolist() == [outside] * 3 + [6] + [outside] * 3
    assert corner[3].tolist() == [outside] * 3 + [6, 12, 18, 24]
