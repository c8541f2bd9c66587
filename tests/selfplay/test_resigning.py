"""Resigning: never before enough is known, and wrongly as seldom as is allowed."""

from __future__ import annotations

import math

import torch

from deepen.selfplay.resigning import Resigning


def test_nobody_resigns_before_enough_is_known() -> None:
    resigning = Resigning(0.05)
    resigning.played_out(torch.full((99,), -0.99))
    assert not resigning.given_up(torch.tensor([-1.0])).any() and math.isnan(resigning.wrongly)


def test_the_measured_share_is_what_is_allowed() -> None:
    resigning = Resigning(0.05)
    generator = torch.Generator().manual_seed(0)
    for _ in range(30):
        resigning.played_out(-torch.rand(50, generator=generator))
    assert 0.03 < resigning.wrongly < 0.0501
    assert -1 < resigning.threshold < -0.9
    assert resigning.given_up(torch.tensor([-0.999, 0.0])).tolist() == [True, False]


def test_whoever_hopes_plays_on() -> None:
    """Where nobody who did not lose was ever in doubt, the threshold still is no higher than its bound."""
    resigning = Resigning(0.05)
    resigning.played_out(torch.full((200,), 0.5))
    assert resigning.threshold == -0.7


def test_nothing_allowed_is_no_resigning() -> None:
    resigning = Resigning(0.0)
    resigning.played_out(torch.full((500,), -0.8))
    assert not resigning.given_up(torch.tensor([-1.0])).any()


def test_resumed_equals_uninterrupted() -> None:
    resigning = Resigning(0.05)
    resigning.played_out(torch.linspace(-1, 1, 500))
    again = Resigning(0.05)
    again.load_state_dict(resigning.state_dict())
    for r in (resigning, again):
        r.played_out(torch.linspace(-1, 0, 300))
    assert again.threshold == resigning.threshold and again.wrongly == resigning.wrongly
