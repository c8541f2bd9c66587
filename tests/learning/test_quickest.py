"""The quicker way is taken, and several threads only for a clear gain."""

import pytest
import torch
from torch import nn

from deepen.compute.threads import threads
from deepen.learning import quickest as module


@pytest.mark.parametrize(("several", "single", "taken"), [(0.4, 0.5, 1), (0.1, 0.5, 0), (0.5, 0.1, 1)])
def test_threads_are_taken_for_a_clear_gain(monkeypatch, several, single, taken):
    monkeypatch.setattr(module, "timed", lambda step, device: step())

    def trial(way):
        return lambda: (several if torch.get_num_threads() > 1 else single) + way.half

    with threads(2):
        way, count, seconds = module.quickest(nn.Linear(1, 1), torch.device("cpu"), trial)
    assert (way.half, count) == (False, taken)
    assert seconds == (single if taken else several)


def test_the_quicker_precision_is_taken(monkeypatch):
    monkeypatch.setattr(module, "timed", lambda step, device: step())
    with threads(1):
        way, count, seconds = module.quickest(
            nn.Linear(1, 1), torch.device("cpu"), lambda way: lambda: 2.0 - way.half
        )
    assert (way.half, count, seconds) == (True, 0, 1.0)
