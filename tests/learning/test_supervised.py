from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.data.batches import Batch
from deepen.data.kinds import Category, Image, Number, Text
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.prepare import Preparation
from deepen.data.table import Table
from deepen.data.tokens import Tokeniser
from deepen.errors import TrainingError
from deepen.learning.losses import Loss
from deepen.learning.supervised import SupervisedStep, figures_of, scores_of
from deepen.nets.assemble import Assembled, NetSettings

CPU = torch.device("cpu")
N = 11
PHOTO = Image(channels=1, height=4, width=4, mean=(100.0,), std=(50.0,))
TARGET = Category(("ant", "bee", "cat"))
PHOTOS = Preparation({"photo": PHOTO}, TARGET, ("y",), "many classes")
TABLE = Preparation({"colour": Category(("red", "blue"))}, TARGET, ("y",), "many classes")


class Flat(nn.Module):
    """A linear net of one input by name; with members, so many in one."""

    def __init__(self, name: str, width: int, members: int = 0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.name, self.members = name, members
        self.linear = nn.Linear(width, 3 * max(1, members))
        self.seen: list[Mapping[str, Tensor]] = []

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        self.seen.append(inputs)
        out: Tensor = self.linear(inputs[self.name].flatten(1).float())
        return out.view(len(out), self.members, 3) if self.members else out


def photos() -> dict[str, np.ndarray]:
    pixels = np.random.default_rng(0).integers(0, 256, size=(N, 4, 4, 1), dtype=np.uint8)
    return {"image photo": pixels}


def step_for(how: Augmentation = Augmentation(), seed: int = 0) -> SupervisedStep:  # noqa: B008 - frozen
    return SupervisedStep(PHOTOS, Loss("many classes"), how, seeds.generator(seed, "augmentation"))


def batch_of(rows: int = N) -> Batch:
    return Batch({k: torch.from_numpy(a[:rows]) for k, a in photos().items()}, torch.arange(rows) % 3)


def test_the_step_scales_and_gives_the_loss() -> None:
    net, batch = Flat("image photo", 16), batch_of()
    loss = step_for()(net, batch)
    x = (batch.inputs["image photo"].float() - 100) / 50
    torch.testing.assert_close(net.seen[0]["image photo"], x.permute(0, 3, 1, 2))
    outputs = net.linear(x.permute(0, 3, 1, 2).flatten(1))
    torch.testing.assert_close(loss, nn.functional.cross_entropy(outputs, batch.target))
    loss.backward()  # type: ignore[no-untyped-call]
    assert net.linear.weight.grad is not None


def test_categories_become_long_integers() -> None:
    net, codes = Flat("codes", 1), torch.tensor([[0], [1], [2]], dtype=torch.int32)
    step = SupervisedStep(TABLE, Loss("many classes"), Augmentation(flip=True, mixup=1.0), seeds.generator(0))
    step(net, Batch({"codes": codes}, torch.tensor([0, 1, 2])))
    assert net.seen[0]["codes"].dtype == torch.int64
    assert torch.equal(net.seen[0]["codes"], codes.long()), "a table is never augmented"


def test_augmentation_follows_from_its_generator_and_goes_on_from_its_state() -> None:
    how, net = Augmentation(flip=True, shift=1, cutout=2), Flat("image photo", 16)
    first = step_for(how)
    losses = [first(net, batch_of()).item() for _ in range(2)]
    state = first.state_dict()
    losses += [first(net, batch_of()).item() for _ in range(2)]
    assert len(set(losses)) == 4
    again = step_for(how)
    assert [again(net, batch_of()).item() for _ in range(2)] == losses[:2]
    other = step_for(how, seed=9)
    other.load_state_dict(state)
    assert [other(net, batch_of()).item() for _ in range(2)] == losses[2:]


def test_two_processes_vary_pictures_as_one_would() -> None:
    how, whole = Augmentation(flip=True, shift=1), batch_of(10)
    one, net = Flat("image photo", 16), Flat("image photo", 16)
    step_for(how)(one, whole)
    for rank in range(2):
        rows = slice(rank, None, 2)
        share = Batch({k: v[rows] for k, v in whole.inputs.items()}, whole.target[rows], rows)
        step_for(how)(net, share)
        assert torch.equal(net.seen[rank]["image photo"], one.seen[0]["image photo"][rows])


def test_mixup_mixes_pictures_and_targets_alike() -> None:
    net, batch = Flat("image photo", 16), batch_of()
    loss = step_for(Augmentation(mixup=0.5))(net, batch)
    mixed = net.seen[0]["image photo"]
    x = ((batch.inputs["image photo"].float() - 100) / 50).permute(0, 3, 1, 2)
    weight = ((mixed - x.roll(1, 0)) / (x - x.roll(1, 0))).nanmedian()
    assert 0.5 <= weight < 1
    torch.testing.assert_close(mixed, weight * x + (1 - weight) * x.roll(1, 0), atol=1e-4, rtol=1e-4)
    outputs = net.linear(mixed.flatten(1))
    entropy = nn.functional.cross_entropy
    by_hand = weight * entropy(outputs, batch.target) + (1 - weight) * entropy(outputs, batch.target.roll(1))
    torch.testing.assert_close(loss, by_hand, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("batch", [1, 4, 512])
@pytest.mark.parametrize("members", [0, 2])
def test_scores_are_the_nets_in_the_rows_order(members: int, batch: int) -> None:
    codes = np.arange(N, dtype=np.int32)[:, None] % 3
    net, loss, rows = Flat("codes", 1, members), Loss("many classes"), np.array([7, 2, 3, 10, 0])
    found = scores_of(
        net, {"codes": codes}, rows, preparation=TABLE, loss=loss, precision=Precision(), device=CPU, batch=batch
    )  # fmt: skip
    outputs = net({"codes": torch.from_numpy(codes[rows])})
    torch.testing.assert_close(found, loss.scores(outputs).detach())
    torch.testing.assert_close(found.exp().sum(1), torch.ones(5))


@pytest.mark.parametrize("batch", [512, 8, 2])
def test_where_memory_runs_out_smaller_batches_go_on_with_the_rows_that_are_left(batch: int) -> None:
    sizes: list[int] = []

    class Greedy(Flat):
        """Memory for three rows, and after two batches, when others have taken some, for two."""

        def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
            done = sum(size for size in sizes if size > 0)
            size = len(inputs[self.name])
            if size > (3 if done < 4 else 2):
                sizes.append(-size)
                raise torch.OutOfMemoryError("CUDA out of memory.")
            sizes.append(size)
            return super().forward(inputs)

    more = {"preparation": PHOTOS, "loss": Loss("many classes"), "precision": Precision(), "device": CPU}
    rows = np.array([7, 2, 3, 10, 0, 1, 4, 5, 9])
    found = scores_of(Greedy("image photo", 16), photos(), rows, batch=batch, **more)  # type: ignore[arg-type]
    torch.testing.assert_close(found, scores_of(Flat("image photo", 16), photos(), rows, **more))  # type: ignore[arg-type]
    assert (
        sizes
        == {
            512: [-9, -5, 3, 3, -3, 2, 1],
            8: [-8, -4, 2, 2, 2, 2, 1],
            2: [2, 2, 2, 2, 1],
        }[batch]
    )


def test_memory_that_does_not_suffice_for_one_row_and_errors_of_another_kind() -> None:
    class Failing(Flat):
        error: Exception = MemoryError()

        def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
            raise self.error

    net = Failing("image photo", 16)
    more = {"preparation": PHOTOS, "loss": Loss("many classes"), "precision": Precision(), "device": CPU}
    with pytest.raises(TrainingError, match="scoring: memory ran out; came: MemoryError"):
        scores_of(net, photos(), np.arange(N), **more)  # type: ignore[arg-type]
    net.error = RuntimeError("shapes differ")
    with pytest.raises(RuntimeError, match="shapes differ"):
        scores_of(net, photos(), np.arange(N), **more)  # type: ignore[arg-type]


def test_mirrored_scores_are_the_mean_of_both_answers() -> None:
    arrays, net, loss = photos(), Flat("image photo", 16), Loss("many classes")
    more = {"preparation": PHOTOS, "loss": loss, "precision": Precision(), "device": CPU}
    rows = np.arange(N)
    found = scores_of(net, arrays, rows, mirror=True, **more)  # type: ignore[arg-type]
    mirrored = {"image photo": arrays["image photo"][:, :, ::-1]}
    apart = [scores_of(net, a, rows, **more).exp() for a in (arrays, mirrored)]  # type: ignore[arg-type]
    torch.testing.assert_close(found.exp(), (apart[0] + apart[1]) / 2)
    assert not torch.allclose(apart[0], apart[1])
    again = scores_of(net, mirrored, rows, mirror=True, **more)  # type: ignore[arg-type]
    torch.testing.assert_close(found, again)


@pytest.mark.parametrize("mirror", [False, True])
def test_nudged_scores_are_the_mean_of_three_or_six_answers(mirror: bool) -> None:
    class Shown(Flat):
        def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
            shown.append(inputs["image photo"].clone())
            return super().forward(inputs)

    shown: list[Tensor] = []
    net, loss = Shown("image photo", 16), Loss("many classes")
    found = scores_of(
        net, photos(), np.arange(N), preparation=PHOTOS, loss=loss, precision=Precision(), device=CPU,
        mirror=mirror, nudge=True,
    )  # fmt: skip
    assert len(shown) == (6 if mirror else 3)
    with torch.inference_mode():
        by_hand = torch.stack([net.linear(x.flatten(1)).softmax(1) for x in shown]).mean(0)
    torch.testing.assert_close(found.exp(), by_hand)
    torch.testing.assert_close(shown[1][:, :, :-1, :-1], shown[0][:, :, 1:, 1:])
    torch.testing.assert_close(shown[2][:, :, 1:, 1:], shown[0][:, :, :-1, :-1])


def test_scores_of_no_rows() -> None:
    found = scores_of(
        Flat("image photo", 16), photos(), np.arange(0), preparation=PHOTOS, loss=Loss("many classes"),
        precision=Precision(), device=CPU,
    )  # fmt: skip
    assert found.shape == (0, 3)


def test_figures_of_classes_have_wilsons_interval() -> None:
    scores = torch.eye(2)[torch.tensor([0] * 8 + [1] * 2)].mul(3).log_softmax(1)
    found = figures_of(scores, torch.zeros(10, dtype=torch.long), Loss("two classes"))
    assert found["score"] == pytest.approx(0.8)
    assert found["error"] == pytest.approx(0.2)
    # Wilson (1927) for 8 of 10, as in Newcombe (1998).
    assert [found["low"], found["high"]] == pytest.approx([0.4902, 0.9433], abs=1e-3)


def test_figures_of_numbers_are_r_squared() -> None:
    g = torch.Generator().manual_seed(0)
    target = torch.randn(2000, 1, generator=g)
    scores = target + 0.5 * torch.randn(2000, 1, generator=g)
    found = figures_of(scores, target, Loss("number"))
    r2 = 1 - (scores - target).square().mean() / target.var(correction=0)
    assert found["score"] == pytest.approx(r2.item(), abs=1e-6)
    assert found["low"] < found["score"] < found["high"]
    # The mean of 2000 squares of N(0, 1/4) has deviation sqrt(2 / 2000) / 4.
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * (2 / 2000) ** 0.5 / 4, rel=0.15)


def test_figures_of_labels_and_of_scores_cut_short() -> None:
    target = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    found = figures_of(torch.tensor([[1.0, -1.0], [1.0, -1.0]]), target, Loss("several labels"))
    assert found["score"] == pytest.approx(3 / 4)


def test_numbers_reach_the_net_as_they_are() -> None:
    number = Number.fit(np.linspace(0.0, 1.0, 50))
    preparation = Preparation({"a": number}, TARGET, ("y",), "many classes")
    net, x = Flat("numbers", 1), torch.randn(4, 1)
    step = SupervisedStep(preparation, Loss("many classes"), Augmentation(), seeds.generator(0))
    step(net, Batch({"numbers": x}, torch.tensor([0, 1, 2, 0])))
    assert net.seen[0]["numbers"] is x


def test_texts_are_scored_in_the_order_asked_for_whatever_their_lengths() -> None:
    sentences = ["a b c d e", "a", "b c", "c d e f", "f"] * 6
    kind = Text(Tokeniser.fit(sentences, unit="characters"), 9)
    texts = Preparation({"note": kind}, TARGET, ("y",), "many classes")
    table = Table({"note": pa.chunked_array([sentences])}, "a.csv")
    arrays = texts.encode(table, workers=1).arrays
    torch.manual_seed(0)
    net = Assembled(texts.shapes, 3, NetSettings(size="tiny", reader="lstm")).eval()
    rows = np.random.default_rng(0).permutation(30)
    options = {"preparation": texts, "loss": Loss("many classes"), "precision": Precision(), "device": CPU}
    together = scores_of(net, arrays, rows, batch=4, **options)
    alone = torch.cat([scores_of(net, arrays, np.array([row]), **options) for row in rows])
    torch.testing.assert_close(together, alone)
