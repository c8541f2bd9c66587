from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from deepen.experts import replay
from deepen.experts.records import UNKNOWN, ExpertGames
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.games.go_records import GoRecord, read_go

Drawn = Callable[..., list[GoRecord]]


def played(
    records: list[GoRecord], rules: Go, share: float = 1.0
) -> tuple[ExpertPositions | None, list[str]]:
    games = ExpertGames.of(records, [f"game {n}" for n in range(len(records))])
    return replayed(games, rules, share=share, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("setup", [False, True])
@pytest.mark.parametrize("size", [4, 7])
def test_positions_are_those_of_the_rules_move_by_move(
    size: int, setup: bool, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "_TOGETHER", 7)
    rules = Go(size)
    records = drawn(rules, 20, moves=28, setup=setup)
    found, illegal = played(records, rules)
    assert found is not None and illegal == [] and len(found) == sum(len(r.moves) for r in records)
    assert len({len(record.moves) for record in records}) > 3  # of different lengths
    for number, record in enumerate(records):
        rows = (found.game == number).nonzero()[:, 0]
        stones = torch.zeros(size * size, dtype=torch.int8)
        stones[list(record.black)] = 1
        boards = rules.set_up(
            stones.view(1, size, size), torch.tensor([record.moves[0][0]], dtype=torch.int8)
        )
        for row, (colour, move) in zip(rows, record.moves, strict=True):
            assert torch.equal(found.planes.planes(row[None]), rules.planes(boards))
            assert int(found.moves[row]) == move and float(found.outcome[row]) == colour * record.winner
            boards = rules.play(boards, torch.tensor([move]))


def test_a_share_keeps_some_of_each_game(drawn: Drawn) -> None:
    rules = Go(5)
    records = drawn(rules, 60, moves=40)
    every, _ = played(records, rules)
    some, _ = played(records, rules, share=0.3)
    assert every is not None and some is not None
    assert 0.25 < len(some) / len(every) < 0.35 and len(set(some.game.tolist())) > 50


ILLEGAL = {
    "(;SZ[5];B[aa];W[aa])": "move 2, A5, is onto a stone",
    "(;SZ[5]AW[ba][ab];B[aa];W[ee])": "move 1, A5, leaves its own stones without a liberty",
    "(;SZ[4]AB[ba][ab][bc]AW[ca][bb][db][cc];B[cb];W[bb])": "move 2, B3, takes back a ko at once",
}


@pytest.mark.parametrize("text", ILLEGAL)
def test_a_game_with_an_illegal_move_is_left_out_and_named(text: str, drawn: Drawn) -> None:
    (bad,) = read_go(text)
    rules = Go(bad.size)
    good = drawn(rules, 3, moves=20)
    found, illegal = played([good[0], bad, *good[1:]], rules)
    assert found is not None
    assert illegal == [f"game 1: {ILLEGAL[text]}"]
    assert set(found.game.tolist()) == {0, 2, 3} and len(found) == sum(len(r.moves) for r in good)


def test_a_ko_may_be_taken_back_after_a_threat() -> None:
    (game,) = read_go("(;SZ[4]AB[ba][ab][bc]AW[ca][bb][db][cc];B[cb];W[dd];B[aa];W[bb])")
    found, illegal = played([game], Go(4))
    assert illegal == [] and found is not None and len(found) == 4


def test_one_side_may_move_twice() -> None:
    (game,) = read_go("(;SZ[5]RE[B+1];B[aa];B[bb];W[cc])")
    found, illegal = played([game], Go(5))
    assert found is not None and illegal == [] and found.outcome.tolist() == [1, 1, -1]
    own = found.planes.planes(torch.tensor([1]))[0, :3].sum(0)
    assert own[0, 0] == 1  # black's stone is that of whose turn it is, again


def test_what_follows_two_passes_is_left_out() -> None:
    (game,) = read_go("(;SZ[5];B[aa];W[];B[];W[aa];B[aa])")
    found, illegal = played([game], Go(5))
    assert found is not None and illegal == [] and found.moves.tolist() == [0, 25, 25]


def test_an_unknown_winner_and_no_legal_game(drawn: Drawn) -> None:
    rules = Go(5)
    record = replace(drawn(rules, 1, moves=5)[0], winner=None)
    found, _ = played([record], rules)
    assert found is not None and found.outcome.isnan().all()
    assert ExpertGames.of([record], ["g"]).winner.tolist() == [UNKNOWN]
    none, illegal = played(read_go("(;SZ[5];B[aa];W[aa])"), rules)
    assert none is None and len(illegal) == 1


def test_it_ends_where_it_is_enough(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_TOGETHER", 4)
    rules = Go(5)
    games = ExpertGames.of(drawn(rules, 20, moves=10), [""] * 20)
    asked: list[tuple[int, int]] = []

    def enough(done: int, positions: int) -> bool:
        asked.append((done, positions))
        return done >= 8

    found, _ = replayed(games, rules, generator=torch.Generator(), enough=enough)
    assert found is not None and set(found.game.tolist()) == set(range(8))
    assert (
        asked
        == [(4, int(games.starts[4])), (8, len(found))]
        == [(4, int(np.sum(games.lengths[:4]))), (8, len(found))]
    )
