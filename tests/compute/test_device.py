import resource
import subprocess
import sys

import pytest
import torch

from deepen.compute import device
from deepen.errors import SettingError


def test_pick_takes_what_is_named() -> None:
    assert device.pick("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["nonsense", "", "cuda:99", "cpu:x"])
def test_pick_refuses_what_is_not_here(name: str) -> None:
    with pytest.raises(SettingError, match="no such device here; allowed: cpu"):
        device.pick(name)


@pytest.mark.parametrize("there", [False, True])
def test_pick_without_a_name_prefers_cuda_and_this_process_gets_its_own(
    there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device.pick() == (torch.device("cuda", 1) if there else torch.device("cpu"))


def test_memory_free_is_some_but_not_more_than_the_machine_has() -> None:
    import os

    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < device.memory_free(torch.device("cpu")) <= whole


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are read from /proc")
def test_memory_free_heeds_the_limit_of_the_process() -> None:
    code = (
        "import resource, torch; from deepen.compute.device import memory_free, _left_by_limits\n"
        "size = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (size + (100 << 20), resource.RLIM_INFINITY))\n"
        "print(memory_free(torch.device('cpu')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 50 << 20 < int(done.stdout) <= 100 << 20
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 100 << 20


def test_memory_free_is_never_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_left_by_limits", lambda: [-5])
    assert device.memory_free(torch.device("cpu")) == 0


def test_steady_memory_tells_glibc_and_nothing_breaks() -> None:
    assert isinstance(device.steady_memory(), bool)
    assert torch.ones(1 << 20).sum().item() == 1 << 20


def test_summary_names_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert device.summary(torch.device("cpu")).startswith("CPU, 1 thread, ")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert device.summary(torch.device("cpu")).startswith("CPU, 8 threads, ")
    assert device.summary(torch.device("meta")) == "meta"
