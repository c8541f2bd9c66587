"""AlphaZero on the loop: its loss by pen, what it learns, and that a killed training goes on as if nothing had been."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.games.go import Go
from deepen.games.tictactoe import TicTacToe
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.watch import Progress, Silent
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator
from deepen.search.search import SearchSettings
from deepen.selfplay.learning import PolicyValueStep, learn
from deepen.selfplay.players import by_search
from deepen.selfplay.replies import every_reply
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.strength import strength
from deepen.selfplay.window import Positions

RULES = TicTacToe()
SMALL = {"channels": 8, "blocks": 1, "games": 8, "simulations": 4, "batch": 16, "least": 100, "most": 1000}


def test_the_loss_by_pen() -> None:
    net = PolicyValue(RULES.shape, 9, channels=8, blocks=0, value="tanh").eval()
    net.policy_head.bias.data[0] = math.log(2)  # probabilities 0.2 and eight times 0.1
    net.value_head.bias.data[0] = math.atanh(0.5)
    policy = torch.zeros(2, 9)
    policy[0, 0] = 1
    policy[1, :2] = 0.5
    batch = Positions(torch.zeros(2, 4, 3, 3), policy, torch.tensor([1.0, -1.0]))
    policies = (-math.log(0.2) - 0.5 * math.log(0.2) - 0.5 * math.log(0.1)) / 2
    values = (0.25 + 2.25) / 2
    assert PolicyValueStep(3.0)(net, batch).item() == pytest.approx(policies + 3 * values, rel=1e-5)


def trained(folder: Path | None, steps: int, *, of: int | None = None) -> PolicyValue:
    settings = AlphaZero.of(RULES, **SMALL)
    torch.manual_seed(0)
    net = settings.net(RULES)
    checkpoints = None if folder is None else Checkpoints(folder, seconds=0.0)
    stop = _After(steps) if of is not None else None
    learn(
        net, RULES, settings, horizon=Horizon(of or steps, Clock()), seed=3, checkpoints=checkpoints, watch=stop,
        stop=None if stop is None else stop.flag,
    )  # fmt: skip
    return net


class _After(Silent):
    """Stops a training after so many steps."""

    def __init__(self, steps: int) -> None:
        self.flag, self._steps = StopFlag(), steps

    def progress(self, now: Progress) -> None:
        if now.step >= self._steps:
            self.flag.set("the test")


def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    whole = trained(None, 40)
    half = trained(tmp_path, 15, of=40)
    assert any(not torch.equal(a, b) for a, b in zip(half.parameters(), whole.parameters(), strict=True))
    resumed = trained(tmp_path, 40)
    for (name, a), b in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_the_same_seed_gives_the_same_net() -> None:
    for a, b in zip(trained(None, 12).parameters(), trained(None, 12).parameters(), strict=True):
        assert torch.equal(a, b)


def test_looks_and_history() -> None:
    settings = AlphaZero.of(RULES, **SMALL)
    net = settings.net(RULES)
    look = strength(RULES, games=4, searching=SearchSettings(simulations=2))
    history = learn(net, RULES, settings, horizon=Horizon(30, Clock()), evaluate=look)
    assert history.ended == "complete" and history.moments[-1].step == 30
    assert all("against_chance" in m.valid for m in history.moments)
    assert "against_last" in history.moments[-1].valid
    assert not net.training


def test_a_clock_ends_it() -> None:
    settings = AlphaZero.of(RULES, **SMALL)
    clock = Clock(2.0)
    learn(settings.net(RULES), RULES, settings, horizon=Horizon(math.inf, clock))
    assert 1.5 < clock.elapsed < 4.0


@pytest.mark.slow
def test_tic_tac_toe_is_never_lost() -> None:
    """After 600 steps: with 32 simulations none of all games against every reply is lost."""
    settings = AlphaZero.of(RULES)
    torch.manual_seed(0)
    net = settings.net(RULES)
    learn(net, RULES, settings, horizon=Horizon(600, Clock()), seed=0)
    player = by_search(RULES, evaluator(net), settings.search(32))
    for first in (True, False):
        tally = every_reply(RULES, player, first=first)
        assert tally.lost == 0 and tally.won > 0


def test_the_loss_of_owners_by_pen() -> None:
    """One board known, all own but a place that is nobody's; one resigned, which counts for nothing."""
    rules = Go(3)
    net = PolicyValue(rules.shape, 10, channels=8, blocks=0, owners=True).eval()
    assert net.owners_head is not None and net.owners_head.bias is not None
    net.owners_head.weight.data.zero_()
    net.owners_head.bias.data.fill_(math.log(3))  # three to one
    owners = torch.ones(2, 3, 3, dtype=torch.int8)
    owners[0, 0, 0], owners[1] = 0, 2
    batch = Positions(torch.zeros(2, 15, 3, 3), torch.full((2, 10), 0.1), torch.ones(2), owners)
    own, nobodys = -math.log(0.75), -(math.log(0.75) + math.log(0.25)) / 2
    more = PolicyValueStep(1.0, 2.0)(net, batch) - PolicyValueStep(1.0)(net, batch)
    assert more.item() == pytest.approx(2 * (8 * own + nobodys) / 9 / 2, rel=1e-5)
