import os
import signal
import threading

import pytest

from deepen.compute.signals import StopFlag, listening
from deepen.errors import Stopped


def test_the_first_reason_stays() -> None:
    stop = StopFlag()
    stop.set("the user")
    stop.set("another")
    assert stop()
    assert stop.why == "the user"


def test_check_raises_only_when_asked_to_stop() -> None:
    stop = StopFlag()
    stop.check("reading")
    stop.set("Ctrl-C")
    with pytest.raises(Stopped, match="stopped by Ctrl-C while reading, before there was a model to keep"):
        stop.check("reading")


@pytest.mark.parametrize(("number", "why"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_sets_the_flag_and_nothing_else(number: int, why: str) -> None:
    before = signal.getsignal(number)
    with listening(StopFlag()) as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop.why == why
    assert signal.getsignal(number) is before


def test_the_first_ctrl_c_is_a_flag_and_the_second_interrupts() -> None:
    stop = StopFlag()
    with pytest.raises(KeyboardInterrupt), listening(stop):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.why == "Ctrl-C"
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_sigterm_does_not_interrupt() -> None:
    with listening(StopFlag()) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.why == "SIGTERM"


def test_handlers_are_put_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), listening(StopFlag()):
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGTERM) is before


def test_in_another_thread_nothing_is_changed() -> None:
    found = []

    def work() -> None:
        before = signal.getsignal(signal.SIGINT)
        with listening(StopFlag()) as stop:
            found.extend([stop(), signal.getsignal(signal.SIGINT) is before])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, True]
