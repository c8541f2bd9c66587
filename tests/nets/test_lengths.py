from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.lengths import WAYS, Pooling, hide, lengths, own_steps, reverse
from deepen.shapes import Sequence, Tokens


def ragged(values: torch.Tensor, ends: list[int]) -> torch.Tensor:
    """Cut each example of (B, T, C) at its end, and mark its own steps in a last channel."""
    own = torch.arange(values.shape[1]) < torch.tensor(ends)[:, None]  # (B, T)
    return torch.cat([values, torch.ones_like(values[..., :1])], dim=2) * own.unsqueeze(2)


def test_own_steps_of_a_ragged_series():
    x = ragged(torch.zeros(3, 5, 2), [5, 1, 3])  # steps of zeros are steps all the same
    own = own_steps(Sequence(3, 5, ragged=True), x)
    assert lengths(own).tolist() == [5, 1, 3]
    assert own[2].tolist() == [True, True, True, False, False]


def test_all_steps_of_a_plain_series_are_own():
    assert own_steps(Sequence(3, 5), torch.zeros(2, 5, 3)) is None


def test_a_zero_among_tokens_does_not_end_them():
    own = own_steps(Tokens(9, 5), torch.tensor([[3, 0, 4, 0, 0]]))
    assert own.tolist() == [[True, True, True, False, False]]


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_example_gives_numbers(way):
    own = own_steps(Tokens(9, 4), torch.tensor([[0, 0, 0, 0], [1, 2, 0, 0]]))
    assert lengths(own).tolist() == [1, 2]
    assert Pooling(way, 3)(torch.randn(2, 4, 3), own).isfinite().all()


def test_reversing_by_hand_and_twice():
    x = torch.arange(10.0).view(2, 5, 1)
    own = torch.arange(5) < torch.tensor([[3], [5]])
    assert reverse(x, own).flatten(1).tolist() == [[2, 1, 0, 3, 4], [9, 8, 7, 6, 5]]
    assert torch.equal(reverse(reverse(x, own), own), x)
    assert torch.equal(reverse(x, None), x.flip(1))


def test_hidden_steps_are_zero_even_where_they_were_not_numbers():
    x = torch.full((1, 3, 2), torch.nan)
    x[0, 0] = 7
    assert hide(x, torch.tensor([[True, False, False]])).tolist() == [[[7, 7], [0, 0], [0, 0]]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("both_ways", [False, True])
def test_pooling_equals_that_of_each_example_cut_at_its_end(way, both_ways):
    torch.manual_seed(0)
    x, ends = torch.randn(4, 6, 8), [6, 1, 3, 5]
    own = torch.arange(6) < torch.tensor(ends)[:, None]
    pool = Pooling(way, 8, both_ways=both_ways)
    for p in pool.parameters():
        torch.nn.init.normal_(p)
    cut = torch.cat([pool(x[i : i + 1, :end]) for i, end in enumerate(ends)])
    torch.testing.assert_close(pool(x, own), cut)


def test_pooling_by_hand():
    x = torch.tensor([[[1.0, -1.0], [5.0, -5.0], [9.0, 9.0]]])
    own = torch.tensor([[True, True, False]])
    assert Pooling("mean", 2)(x, own).tolist() == [[3, -3]]
    assert Pooling("max", 2)(x, own).tolist() == [[5, -1]]
    assert Pooling("last", 2)(x, own).tolist() == [[5, -5]]
    assert Pooling("last", 2, both_ways=True)(x, own).tolist() == [[5, -1]]


def test_attention_begins_as_the_mean_and_learns_to_pick():
    torch.manual_seed(0)
    pool = Pooling("attention", 4)
    x = torch.randn(64, 5, 4)
    torch.testing.assert_close(pool(x), x.mean(1))
    x[:, :, 0] = 0
    at = torch.randint(5, (64,))
    x[torch.arange(64), at, 0] = 3  # the step that is asked for is marked
    wanted = x[torch.arange(64), at]
    optimiser = torch.optim.Adam(pool.parameters(), lr=0.05)
    for _ in range(200):
        loss = (pool(x) - wanted).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.05


@pytest.mark.parametrize(
    ("shape", "x"),
    [
        (Tokens(9, 4), torch.zeros(2, 4)),
        (Tokens(9, 4), torch.zeros(2, 4, 1, dtype=torch.long)),
        (Tokens(9, 4), torch.zeros(2, 0, dtype=torch.long)),
        (Sequence(3, 4), torch.zeros(2, 4, 2)),
        (Sequence(3, 4), torch.zeros(2, 4)),
        (Sequence(3, 4), torch.zeros(2, 4, 3, dtype=torch.long)),
        (Sequence(3, 4), torch.zeros(2, 0, 3)),
    ],
)
def test_other_batches_are_refused(shape, x):
    with pytest.raises(SettingError, match="not a batch that this net was built for") as caught:
        own_steps(shape, x)
    assert str(tuple(x.shape)) in str(caught.value)


def test_an_unknown_pooling_gets_the_nearest():
    with pytest.raises(SettingError, match="'attention'"):
        Pooling("attentoin", 3)
