from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.cnn import CNN
from deepen.nets.sizes import flops
from deepen.nets.spectrogram import SpectrogramCNN
from deepen.shapes import Grid, Sequence

ENDS = [50, 1, 97, 33]


def sounds(ends: list[int], t: int, bands: int = 20) -> torch.Tensor:
    x = torch.zeros(len(ends), t, bands + 1).double()
    for i, end in enumerate(ends):
        x[i, :end, :bands] = torch.randn(end, bands, generator=torch.Generator().manual_seed(i)).double()
        x[i, :end, bands] = 1
    return x


def stirred(net: nn.Module) -> nn.Module:
    with torch.no_grad():
        for i, p in enumerate([*net.parameters(), *net.buffers()]):
            if p.is_floating_point():
                p.add_(0.1 * torch.rand(p.shape, generator=torch.Generator().manual_seed(i)))
    return net


@pytest.mark.parametrize("bands", [8, 20, 50])
def test_neither_padding_nor_company_changes_an_example(bands):
    net = stirred(SpectrogramCNN(Sequence(bands + 1, 120, ragged=True), 3, size="tiny")).double().eval()
    short, long = sounds(ENDS, 97, bands), sounds(ENDS, 120, bands)
    torch.testing.assert_close(net(short), net(long))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(net(short)[order], net(short[order]))
    for i, end in enumerate(ENDS):
        torch.testing.assert_close(net(short[i : i + 1, :end])[0], net(long)[i])


def test_in_training_too_padding_changes_nothing():
    net = stirred(SpectrogramCNN(Sequence(21, 120, ragged=True), 3, size="tiny")).double()
    torch.testing.assert_close(net(sounds(ENDS, 97)), net(sounds(ENDS, 120)))


def test_of_a_fixed_duration_it_is_the_net_for_images():
    net = stirred(SpectrogramCNN(Sequence(20, 64), None, size="tiny")).eval()
    image = CNN(Grid(1, 20, 64), None, size="tiny").eval()
    image.load_state_dict(net.state_dict())
    x = torch.randn(3, 64, 20)
    torch.testing.assert_close(net(x), image(x.transpose(1, 2).unsqueeze(1)))


def test_an_example_of_full_length_is_the_same_whether_marked_or_not():
    plain = stirred(SpectrogramCNN(Sequence(20, 64), 2, size="tiny")).double().eval()
    ragged = SpectrogramCNN(Sequence(21, 64, ragged=True), 2, size="tiny").double().eval()
    ragged.load_state_dict(plain.state_dict())
    x = sounds([64, 64], 64)
    torch.testing.assert_close(plain(x[..., :20]), ragged(x))


def test_a_gradient_reaches_every_parameter_and_none_what_is_behind_the_end():
    net = stirred(SpectrogramCNN(Sequence(21, 120, ragged=True), 4, size="tiny")).double()
    x = sounds(ENDS, 97).requires_grad_()
    net(x).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still
    # An example shorter than a cell of the last grid is read with silence up to it, so its zeros are heard.
    behind = (x.detach()[..., -1] == 0) & (torch.tensor(ENDS) > net._least)[:, None]
    assert x.grad[behind].abs().sum() == 0


def test_its_work_can_be_counted():
    net = SpectrogramCNN(Sequence(21, 64, ragged=True), 4, size="tiny")
    assert flops(net, torch.zeros(2, 64, 21)) == flops(
        CNN(Grid(1, 20, 64), 4, size="tiny"), torch.zeros(2, 1, 20, 64)
    )


@pytest.mark.parametrize("shape", [Sequence(3, 60), Sequence(4, 60, ragged=True), Sequence(20, 3)])
def test_too_few_bands_or_steps_are_refused(shape):
    with pytest.raises(SettingError, match="CNN1d"):
        SpectrogramCNN(shape, 2)
