"""Pseudo-labels, against what is worked out by hand."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.data.batches import Batch, ShuffledBatches
from deepen.data.kinds import Category, Image
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.prepare import Preparation
from deepen.learning.losses import Loss
from deepen.learning.pseudo import PseudoLabels, strongly
from deepen.learning.supervised import SupervisedStep
from deepen.shapes import Grid, Sequence, Tokens

CPU = torch.device("cpu")
PHOTO = Image(channels=1, height=4, width=4, mean=(0.0,), std=(1.0,))
PHOTOS = Preparation({"photo": PHOTO}, Category(("ant", "bee", "cat")), ("y",), "many classes")
WEAK, STRONG = Augmentation(), Augmentation(cutout=2)


class Telling(nn.Module):
    """Answers with the logarithm of a fixed table by the first pixel; with members, that of each.

    With 0 it is sure of the first class, with 1 of the second, and with 2 of nothing.
    """

    def __init__(self, members: int = 0) -> None:
        super().__init__()
        table = torch.tensor([[0.98, 0.01, 0.01], [0.01, 0.97, 0.02], [0.4, 0.3, 0.3]]).log()
        self.table = nn.Parameter(table)
        self.members = members
        self.seen: list[Tensor] = []

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        (x,) = inputs.values()
        self.seen.append(x)
        out = self.table[x[:, 0].amax((1, 2)).long()]
        return out[:, None].expand(-1, self.members, -1) if self.members else out


def pixels(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2)


def step_for(values: tuple[int, ...], size: int = 3) -> PseudoLabels:
    arrays = {"image photo": pixels(*values)}
    rows = np.arange(len(values))
    batches = ShuffledBatches(
        arrays, np.zeros(len(values), dtype=np.int64), rows, size=size, seed=0, device=CPU
    )
    supervised = SupervisedStep(PHOTOS, Loss("many classes"), WEAK, seeds.generator(0, "a"))
    return PseudoLabels(
        supervised, batches, PHOTOS, weak=WEAK, strong=STRONG, generator=seeds.generator(0, "b")
    )  # fmt: skip


def labelled() -> Batch:
    return Batch({"image photo": torch.from_numpy(pixels(2, 2))}, torch.tensor([0, 1]))


@pytest.mark.parametrize("members", [0, 3])
def test_what_it_is_sure_of_is_learned_and_the_rest_is_not(members: int) -> None:
    net = Telling(members)
    loss = step_for((0, 1, 2))(net, labelled())
    known = -torch.log(torch.tensor([0.4, 0.3])).mean()
    guessed = (
        -(torch.log(torch.tensor(0.98)) + torch.log(torch.tensor(0.97))) / 3
    )  # the third counts as nothing
    assert torch.isclose(loss, known + guessed, atol=1e-6)


def test_the_label_is_that_of_the_weak_view_and_no_gradient_goes_through_it() -> None:
    net = Telling()
    step_for((0, 1))(net, labelled())
    _, weak, strong = net.seen
    assert torch.equal(weak.unique(), torch.tensor([0.0, 1.0]))
    assert not torch.equal(weak, strong) or WEAK == STRONG or len(strong) == 2
    net.zero_grad()
    loss = step_for((0, 0, 0))(net, labelled())
    loss.backward()
    by_hand = Telling()
    given = by_hand.table[torch.tensor([0, 0, 0])]
    (
        F.cross_entropy(by_hand.table[torch.tensor([2, 2])], torch.tensor([0, 1]))
        + F.cross_entropy(given, torch.tensor([0, 0, 0]))
    ).backward()
    assert torch.allclose(net.table.grad, by_hand.table.grad, atol=1e-6)  # type: ignore[arg-type]


def test_its_state_takes_it_to_where_it_was() -> None:
    net = Telling()
    whole, other = step_for((0, 1, 2, 0, 1, 2, 0), size=2), step_for((0, 1, 2, 0, 1, 2, 0), size=2)
    for _ in range(3):
        whole(net, labelled())
    other.load_state_dict(whole.state_dict())
    for _ in range(4):
        assert torch.equal(whole(net, labelled()), other(net, labelled()))


def test_each_kind_of_input_is_varied_in_its_way() -> None:
    noise = Augmentation(noise=0.2)
    assert strongly(noise, {"series beat": Sequence(1, 40)}).noise == 0.4
    assert strongly(Augmentation(), {"audio word": Sequence(41, 40)}).mask_bands > 0
    assert strongly(Augmentation(), {"text note": Tokens(9, 4)}) == Augmentation()
    assert strongly(Augmentation(flip=True), {"image photo": Grid(3, 32, 32)}).flip
