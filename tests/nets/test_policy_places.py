"""The head of :mod:`deepen.nets.policy_value` whose logits are of places."""

from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.policy_value import PolicyValue
from deepen.shapes import Grid


def net(actions: int = 21) -> PolicyValue:
    torch.manual_seed(0)
    made = PolicyValue(Grid(3, 4, 5), actions, channels=8, blocks=1, policy="places").eval()
    for p in made.policy_head.parameters():
        torch.nn.init.normal_(p)
    return made


def test_a_logit_is_of_its_place_and_that_of_a_pass_of_all() -> None:
    head = net().policy_head
    x = torch.randn(1, 8, 4, 5, requires_grad=True)
    logits = head(x)
    assert logits.shape == (1, 21)
    for place in range(21):
        (gradient,) = torch.autograd.grad(logits[0, place], x, retain_graph=True)
        reached = gradient.abs().sum(1).flatten().nonzero()[:, 0].tolist()
        assert reached == ([place] if place < 20 else list(range(20)))


def test_where_every_move_is_a_place() -> None:
    logits, values = net(20)(torch.randn(2, 3, 4, 5))
    assert logits.shape == (2, 20) and values.shape == (2,)


def test_a_new_net_likes_all_moves_alike() -> None:
    logits, _ = PolicyValue(Grid(3, 4, 5), 21, policy="places")(torch.randn(2, 3, 4, 5))
    assert (logits == 0).all()


def test_in_half_precision_near_moves_are_told_apart() -> None:
    made = net()
    with torch.autocast("cpu", torch.bfloat16):
        logits, _ = made(torch.randn(2, 3, 4, 5))
        x = torch.randn(2, 8, 4, 5)
        half = made.policy_head(x)
    assert logits.dtype == torch.float32 and torch.equal(half, made.policy_head(x))
    logits, _ = made.for_playing(half=True)(torch.randn(2, 3, 4, 5).bfloat16())
    assert logits.dtype == torch.bfloat16 and logits.isfinite().all()


def test_moves_that_are_no_places_are_refused() -> None:
    with pytest.raises(
        SettingError, match="policy: this game's moves are no places; allowed: dense; came: 7 moves"
    ):
        PolicyValue(Grid(2, 6, 7), 7, policy="places")
    with pytest.raises(SettingError, match="policy: 'place' is not known"):
        PolicyValue(Grid(2, 6, 7), 42, policy="place")
