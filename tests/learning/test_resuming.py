from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from deepen.errors import FolderError
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.resuming import Resuming

CPU = torch.device("cpu")


def resuming(folder: Path | None, net: nn.Module, **more: Any) -> Resuming:
    return Resuming(None if folder is None else Checkpoints(folder, seconds=0.0), CPU, net=net, **more)


def test_every_part_and_the_random_state_are_brought_back(tmp_path: Path) -> None:
    net, other = nn.Linear(2, 1), nn.Linear(2, 1)
    step = lambda net, batch: batch  # noqa: E731 - a step without a state
    torch.manual_seed(5)
    assert resuming(tmp_path, net, average=None, step=step).save(3, {"done": 3}) == ""
    drawn = torch.rand(4)
    place, damaged = resuming(tmp_path, other, average=None, step=step).take_up()
    assert (place, damaged) == ({"done": 3}, [])
    assert torch.equal(net.weight, other.weight)
    assert torch.equal(torch.rand(4), drawn)


def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path: Path) -> None:
    net = nn.Linear(2, 1)
    saved = resuming(tmp_path, net)
    saved.save(1, {"done": 1})
    saved.save(2, {"done": 2})
    newest = max(tmp_path.iterdir())
    (newest / "state.safetensors").write_bytes(b"")
    place, (damaged,) = resuming(tmp_path, net).take_up()
    assert place == {"done": 1}
    assert newest.name in damaged


def test_without_checkpoints_nothing_is_saved_or_taken_up() -> None:
    none = resuming(None, nn.Linear(2, 1))
    assert not none.due
    assert none.save(1, {}) == ""
    assert none.take_up() == (None, [])


@pytest.mark.parametrize("error", [FolderError("full"), OSError("Input/output error")])
def test_a_disk_that_fails_is_told_and_does_not_end_the_training(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Checkpoints, "save", fail)
    assert (
        resuming(tmp_path, nn.Linear(2, 1))
        .save(4, {})
        .startswith("step 4: the checkpoint could not be written: ")
    )
