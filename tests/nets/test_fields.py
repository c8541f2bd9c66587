"""Receptive fields: the arithmetic is what the gradients show, place by place."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from deepen.nets import CNN, CNN1d, SpectrogramCNN
from deepen.nets.axes import Axis
from deepen.nets.catching import catching
from deepen.nets.fields import fields_of
from deepen.nets.levels import find
from deepen.shapes import Grid, Sequence, Tokens


def touched(make, x, place):
    """The places of x, axis by axis, at which the gradient of one place of ``make(x)`` is not zero."""
    seen = torch.zeros(x.shape[1:], dtype=torch.bool)
    for seed in range(
        6
    ):  # a maximum passes its gradient to one place of its window: several inputs reach more
        y = x.clone().normal_(generator=torch.Generator().manual_seed(seed)).requires_grad_(True)
        out = make(y)
        (gradient,) = torch.autograd.grad(out[(slice(None), slice(None), *place)].sum(), y)
        seen |= gradient[0] != 0
    return seen


def spans(seen):
    """From and to along each axis."""
    found = []
    for axis in range(seen.ndim):
        at = seen.any([k for k in range(seen.ndim) if k != axis]).nonzero().flatten()
        found.append((int(at.min()), int(at.max()) + 1))
    return found


def positive(net: nn.Module) -> nn.Module:
    """Weights above zero and no dead unit, so that no gradient is zero by chance."""
    torch.manual_seed(0)
    for name, p in net.named_parameters():
        p.data.copy_(
            torch.rand_like(p) + 0.1 if p.ndim > 1 or name.endswith("weight") else torch.full_like(p, 5.0)
        )
    return net.eval()


class Branches(nn.Module):
    """Two filters of unlike size side by side, and a shortcut around both: written with functions."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, (1, 7), padding=(0, 3))
        self.c = nn.Conv2d(4, 2, 3, dilation=2)

    def forward(self, x):
        y = torch.cat([F.relu(self.a(x) + 30), self.b(x)], dim=1) + torch.cat([x, x], dim=1)
        return F.max_pool2d(F.gelu(self.c(F.pad(y, (1, 0, 2, 0))) + 30), 2)


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3, stride=2, padding=1)
        ),
        nn.Sequential(
            nn.Conv2d(2, 3, 4, stride=2, padding=1), nn.AvgPool2d(3, stride=2), nn.Conv2d(3, 2, (1, 2))
        ),
        nn.Sequential(nn.Conv2d(2, 3, 3, dilation=3), nn.MaxPool2d(3, stride=1, padding=1)),
        Branches(),
    ],
)
def test_the_field_is_where_the_gradient_is_not_zero(net):
    positive(net)
    x = torch.zeros(1, 2, 25, 22, requires_grad=True)
    field = fields_of(net(x), {"x": x})["x"]
    assert field[1] is None
    sides = net(x).shape[2:]
    for place in [(0, 0), (sides[0] // 2, sides[1] // 2), (1, sides[1] - 2)]:
        expected = []
        for axis, at, n in zip(field[2:], place, x.shape[2:], strict=True):
            low, high = axis.sees(at)
            expected.append((max(0, low), min(n, high)))
        assert spans(touched(net, x.detach(), place))[1:] == expected, place


@pytest.mark.parametrize(
    ("net", "shape"),
    [
        (CNN(Grid(3, 50, 53), 2, size="tiny"), (1, 3, 50, 53)),
        (CNN1d(Sequence(2, 300), 2, size="tiny"), (1, 300, 2)),
        (SpectrogramCNN(Sequence(25, 60, ragged=True), 2, size="tiny"), (1, 60, 25)),
    ],
)
def test_it_is_so_at_every_level_of_deepens_nets(net, shape):
    positive(net)
    x, own = torch.zeros(shape), shape
    if x.shape[2] == 25:
        x[..., -1], own = 1, (1, 60, 24)  # the last of a spectrogram's channels marks its own steps
    for level in find(net, {"x": x}):
        if not level.places:
            continue

        def make(y, level=level):
            if y.shape[2] == 25:
                y = torch.cat([y[..., :-1], torch.ones_like(y[..., :1])], dim=2)
            with catching(net, [level.read_by]) as (found, _):
                net(y)
            return found[level.read_by]

        place = [n // 2 for n in level.places]
        seen = spans(touched(make, x, place))
        for axis, at in zip(level.fields["x"][2:], place, strict=True):
            low, high = axis.sees(at)
            low, high = max(0, low), min(own[axis.of], high)
            first, end = seen[axis.of - 1]
            # Of many maxima one behind the other hardly one passes on what stands at the far ends.
            assert low <= first <= low + 2 and high - 2 <= end <= high, level.name


def test_what_mixes_all_places_sees_the_whole():
    x = torch.zeros(1, 4, 6, requires_grad=True)
    for y in (
        x.mean(2),
        x @ torch.ones(6, 3),
        nn.LSTM(6, 2, batch_first=True)(x)[0],
        x.softmax(1),
        x.flip(1),
    ):
        assert all(axis is None for axis in fields_of(y, {"x": x})["x"][1:])


def test_a_norm_over_channels_and_places_leaves_the_field_as_it_is():
    x = torch.zeros(2, 4, 6, 6, requires_grad=True)
    y = nn.Conv2d(4, 4, 3)(x)
    assert fields_of(nn.GroupNorm(1, 4)(y), {"x": x}) == fields_of(y, {"x": x})


def test_what_it_does_not_depend_on_is_not_named():
    a, b = (torch.zeros(1, 3, 5, requires_grad=True) for _ in "ab")
    assert set(fields_of(a * 2, {"a": a, "b": b})) == {"a"}
    assert set(fields_of(a * b, {"a": a, "b": b})) == {"a", "b"}


def test_branches_of_unlike_pace_see_the_whole():
    x = torch.zeros(1, 1, 8, requires_grad=True)
    y = F.max_pool1d(x, 2) + nn.Conv1d(1, 1, 5)(x)
    assert fields_of(y, {"x": x})["x"][2] is None


def test_own_places_follow_the_strides():
    up, down = Axis(1).filtered(3, stride=2, padding=1), Axis(1).filtered(2, stride=2)
    assert [up.own(n) for n in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert [down.own(n) for n in (1, 2, 3, 4)] == [1, 1, 1, 2]
    assert up.filtered(3, stride=2, padding=1).own(9) == 3


def test_words_looked_up_are_places():
    tokens = torch.tensor([[3, 4, 0]])
    y = nn.Conv1d(5, 2, 3, padding=1)(nn.Embedding(6, 5)(tokens).transpose(1, 2))
    axis = fields_of(y, {"text": tokens})["text"][2]
    assert (axis.of, axis.size, axis.start) == (1, 3, -1)
    net = CNN1d(Tokens(9, 8), 2)
    assert [level.size("x") for level in find(net.eval(), {"x": torch.ones(2, 8, dtype=torch.long)})] == [
        (1,),
        None,
    ]
