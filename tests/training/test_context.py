"""Plans: made once, and read again by the run that goes on."""

from pathlib import Path

import pytest
import torch

from deepen.compute.processes import alone
from deepen.compute.signals import StopFlag
from deepen.config import Settings
from deepen.data.cache import Cache
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.training.context import Context
from deepen.training.options import Options


class Choice(Settings):
    width: int


def context(folder: Path | None) -> Context:
    return Context(
        options=Options(steps=1), folder=folder, clock=Clock(), watch=Silent(), stop=StopFlag(),
        world=alone(torch.device("cpu")), cache=Cache(),
    )  # fmt: skip


def test_a_plan_is_made_once_and_read_again(tmp_path: Path) -> None:
    assert not context(tmp_path).was_planned("plan.json")
    assert context(tmp_path).planned("plan.json", Choice, lambda: Choice(width=3)).width == 3
    again = context(tmp_path)
    assert again.was_planned("plan.json") and not again.was_planned("plan-2.json")
    assert again.planned("plan.json", Choice, lambda: pytest.fail("it stands already")).width == 3


def test_without_a_folder_it_is_made_anew() -> None:
    here = context(None)
    assert [here.planned("plan.json", Choice, lambda k=k: Choice(width=k)).width for k in (1, 2)] == [1, 2]
    assert not here.was_planned("plan.json")
