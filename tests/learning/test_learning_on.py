"""What a training takes over from a trained model: its net, where it is built alike, and its history."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.learning.learning_on import Before, asked_of, refuse_size, take_over
from deepen.records import History, Moment


def looked(*steps, **counted):
    return History(
        tuple(Moment(s, s / 10, s / 100, 0.1, 1.0, {"return": 5.0, **counted}) for s in steps), ("skipped",)
    )


def model(history, **about):
    return SimpleNamespace(history=history, about=about)


def test_two_histories_are_one_that_counts_from_the_beginning():
    before = Before(looked(10, 30, environment_steps=100.0), seconds=2.0)
    found = before.then(History(looked(20, environment_steps=40.0).moments, (), "stopped by a test"))
    assert [m.step for m in found.moments] == [10, 30, 50] and found.ended == "stopped by a test"
    assert [m.epoch for m in found.moments] == [1.0, 3.0, 5.0]
    assert [m.seconds for m in found.moments] == pytest.approx([0.1, 0.3, 2.2])
    assert [m.valid["environment_steps"] for m in found.moments] == [100.0, 100.0, 140.0]
    assert [m.valid["return"] for m in found.moments] == [5.0] * 3 and found.events == ("skipped",)


def test_without_anything_before_it_is_the_history_itself():
    assert Before().then(looked(10)) == looked(10)
    assert Before.of(None) == Before()


def test_all_trainings_before_count():
    found = Before.of(model(looked(10), seconds=5.0, **{"seconds before": 7.0}))
    assert found.seconds == 12.0 and found.history == looked(10)


def test_an_interrupted_run_keeps_what_it_began_with(tmp_path):
    """Its own model, which knows a part of its history already, may stand in the place of the first one."""
    first = Before.of(model(looked(10), seconds=5.0), tmp_path / "run")
    again = Before.of(model(looked(10, 20), seconds=9.0), tmp_path / "run", going_on=True)
    assert again == first
    anew = Before.of(model(looked(10, 20), seconds=9.0), tmp_path / "run")
    assert anew.seconds == 9.0


def test_weights_of_a_net_that_is_built_alike():
    one, other = nn.Linear(2, 2), nn.Linear(2, 2)
    take_over(one, {"width": (8, 8)}, other, {"width": [8, 8]})  # as it is read from a folder
    assert torch.equal(one.weight, other.weight)
    with pytest.raises(SettingError, match=r"has another width; allowed: \[8, 8\]; came: 9"):
        take_over(one, {"width": 9}, other, {"width": [8, 8]})


def test_a_size_is_refused_and_an_asked_run_is_told_apart():
    with pytest.raises(SettingError, match="--size.*tiny"):
        refuse_size("tiny")
    refuse_size(None)
    assert asked_of(None) == {} and asked_of(object()) == {"from": "a player"}
