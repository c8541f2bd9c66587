"""A net's log probabilities: each token by those before it, however the stream is cut into strands."""

import numpy as np
import pytest
import torch

from deepen.data.tokens import Tokeniser
from deepen.language import scoring
from deepen.language.scoring import log_probabilities, widths
from deepen.nets.language import LanguageLSTM

CPU = torch.device("cpu")


@pytest.fixture
def net():
    torch.manual_seed(0)
    return LanguageLSTM(v=9, width=12).eval()


def test_it_is_what_one_pass_over_the_stream_gives(net, monkeypatch):
    ids = np.random.default_rng(0).integers(0, 9, 900).astype(np.uint8)
    given = torch.from_numpy(np.concatenate([[0], ids[:-1]]).astype(np.int64))[None]
    with torch.inference_mode():
        logs = net(given)[0].log_softmax(2)[0]
    whole = logs[torch.arange(900), torch.from_numpy(ids.astype(np.int64))].numpy()
    found = log_probabilities(net, ids, 0, 900, device=CPU)
    assert np.allclose(found, whole, atol=1e-5)
    monkeypatch.setattr(scoring, "_SHORTEST", 100)
    cut = log_probabilities(net, ids, 300, 890, device=CPU)
    assert cut.shape == (590,)
    assert np.allclose(
        cut, whole[300:890], atol=1e-3
    )  # five strands, each of which reads some of the past first


def test_the_probabilities_of_all_ids_sum_to_one(net):
    ids = np.array([1, 2, 3, 4], np.uint8)
    total = 0.0
    for last in range(9):
        ids[-1] = last
        total += np.exp(log_probabilities(net, ids, 3, 4, device=CPU)[0])
    assert total == pytest.approx(1, abs=1e-5)


def test_what_comes_later_changes_nothing(net):
    ids = np.random.default_rng(0).integers(0, 9, 500).astype(np.uint8)
    before = log_probabilities(net, ids, 100, 300, device=CPU)
    ids[300:] = 1
    assert np.array_equal(before, log_probabilities(net, ids, 100, 300, device=CPU))


def test_it_ends_early_when_asked(net):
    ids = np.ones(600, np.uint8)
    found = log_probabilities(net, ids, 0, 600, device=CPU, stop=lambda: True)
    assert np.isnan(found[-1]) and not np.isnan(found[0])


@pytest.mark.parametrize("unit", ["characters", "bytes", "pieces"])
def test_the_widths_of_ids_make_the_length_of_the_text(unit):
    text = "Größe 👍🏽 中文, the end of the end. " * 9
    tokens = Tokeniser.fit([text], unit=unit)
    characters, octets, more = widths(tokens)
    ids = tokens.encode([text])[0]
    assert characters[ids].sum() == len(text)
    assert octets[ids].sum() == len(text.encode())
    assert more[ids].sum() == 0
    assert characters[0] == octets[0] == 1
    if unit == "characters":
        assert more[tokens.unknown] == pytest.approx(20.08, abs=0.01)
