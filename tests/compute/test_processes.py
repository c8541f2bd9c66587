import importlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from deepen.compute.processes import World, alone, joined, launch, speaks
from deepen.errors import SettingError, TrainingError
from deepen.learning.budget import Budget
from deepen.learning.checkpoints import Checkpoints

CPU = torch.device("cpu")


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("worlds")


def test_a_world_of_one_does_nothing() -> None:
    world = alone(CPU)
    net, rows, value = nn.BatchNorm1d(2), torch.arange(5), object()
    assert world == World(0, 1, CPU)
    assert world.first
    assert world.share(rows) is rows
    with world.wrapped(net) as wrapped:
        assert wrapped is net
        assert "forward" not in vars(net)
    assert world.total(rows) is rows
    assert world.tell(value) is value
    assert world.tell_numbers(1.5, 2) == (1.5, 2)
    assert [world.any(False), world.any(True)] == [False, True]
    with world.first_goes_first():
        pass
    with joined(CPU) as found:
        assert found == world


def test_shares_are_the_whole_batch_and_each_row_once() -> None:
    shares = [World(rank, 3, CPU).share(torch.arange(12)) for rank in range(3)]
    assert sorted(torch.cat(shares).tolist()) == list(range(12))
    assert {len(s) for s in shares} == {4}


def test_only_the_first_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert speaks()
    for rank, expected in (("0", True), ("1", False)):
        monkeypatch.setenv("RANK", rank)
        assert speaks() == expected


def test_no_process_and_more_than_the_gpus_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=r"--processes: cannot run so many processes.*came: 0"):
        launch(print, 0, [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(SettingError, match="allowed: 1 to 2"):
        launch(print, 3, [])


def test_processes_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "0"), ("MASTER_ADDR", "127.0.0.1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MASTER_PORT", raising=False)
    with pytest.raises(TrainingError, match="the other processes cannot be reached"), joined(CPU):
        pass


def test_two_processes_are_as_one(worlds: Any, tmp_path: Path) -> None:
    launch(worlds.everything, 2, [str(tmp_path)])
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))

    assert (first["world"], second["world"]) == ([0, 2, True, True], [1, 2, False, False])
    assert (first["share"], second["share"]) == ([0, 2, 4], [1, 3])
    assert first["tell"] == second["tell"] == {"from": 0}
    assert first["numbers"] == second["numbers"] == [0.0, 0.1]
    assert first["any"] == second["any"] == [False, True]
    assert first["ended"] <= second["began"]
    assert (first["joined again"], second["joined again"]) == ([0, 2], [1, 2])

    one = worlds.in_one(Budget(epochs=4))
    torch.testing.assert_close(
        torch.tensor(first["epochs"]), torch.tensor(worlds.flat(one)), atol=1e-5, rtol=0
    )
    for rank in range(2):
        torch.testing.assert_close(
            torch.load(tmp_path / f"cnn {rank}.pt"), worlds.train_cnn(alone(CPU)), atol=2e-5, rtol=1e-4
        )
    for found in (first, second):
        once, again, resumed = found["masks"]
        assert once == again == resumed, "they follow from the seed, and a resumed run draws the same"
        assert len(found["masks of a part"]) == 3
    drawn = first["masks"][0] + second["masks"][0]
    assert len(set(drawn)) == 12, "each process and each step draws another"
    assert all(4 <= mask.count("1") <= 12 for mask in drawn)
    assert first["looks"] == second["looks"]
    for name in ("epochs", "minutes"):
        assert first[name] == second[name], name
    for name in ("not a number", "ran away"):
        assert first[name][:2] == second[name][:2], f"{name}: the same weights, and the same number of events"
    assert first["minutes"][1] > 50
    assert "batch was skipped" in first["not a number"][2]
    assert "ran away; went back" in first["ran away"][2]
    assert first["not a number"][0] != first["epochs"]


def test_a_killed_process_ends_the_run_and_leaves_checkpoints(worlds: Any, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TrainingError, match="process 2 of 2 was killed by SIGKILL; the others were ended"):
        launch(worlds.die, 2, [str(tmp_path)])
    assert time.monotonic() - began < 45
    state, damaged = Checkpoints(tmp_path / "c").load()
    assert state is not None
    assert 10 <= state["place"]["done"] <= 20
    assert damaged == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_sigterm_to_the_parent_reaches_all_and_all_save(worlds: Any, tmp_path: Path) -> None:
    def tell() -> None:
        while not all((tmp_path / f"ready {rank}").exists() for rank in range(2)):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    launch(worlds.until_told, 2, [str(tmp_path)])
    thread.join()
    for rank in range(2):
        assert json.loads((tmp_path / f"{rank}.json").read_text()).startswith("stopped by ")
    assert Checkpoints(tmp_path / "c").load()[0] is not None
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_process_that_has_told_its_error_itself(worlds: Any) -> None:
    with pytest.raises(SystemExit) as error:
        launch(worlds.refuse, 2, [])
    assert error.value.code == 2


def test_what_goes_wrong_after_the_work_is_done_does_not_count(
    worlds: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    launch(worlds.aborted_at_exit, 2, [])
    assert sorted(capfd.readouterr().out.split("\n")) == ["", "done 0", "done 1"]
