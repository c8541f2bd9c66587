"""Games by chance, for the tests of learning from records."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from deepen.experts.records import ExpertGames
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.games.go_records import GoRecord


def _drawn(rules: Go, n: int, *, moves: int, seed: int = 0, setup: bool = False) -> list[GoRecord]:
    """Play n games of legal moves by chance, cut at lengths by chance from the half of ``moves`` up."""
    generator = torch.Generator().manual_seed(seed)
    boards = rules.begin(n)
    black: tuple[int, ...] = ()
    if setup:
        black = (0, rules.places - 1)
        stones = torch.zeros(n, rules.places, dtype=torch.int8)
        stones[:, list(black)] = 1
        boards = rules.set_up(stones.view(n, rules.size, rules.size), torch.full((n,), -1, dtype=torch.int8))
    played: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for _ in range(moves):
        weights = rules.legal(boards).float()
        weights[:, -1] = torch.where(boards.over, 1.0, 0.02)
        move = torch.multinomial(weights, 1, generator=generator)[:, 0]
        for row in (~boards.over).nonzero()[:, 0].tolist():
            played[row].append((int(boards.turn[row]), int(move[row])))
        boards = rules.play(boards, move)
    lengths = torch.randint(moves // 2, moves + 1, (n,), generator=generator).tolist()
    winner = torch.randint(-1, 2, (n,), generator=generator).tolist()
    return [
        GoRecord(
            size=rules.size,
            moves=tuple(made[:length]),
            black=black,
            winner=won,
            result={1: "B+1", -1: "W+1", 0: "0"}[won],
        )
        for made, length, won in zip(played, lengths, winner, strict=True)
    ]


@pytest.fixture
def drawn() -> Callable[..., list[GoRecord]]:
    """``drawn(rules, n, moves=)``: n games of legal moves by chance."""
    return _drawn


@pytest.fixture
def positions(drawn: Callable[..., list[GoRecord]]) -> ExpertPositions:
    """All positions of six games by chance on a board of 5."""
    games = ExpertGames.of(drawn(Go(5), 6, moves=20), [""] * 6)
    found, _ = replayed(games, Go(5), generator=torch.Generator())
    assert found is not None
    return found
