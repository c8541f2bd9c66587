from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.entry import Entry
from deepen.shapes import Grid, Sequence, Tokens


def test_numbers_enter_as_they_are():
    x = torch.randn(2, 5, 3)
    steps, own = Entry(Sequence(3, 5))(x)
    assert steps is x
    assert own is None


def test_padding_is_zero_and_stays_so():
    entry = Entry(Tokens(6, 4), 3)
    tokens = torch.tensor([[4, 5, 0, 0]])
    steps, own = entry(tokens)
    assert own.tolist() == [[True, True, False, False]]
    assert steps[0, 2:].abs().sum() == 0
    steps.sum().backward()
    torch.optim.AdamW(entry.parameters(), lr=0.1).step()
    assert entry(tokens)[0][0, 2:].abs().sum() == 0


def test_tokens_begin_of_length_one():
    lengths = Entry(Tokens(2000, 4), 64).embedding.weight[1:].norm(dim=1)
    assert abs(lengths.mean() - 1) < 0.02


def test_word_dropout_takes_whole_tokens_and_only_in_training():
    torch.manual_seed(0)
    entry = Entry(Tokens(6, 1000), 3, dropout=0.3)
    tokens = torch.full((4, 1000), 5)
    steps, own = entry(tokens)
    gone = (steps == 0).all(-1)
    assert torch.equal(gone, (steps == 0).any(-1))
    assert abs(gone.float().mean() - 0.3) < 0.03
    assert own.all()  # what is left out still has its place
    assert not (entry.eval()(tokens)[0] == 0).any()


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        (Grid(1, 8, 8), "not a sequence"),
        (Sequence(0, 5), "c >= 1"),
        (Sequence(1, 5, ragged=True), "c of 2 or more"),
        (Sequence(1, 0), "n of 1 or more"),
        (Tokens(1, 5), "v of 2 or more"),
        (Tokens(9, 0), "n of 1 or more"),
    ],
)
def test_shapes_without_a_net_are_refused(shape, match):
    with pytest.raises(SettingError, match=match):
        Entry(shape)


def test_an_embedding_of_no_units_is_refused():
    with pytest.raises(SettingError, match="embedding_d"):
        Entry(Tokens(9, 5), 0)
