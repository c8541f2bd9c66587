"""The plan: a wider net where the clock allows it, and nothing measured where there is none."""

import math
import time

import pytest
import torch

from deepen.language.plan import LanguagePlan, choose, settings_at

CPU = torch.device("cpu")


def chosen(seconds=math.inf, tokens=10**6, size=None, epochs=None, each=None):
    """Choose with steps that take ``each`` seconds for a net of 64 units, and more as the square of the width."""

    def trial(plan):
        def step():
            time.sleep((each or 0) * (plan.width / 64) ** 2)

        return step

    return choose(66, tokens, seconds=seconds, epochs=epochs, device=CPU, size=size, trial=trial)


def test_more_time_makes_a_wider_net():
    widths = [chosen(seconds, each=2e-5).width for seconds in (0.01, 1.0, 100.0)]
    assert widths == sorted(widths)
    assert widths[0] == 64
    assert widths[-1] >= 256


def test_a_short_text_gets_a_narrow_net_and_more_dropout():
    assert chosen(1e4, tokens=10_000, each=1e-5).width == 64
    assert chosen(1e4, tokens=150_000, each=1e-5).width <= 256
    assert chosen(1e4, tokens=150_000, each=1e-5).dropout > chosen(10.0, tokens=10**8, each=1e-5).dropout


def test_without_a_clock_nothing_is_measured():
    def trial(_plan):
        raise AssertionError("measured")

    plan = choose(66, 10**6, seconds=math.inf, epochs=3, device=CPU, size=None, trial=trial)
    assert (plan.width, plan.half, plan.threads, plan.step_seconds) == (256, False, 0, 0.0)


def test_the_user_s_size_is_kept():
    assert chosen(size="tiny").width == 64
    assert chosen(1e4, size="huge", each=1e-6).width == 1024
    assert settings_at(2.5) == (360, 1)
    assert settings_at("huge") == (1024, 2)


def test_plain_data_and_back():
    plan = chosen(epochs=30)
    assert LanguagePlan.from_dict(plan.to_dict()) == plan
    net = plan.net(50).build()
    assert net.embedding.weight.shape == (50, 64)
    assert plan.dropout == pytest.approx(0.4)
