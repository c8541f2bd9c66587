"""Ctrl-C and SIGTERM as a flag, acted on where it is safe.

A signal may come in the middle of a step or a file. So the first one only sets a flag, which reading,
training and evaluation look at between two pieces of work. A second Ctrl-C interrupts at once.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from deepen.errors import Stopped

__all__ = ["StopFlag", "listening"]


class StopFlag:
    """Whether the user, or the system, has asked the run to end.

    Examples
    --------
    >>> stop = StopFlag()
    >>> stop()
    False
    >>> stop.set("asked to"); stop(), stop.why
    (True, 'asked to')
    """

    def __init__(self) -> None:
        self.why = ""

    def __call__(self) -> bool:
        """Say so."""
        return bool(self.why)

    def set(self, why: str) -> None:
        """Ask for the end."""
        self.why = self.why or why

    def check(self, doing: str) -> None:
        """Raise :class:`Stopped` where there is nothing yet to keep.

        Raises
        ------
        Stopped
            If the end was asked for.
        """
        if self.why:
            raise Stopped(f"stopped by {self.why} while {doing}, before there was a model to keep")


@contextlib.contextmanager
def listening(stop: StopFlag) -> Iterator[StopFlag]:
    """Set the flag on SIGINT and SIGTERM while the block runs.

    In a thread other than the main one signals cannot be caught, and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def act(number: int, _frame: FrameType | None) -> None:
        if stop() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name)

    before = {number: signal.signal(number, act) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
