"""Every kind of training on a device that is not the CPU, as far as that shows without one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NEEDS_ALE = pytest.mark.skipif(importlib.util.find_spec("ale_py") is None, reason="ale-py is not installed")

pytestmark = pytest.mark.slow


def ran(*words: str) -> list[dict[str, object]]:
    """What each training said, in one process, since PyTorch is changed there for good."""
    done = subprocess.run(
        [sys.executable, str(HERE / "trainings.py"), *words], capture_output=True, text=True, timeout=900, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_tensors_of_two_devices_are_told_apart() -> None:
    found = {said["name"]: str(said["error"]) for said in ran("two devices", "another generator", "numpy")}
    assert "tensors on pretend and on the CPU" in found["two devices"]
    assert "a generator of another device" in found["another generator"]
    assert "can't convert a tensor on pretend to numpy" in found["numpy"]


def test_every_training_keeps_to_its_device() -> None:
    found = ran()
    assert len(found) > 25
    assert [said for said in found if said["error"]] == []
    assert {tuple(said["devices"]) for said in found if "devices" in said} == {("pretend",)}


@NEEDS_ALE
def test_atari_keeps_to_its_device() -> None:
    (said,) = ran("Atari")
    assert said["error"] is None and said["devices"] == ["pretend"]
