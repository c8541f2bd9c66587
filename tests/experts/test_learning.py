from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from deepen.experts.learning import ExpertBatch, ExpertBatches, ExpertStep
from deepen.experts.packed import packed
from deepen.experts.replay import ExpertPositions
from deepen.games.go import Go
from deepen.nets.policy_value import PolicyValue

CPU = torch.device("cpu")
RULES = Go(5)


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
