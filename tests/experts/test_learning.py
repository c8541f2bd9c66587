from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.experts.learning import (
    Answers,
    ExpertBatch,
    ExpertBatches,
    ExpertStep,
    answers,
    commonest,
    scored,
)
from deepen.experts.packed import packed
from deepen.experts.records import ExpertGames
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.games.go_records import GoRecord
from deepen.nets.policy_value import PolicyValue

CPU = torch.device("cpu")
RULES = Go(5)


@pytest.fixture
def positions(drawn: Callable[..., list[GoRecord]]) -> ExpertPositions:
    games = ExpertGames.of(drawn(RULES, 6, moves=20), [""] * 6)
    found, _ = replayed(games, RULES, generator=torch.Generator())
    assert found is not None
    return found


def batches(positions: ExpertPositions, size: int = 16, seed: int = 0) -> ExpertBatches:
    return ExpertBatches(positions, RULES, size=size, seed=seed, device=CPU)


def test_the_move_turns_with_the_board(positions: ExpertPositions) -> None:
    # Mark the expert's move in a plane of its own: wherever the plane is turned, the target must follow.
    puts = (positions.moves < 25).nonzero()[:, 0]
    marked = F.one_hot(positions.moves[puts], 26)[:, :25].view(-1, 1, 5, 5).float()
    own = ExpertPositions(
        packed(marked), positions.moves[puts], positions.outcome[puts], positions.game[puts]
    )
    source = batches(own, size=24)
    for _ in range(10):
        batch = source.next()
        assert torch.equal(batch.planes.flatten(1).argmax(1), batch.moves)


def test_a_pass_stays_a_pass_and_all_symmetries_are_used(positions: ExpertPositions) -> None:
    corner = torch.zeros(64, 1, 5, 5)
    corner[:, 0, 0, 1] = 1  # a place with eight images
    moves = torch.full((64,), 25)
    own = ExpertPositions(packed(corner), moves, torch.ones(64), torch.zeros(64, dtype=torch.int64))
    batch = batches(own, size=64).next()
    assert (batch.moves == 25).all()
    assert batch.planes.flatten(1).argmax(1).bincount().tolist().count(8) == 8


def test_an_epoch_holds_every_position_once_and_can_be_gone_back_to(positions: ExpertPositions) -> None:
    n = len(positions) - len(positions) % 8
    own = ExpertPositions(
        positions.planes, positions.moves, torch.arange(len(positions)).float(), positions.game
    )  # whose outcome is its number
    source = batches(own, size=8)
    first = torch.cat([source.next().outcome for _ in range(source.steps)])
    assert len(first.unique()) == n
    source.next()
    state = source.state_dict()  # of the second epoch, whose order is another
    following = [source.next() for _ in range(source.steps)]
    again = batches(own, size=99)
    again.load_state_dict(state)
    for batch in following:
        other = again.next()
        assert torch.equal(batch.outcome, other.outcome) and torch.equal(batch.planes, other.planes)
        assert torch.equal(batch.moves, other.moves)
    assert not torch.equal(first[:8], batches(own, size=8, seed=1).next().outcome)
    assert source.halve() and len(source.next().moves) == 4
    assert source.halve() and source.halve() and not source.halve()


def small() -> PolicyValue:
    return PolicyValue(RULES.shape, RULES.actions, channels=8, blocks=1, value="tanh", policy="places")


def test_the_loss_is_the_cross_entropy_and_a_little_of_the_value(positions: ExpertPositions) -> None:
    net = small()
    batch = ExpertBatch(
        positions.planes.planes(torch.arange(4)), positions.moves[:4], torch.tensor([1.0, -1, 0, math.nan])
    )
    # A new net likes all 26 moves alike; it is made to expect v of each. One of the four is not counted.
    net.value_head.bias.data.fill_(1.0)
    v = math.tanh(1.0)
    error = ((v - 1) ** 2 + (v + 1) ** 2 + v**2) / 3
    assert ExpertStep(0.5)(net, batch).item() == pytest.approx(math.log(26) + 0.5 * error, rel=1e-5)
    loss = ExpertStep(0.5)(net, ExpertBatch(batch.planes, batch.moves, torch.full((4,), math.nan)))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(26), rel=1e-5)
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


class Told(nn.Module):
    """Likes a place the more, the higher its number; expects what it is told."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.arange(26.0).expand(len(x), 26), torch.full((len(x),), 0.5)


def test_answers_are_ranks_and_probabilities(positions: ExpertPositions) -> None:
    said = answers(Told(), positions, device=CPU)
    assert said.rank.tolist() == (25 - positions.moves).tolist()
    own = torch.log_softmax(torch.arange(26.0), 0)[positions.moves]
    assert np.allclose(said.log_probability, own.numpy(), atol=1e-5) and (said.value == 0.5).all()


def test_a_net_that_likes_all_alike_has_found_nothing(positions: ExpertPositions) -> None:
    said = answers(small().eval(), positions, device=CPU)
    assert (said.rank == 25).all()


def test_scores_do_not_count_passes_and_stand_on_games(positions: ExpertPositions) -> None:
    positions.moves[::7] = 25
    n, put = len(positions), (positions.moves < 25).numpy()
    rank = np.where(np.arange(n) % 2 == 0, 0, 3)
    rank[~put] = 9
    score = scored(Answers(rank, np.full(n, -2.0), np.ones(n)), positions, passing=25)
    assert score["accuracy"].n == put.sum() and score["accuracy"].value == pytest.approx(
        (rank[put] == 0).mean()
    )
    assert score["top_5_accuracy"].value == 1 and score["log_loss"].value == pytest.approx(2)
    decided = put & (positions.outcome.numpy() != 0)
    assert score["winner_accuracy"].value == pytest.approx((positions.outcome.numpy()[decided] > 0).mean())
    assert (
        score.headline.name == "accuracy"
        and score["accuracy"].low < score["accuracy"].value < score["accuracy"].high
    )


def test_games_are_drawn_as_wholes() -> None:
    # In each game all is right or all is wrong: a thousand positions then stand for ten games only.
    game = torch.arange(1000) // 100
    own = ExpertPositions(
        packed(torch.zeros(1000, 1, 5, 5)), torch.zeros(1000, dtype=torch.int64), torch.ones(1000), game
    )
    rank = (game.numpy() % 2).astype(np.int64)
    found = scored(Answers(rank, np.zeros(1000), np.zeros(1000)), own, passing=25)["accuracy"]
    assert found.value == 0.5 and found.high - found.low > 0.4 and found.method == "bootstrap by game"


def test_the_commonest_move_is_first_everywhere(positions: ExpertPositions) -> None:
    learned = torch.tensor([3, 3, 3, 7, 7, 25])
    own = ExpertPositions(
        positions.planes, torch.tensor([3, 7, 25, 0]), positions.outcome[:4], positions.game[:4]
    )
    said = commonest(learned, own)
    assert said.rank[:3].tolist() == [0, 1, 2] and said.rank[3] > 2
    assert np.exp(said.log_probability[0]) == pytest.approx(4 / 32)  # one is added to each of 26


def test_who_expects_nothing_is_not_measured_by_the_winner(positions: ExpertPositions) -> None:
    n = len(positions)
    assert (
        "winner_accuracy"
        not in scored(Answers(np.zeros(n), np.full(n, -2.0), np.zeros(n)), positions, passing=25).measures
    )
