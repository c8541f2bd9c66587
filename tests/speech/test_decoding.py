"""Answers of a net that are known become the paths that they say, whatever else is decoded with them."""

import pytest
import torch

from deepen.speech.decoding import likeliest_paths
from deepen.speech.frames import Frames
from deepen.speech.hmm import WordHMM

HMM = WordHMM.flat(words=2, states=2)
FRAMES = Frames(torch.tensor([[0.0], [1], [1], [2], [3], [3], [0], [0], [3]]), torch.tensor([3, 3, 3]))
FLAT = torch.zeros(4)


def sure(windows):
    """The state that a frame's one number names, without any doubt."""
    return 50 * torch.nn.functional.one_hot(windows[:, 0].long(), 4).float()


def test_a_sure_nets_states_are_the_path():
    paths = likeliest_paths(sure, HMM, FLAT, FRAMES, torch.tensor([1, 0]), context=0)
    assert paths.tolist() == [[2, 3, 3], [0, 1, 1]]


def test_a_known_word_is_kept_to():
    some = torch.tensor([0, 2])
    paths = likeliest_paths(sure, HMM, FLAT, FRAMES, some, torch.tensor([1, 0]), context=0)
    assert paths[0].min() >= 2
    assert paths[1].max() <= 1


def test_a_state_that_is_common_anyway_speaks_less_for_its_word():
    frames = Frames(torch.zeros(2, 1), torch.tensor([2]))
    answers = torch.tensor([[0.3, 0.3, 0.2, 0.2]]).log()
    first, second = (
        likeliest_paths(
            lambda w: answers.expand(len(w), 4), HMM, prior.log(), frames, torch.tensor([0]), context=0
        )
        for prior in (torch.full((4,), 0.25), torch.tensor([0.4, 0.4, 0.1, 0.1]))
    )
    assert (first.tolist(), second.tolist()) == ([[0, 1]], [[2, 3]])


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_recordings_path_does_not_depend_on_those_decoded_with_it(monkeypatch, at_once):
    g = torch.Generator().manual_seed(0)
    frames = Frames(torch.randn(40, 3, generator=g), torch.tensor([4, 9, 2, 12, 13]))
    net, every = torch.nn.Linear(9, 4), torch.arange(5)
    whole = likeliest_paths(net, HMM, FLAT, frames, every, context=1)
    monkeypatch.setattr("deepen.speech.decoding._AT_ONCE", at_once)
    assert torch.equal(likeliest_paths(net, HMM, FLAT, frames, every, context=1), whole)
