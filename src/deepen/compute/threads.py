"""How many threads PyTorch computes with, for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

__all__ = ["threads"]


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with ``count`` threads while the block runs.

    Small steps, such as a recurrent net's, may be slower on several threads than on one: all must wait for the
    last at every step, and where other programs use the cores that one may have to wait itself (measured on two
    cores with four other programs: 10,000 characters a second on one thread, 1,400 to 3,400 on two).

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
