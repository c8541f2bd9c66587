"""How many threads compute: one, where more do not pay.

The operations of a small net are too short to be shared: threads wait for each other at each of them, and where
other programs keep the cores busy, that wait is long. Measured on a net of 50,000 weights, two cores, other work on
both: a step took 170 ms with two threads and 15 ms with one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import torch

__all__ = ["threads", "threads_that_pay"]

_GAIN = 1.15  # times as fast that all threads must be to be used (assumed)


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with ``count`` threads while the block runs.

    Examples
    --------
    >>> with threads(1):
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def threads_that_pay(work: Callable[[], object], device: torch.device) -> Iterator[int]:
    """Compute with one thread or with all while the block runs, whichever does ``work`` sooner.

    Parameters
    ----------
    work
        A small piece of what is to come, done a few times to be timed.

    Examples
    --------
    >>> before = torch.get_num_threads()
    >>> with threads_that_pay(lambda: torch.ones(2, 2).sum(), torch.device("cpu")) as chosen:
    ...     chosen in (1, before)
    True
    >>> torch.get_num_threads() == before
    True
    """
    most = torch.get_num_threads()
    chosen = most
    if device.type == "cpu" and most > 1:
        with threads(1):
            work()  # the first time is slower, and tells nothing
        chosen = 1 if _seconds(work, 1) < _GAIN * _seconds(work, most) else most
    with threads(chosen):
        yield chosen


def _seconds(work: Callable[[], object], count: int) -> float:
    """Give the seconds of one piece of work with so many threads: the shorter of two."""
    seconds = []
    with threads(count):
        for _ in range(2):
            began = time.monotonic()
            work()
            seconds.append(time.monotonic() - began)
    return min(seconds)
