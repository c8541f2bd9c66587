"""The likeliest path is that of the enumeration of all; what is counted is what a drawn path says."""

import itertools
import math

import pytest
import torch

from deepen.errors import SettingError
from deepen.speech.hmm import WordHMM


def some(words=2, states=3, seed=0):
    """A model with drawn probabilities."""
    g = torch.Generator().manual_seed(seed)
    stay = 0.1 + 0.8 * torch.rand(words * states, generator=g).double()
    start = torch.rand(words, generator=g).double()
    return WordHMM(words, states, (start / start.sum()).log(), stay.log(), (1 - stay).log())


def log_probability(hmm, path, scores):
    """Of one path of states and its frames, from the definition; -inf where the model cannot take it."""
    if path[0] % hmm.states or (path[-1] + 1) % hmm.states:
        return -math.inf
    total = float(hmm.log_start[path[0] // hmm.states]) + sum(float(scores[t, s]) for t, s in enumerate(path))
    for before, after in itertools.pairwise(path):
        if after == before:
            total += float(hmm.log_stay[before])
        elif after == before + 1 and after % hmm.states:
            total += float(hmm.log_leave[before])
        else:
            return -math.inf
    return total + float(hmm.log_leave[path[-1]])


def best_of_all(hmm, scores):
    paths = itertools.product(range(hmm.words * hmm.states), repeat=len(scores))
    return max(((log_probability(hmm, path, scores), path) for path in paths), key=lambda found: found[0])


@pytest.mark.parametrize(("words", "states"), [(2, 3), (3, 2), (6, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_the_likeliest_path_is_that_of_all_paths_enumerated(seed, words, states):
    hmm, lengths = some(words, states, seed), torch.tensor([5, 3, 4])
    scores = 2 * torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(seed)).double()
    paths, found = hmm.viterbi(scores, lengths)
    for b, length in enumerate(lengths.tolist()):
        wanted, path = best_of_all(hmm, scores[b, :length])
        assert found[b].item() == pytest.approx(wanted)
        assert paths[b, :length].tolist() == list(path)
        assert (paths[b, length:] == -1).all()


def test_the_alignment_is_the_likeliest_path_of_the_known_word():
    hmm, scores = some(), torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(1)).double()
    words, lengths = torch.tensor([0, 1]), torch.tensor([5, 4])
    for b, path in enumerate(hmm.align(scores, lengths, words)):
        length = int(lengths[b])
        only = scores[b, :length].clone()
        only[:, [s for s in range(6) if s // 3 != words[b]]] = -math.inf
        assert path[:length].tolist() == list(best_of_all(hmm, only)[1])


def test_probabilities_of_all_paths_of_all_lengths_sum_to_one():
    hmm = some(words=2, states=2)
    mass = sum(
        math.exp(log_probability(hmm, path, torch.zeros(length, 4)))
        for length in range(2, 8)
        for path in itertools.product(range(4), repeat=length)
    )
    # The rest are paths of eight frames and more: in two states of which each is stayed in with its probability.
    tail = 0.0
    for w in range(2):
        a, b = hmm.log_stay[2 * w : 2 * w + 2].exp().tolist()
        shorter = sum((1 - a) * (1 - b) * sum(a**i * b ** (n - i) for i in range(n + 1)) for n in range(6))
        tail += float(hmm.log_start[w].exp()) * (1 - shorter)
    assert mass + tail == pytest.approx(1)


def test_counting_drawn_paths_finds_the_model_they_were_drawn_from():
    hmm, g = some(words=2, states=2), torch.Generator().manual_seed(0)
    rows = []
    for _ in range(4000):
        word = int(torch.multinomial(hmm.log_start.exp(), 1, generator=g))
        path = []
        for state in (2 * word, 2 * word + 1):
            path.append(state)
            while torch.rand(1, generator=g).item() < hmm.log_stay[state].exp():
                path.append(state)
        rows.append(torch.tensor(path))
    lengths = torch.tensor([len(row) for row in rows])
    paths = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)
    found = WordHMM.flat(words=2, states=2).counted(paths, lengths)
    assert found.log_start.exp() == pytest.approx(hmm.log_start.exp().float(), abs=0.02)
    assert found.log_stay.exp() == pytest.approx(hmm.log_stay.exp().float(), abs=0.02)
    assert found.log_stay.exp() + found.log_leave.exp() == pytest.approx(torch.ones(4))


def test_counts_by_hand():
    paths = torch.tensor([[0, 0, 0, 1], [0, 1, -1, -1]])
    found = WordHMM.flat(words=2, states=2).counted(paths, torch.tensor([4, 2]))
    # State 0: four frames, left twice, stayed in twice; one more of each. Word 1 was never said.
    assert found.log_stay.exp().tolist() == pytest.approx([3 / 6, 1 / 4, 1 / 2, 1 / 2])
    assert found.log_start.exp().tolist() == pytest.approx([3 / 4, 1 / 4])


def test_the_flat_start_shares_frames_out_evenly():
    hmm = WordHMM.flat(words=3, states=3)
    path = hmm.uniform(torch.tensor([2, 0]), torch.tensor([7, 3]))
    assert path.tolist() == [[6, 6, 6, 7, 7, 8, 8], [0, 1, 2, -1, -1, -1, -1]]


def test_long_recordings_do_not_underflow():
    hmm = WordHMM.flat(words=2, states=3)
    scores = torch.full((1, 3000, 6), -50.0)
    paths, found = hmm.viterbi(scores, torch.tensor([3000]))
    assert math.isfinite(found.item())
    assert paths[0, -1].item() in (2, 5)


@pytest.mark.parametrize("settings", [{"words": 0, "states": 3}, {"words": 2, "states": 0}])
def test_an_empty_model_is_refused(settings):
    with pytest.raises(SettingError, match="must be 1 or more; came: 0"):
        WordHMM.flat(**settings)
