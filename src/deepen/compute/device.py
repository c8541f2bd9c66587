"""Which device to compute on, and what it offers."""

from __future__ import annotations

import ctypes
import os

import torch

from deepen.errors import SettingError

__all__ = ["memory_free", "pick", "steady_memory", "summary"]


def pick(name: str | None = None) -> torch.device:
    """Choose the device: the one named, else the first CUDA device, else the CPU.

    Apple's MPS is taken only by name: it lacks the double precision that some measures use.

    Raises
    ------
    SettingError
        If the name is unknown, or there is no such device here.

    Examples
    --------
    >>> pick("cpu")
    device(type='cpu')
    """
    if name is None:
        if torch.cuda.is_available():
            return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        return torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = "cpu" + (", cuda" if torch.cuda.is_available() else "")
        raise SettingError("no such device here", where="--device", allowed=there, came=name) from error
    return device


def memory_free(device: torch.device) -> int:
    """How many bytes can still be taken on the device, under the limits set for this process."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = [os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    free += _available_by_meminfo() + _left_by_limits()
    # The page cache counts as used in SC_AVPHYS_PAGES but can be given up: MemAvailable knows better.
    return max(0, min(max(free[:2]), *free[2:])) if len(free) > 2 else max(free)


def _available_by_meminfo() -> list[int]:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 - not a path of the user's
            rows = dict(line.split(":", 1) for line in file)
        return [int(rows["MemAvailable"].split()[0]) * 1024]
    except (OSError, KeyError, ValueError):
        return [0]


def _left_by_limits() -> list[int]:
    """What `ulimit -v`, `ulimit -d` and a control group still leave to this process."""
    left = []
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = [int(p) for p in file.read().split()]
        size, data = (pages[i] * resource.getpagesize() for i in (0, 5))
        for limit, used in ((resource.RLIMIT_AS, size), (resource.RLIMIT_DATA, data)):
            soft, _ = resource.getrlimit(limit)
            if soft != resource.RLIM_INFINITY:
                left.append(soft - used)
    except (ImportError, OSError, ValueError, IndexError):
        pass
    for most, used_now in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            with open(most, encoding="ascii") as a, open(used_now, encoding="ascii") as b:  # noqa: PTH123
                left.append(int(a.read()) - int(b.read()))
        except (OSError, ValueError):
            continue
    return left


def steady_memory() -> bool:
    """Tell glibc to keep the memory that a training step frees, since the next step asks for it again.

    By default glibc hands blocks above 128 KiB back to the kernel at once and faults every page in again
    at the next step. Measured on a small CNN on two cores: 1.1 times as fast with it.

    Returns
    -------
    bool
        Whether this system has glibc's ``mallopt``.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    trim_threshold, mmap_threshold = -1, -3  # from malloc.h
    largest = 2**31 - 1
    # mmap_threshold is clamped by glibc to 32 MiB on 64-bit systems (HEAP_MAX_SIZE / 2).
    return bool(mallopt(trim_threshold, largest)) and bool(mallopt(mmap_threshold, 32 << 20))


def summary(device: torch.device) -> str:
    """The device in words, for tables: ``CPU, 2 threads, AVX512``.

    Examples
    --------
    >>> summary(torch.device("cpu")).startswith("CPU, ")
    True
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        plural = "s" if threads > 1 else ""
        return f"CPU, {threads} thread{plural}, {torch.backends.cpu.get_cpu_capability()}"
    return device.type
