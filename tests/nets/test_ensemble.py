"""Nets that vote: each is heard as it is."""

import torch
from torch import nn

from deepen.learning.losses import Loss
from deepen.nets import Assembled, Ensemble, NetSettings
from deepen.nets.catching import outputs
from deepen.nets.levels import find
from deepen.nets.standing import activations
from deepen.shapes import Tokens, Vector

WORDS = {"text": torch.tensor([[3, 4, 5, 0], [1, 2, 0, 0]])}


def of(way: str) -> nn.Module:
    return Assembled({"text": Tokens(9, 4)}, 3, NetSettings(size="tiny", reader=way)).eval()


def test_the_answer_is_the_mean_of_the_probabilities() -> None:
    nets = [of("bag"), of("cnn"), of("lstm")]
    with torch.inference_mode():
        together = Loss("many classes").scores(Ensemble(nets).eval()(WORDS)).exp()
        apart = torch.stack([net(WORDS).softmax(1) for net in nets]).mean(0)
    torch.testing.assert_close(together, apart)


def test_members_of_its_nets_are_members_of_it() -> None:
    nets = [Assembled({"numbers": Vector(4)}, 2, NetSettings(size="tiny", members=m)) for m in (3, 1, 2)]
    x = {"numbers": torch.randn(5, 4)}
    found = Ensemble(nets).eval()(x)
    assert found.shape == (5, 6, 2)
    assert torch.equal(found[:, :3], nets[0](x))
    assert torch.equal(found[:, 3], nets[1](x))


def test_its_levels_are_those_of_its_first_net() -> None:
    first, shapes = of("bag"), {"text": Tokens(9, 4)}
    both = Ensemble([first, of("cnn")]).eval()
    assert [level.name for level in find(both, WORDS)] == [level.name for level in find(first, WORDS)]
    one, other = (activations(net, WORDS, -1, shapes).values for net in (first, both))
    assert torch.equal(one, other)
    torch.testing.assert_close(outputs(both, WORDS), both(WORDS).mean(1))
