from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from deepen.evidence.intervals import wilson
from deepen.experts.packed import packed
from deepen.experts.replay import ExpertPositions
from deepen.experts.scoring import Answers, answers, commonest, scored
from deepen.games.go import Go
from deepen.nets.policy_value import PolicyValue

CPU = torch.device("cpu")
RULES = Go(5)


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
    net = PolicyValue(RULES.shape, RULES.actions, channels=8, blocks=1, value="tanh", policy="places")
    said = answers(net.eval(), positions, device=CPU)
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


def of_games(games: int, each: int) -> ExpertPositions:
    """Some positions of some games, that nobody looks at."""
    n = games * each
    return ExpertPositions(
        packed(torch.zeros(n, 1, 5, 5)), torch.zeros(n, dtype=torch.int64), torch.ones(n),
        torch.arange(n) // each,
    )  # fmt: skip


@pytest.mark.parametrize(("rank", "value"), [(9, 0.0), (0, 1.0)])
def test_where_all_games_are_alike_each_counts_as_one_position(rank: int, value: float) -> None:
    said = Answers(np.full(80, rank), np.full(80, -math.log(26)), np.zeros(80))
    score = scored(said, of_games(8, 10), passing=25)
    for name in ("accuracy", "top_5_accuracy"):
        found = score[name]
        assert found.value == value and (found.low, found.high) == wilson(8 * value, 8)
        assert found.method == "wilson by game" and found.n == 80
    assert not score["log_loss"].has_interval and score["log_loss"].method == "none"


def test_of_a_single_game_little_is_known() -> None:
    rank = np.arange(50) % 2
    found = scored(Answers(rank, -1.0 - rank, np.zeros(50)), of_games(1, 50), passing=25)
    assert found["accuracy"].value == 0.5 and found["accuracy"].low < 0.1 and found["accuracy"].high > 0.9
