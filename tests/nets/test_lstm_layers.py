from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from deepen.errors import SettingError
from deepen.nets.lstm_layers import LSTMBothWays, LSTMLayer, LSTMStack


def copied(theirs: nn.LSTM, layer: LSTMLayer, suffix: str) -> None:
    """Give the weights of one of our layers to PyTorch's net."""
    with torch.no_grad():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(theirs, f"{name}_{suffix}").copy_(getattr(layer.cell, f"{name}_l0"))


def test_a_stack_without_residuals_equals_pytorchs():
    torch.manual_seed(0)
    ours = LSTMStack(3, 5, depth=3, residual=False).double()
    theirs = nn.LSTM(3, 5, 3, batch_first=True).double()
    for i, layer in enumerate(ours.layers):
        copied(theirs, layer, f"l{i}")
    x = torch.randn(4, 6, 3).double()
    state = (torch.randn(3, 4, 5).double(), torch.randn(3, 4, 5).double())
    for before in (None, state):
        y, (h, c) = ours(x, before)
        y_, (h_, c_) = theirs(x, before)
        torch.testing.assert_close((y, h, c), (y_, h_, c_))


def test_the_equations_of_the_cell_by_hand():
    torch.manual_seed(0)
    layer = LSTMLayer(2, 3).double()
    x = torch.randn(1, 4, 2).double()
    h = c = torch.zeros(3).double()
    for t in range(4):
        gates = layer.cell.weight_ih_l0 @ x[0, t] + layer.cell.weight_hh_l0 @ h + layer.cell.bias_ih_l0
        i, f, g, o = gates.chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    y, state = layer(x)
    torch.testing.assert_close((y[0, -1], state[0][0], state[1][0]), (h, h, c))


def test_gradients_are_those_of_small_differences():
    torch.manual_seed(0)
    stack = LSTMStack(2, 3, depth=2).double()
    x = torch.randn(2, 3, 2).double().requires_grad_()
    h, c = torch.randn(2, 2, 2, 3).double().requires_grad_()
    parameters = tuple(stack.parameters())
    assert torch.autograd.gradcheck(lambda x, h, c, *_: stack(x, (h, c))[0], (x, h, c, *parameters))


def test_both_ways_equal_pytorchs_packed_sequences():
    torch.manual_seed(0)
    ours = LSTMBothWays(3, 5).double()
    theirs = nn.LSTM(3, 5, batch_first=True, bidirectional=True).double()
    copied(theirs, ours.outward, "l0")
    copied(theirs, ours.homeward, "l0_reverse")
    ends = torch.tensor([2, 6, 1, 5])
    own = torch.arange(6) < ends[:, None]
    x = torch.randn(4, 6, 3).double()
    packed = pack_padded_sequence(x, ends, batch_first=True, enforce_sorted=False)
    wanted, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    got = ours(x, own).masked_fill(~own.unsqueeze(2), 0)
    torch.testing.assert_close(got, wanted)


def test_both_ways_see_a_reversed_series_with_their_roles_exchanged():
    torch.manual_seed(0)
    net = LSTMBothWays(3, 5).double()
    x = torch.randn(2, 7, 3).double()
    swapped = LSTMBothWays(3, 5).double()
    swapped.outward.load_state_dict(net.homeward.state_dict())
    swapped.homeward.load_state_dict(net.outward.state_dict())
    outward, homeward = net(x).chunk(2, dim=2)
    homeward_, outward_ = swapped(x.flip(1)).flip(1).chunk(2, dim=2)
    torch.testing.assert_close((outward, homeward), (outward_, homeward_))


def test_a_residual_layer_adds_to_the_one_below():
    torch.manual_seed(0)
    stack = LSTMStack(3, 4, depth=2)
    x = torch.randn(2, 5, 3)
    below, _ = stack.layers[0](x)
    torch.testing.assert_close(stack(x)[0], below + stack.layers[1](below)[0])


def test_dropout_stands_between_layers_and_not_between_steps():
    torch.manual_seed(0)
    x = torch.ones(1, 9, 3)
    one = LSTMStack(3, 4, depth=1, dropout=0.5)
    assert torch.equal(one(x)[0], one(x)[0])
    two = LSTMStack(3, 4, depth=2, dropout=0.5)
    assert not torch.equal(two(x)[0], two(x)[0])


def biases(layer: LSTMLayer) -> tuple[torch.Tensor, ...]:
    return (layer.cell.bias_ih_l0 + layer.cell.bias_hh_l0).chunk(4)


def test_the_forget_gate_begins_open():
    i, f, g, o = biases(LSTMLayer(3, 6, forget_bias=2.5))
    assert (f == 2.5).all()
    assert all((bias == 0).all() for bias in (i, g, o))


def test_chrono_spreads_the_spans_up_to_the_longest():
    torch.manual_seed(0)
    i, f, g, o = biases(LSTMLayer(3, 500, chrono=700))
    assert torch.equal(i, -f)
    assert (g == 0).all()
    assert (o == 0).all()
    spans = f.exp()  # uniform in 1 to 699
    assert spans.min() >= 1 - 1e-4
    assert spans.max() <= 699 * (1 + 1e-4)
    assert abs(spans.mean() - 350) < 4 * 202 / math.sqrt(500)


def test_the_recurrent_matrices_begin_orthogonal():
    for gate in LSTMLayer(3, 6).cell.weight_hh_l0.chunk(4):
        torch.testing.assert_close(gate @ gate.T, torch.eye(6))


def test_a_gradient_reaches_the_first_of_many_steps_when_the_forget_gates_are_open():
    torch.manual_seed(0)
    norms = {}
    for chrono in (None, 200):
        x = torch.randn(8, 200, 2, requires_grad=True)
        LSTMLayer(2, 32, chrono=chrono)(x)[0][:, -1].sum().backward()
        norms[chrono] = x.grad[:, 0].norm().item()
    assert norms[200] > 100 * norms[None]


def test_where_there_is_no_half_precision_single_serves(monkeypatch):
    torch.manual_seed(0)
    layer = LSTMLayer(2, 3)
    x, state = torch.randn(4, 5, 2), (torch.randn(4, 3), torch.randn(4, 3))
    wanted, _ = layer(x, state)
    whole = nn.LSTM.forward

    def refusing(self, *args):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("could not create a primitive descriptor")
        return whole(self, *args)

    monkeypatch.setattr(nn.LSTM, "forward", refusing)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(layer(x, state)[0], wanted)
    with pytest.raises(RuntimeError, match="input.size"):
        monkeypatch.undo()
        layer(torch.randn(4, 5, 9))


@pytest.mark.parametrize("option", ["inputs", "width", "depth"])
def test_options_below_one_are_refused(option):
    with pytest.raises(SettingError, match=option):
        LSTMStack(**{"inputs": 2, "width": 3, "depth": 1, option: 0})


def test_a_span_too_short_for_chrono_is_refused():
    with pytest.raises(SettingError, match="chrono"):
        LSTMLayer(2, 3, chrono=2)


def test_a_state_of_another_stack_is_refused():
    with pytest.raises(SettingError, match="state"):
        LSTMStack(2, 3, depth=2)(torch.zeros(1, 4, 2), (torch.zeros(1, 1, 3), torch.zeros(1, 1, 3)))
