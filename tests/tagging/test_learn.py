"""The loss is that of the elements to be answered, and answers do not depend on how rows are cut or batched."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from deepen.data.batches import Batch
from deepen.tagging import inputs
from deepen.tagging.inputs import encode
from deepen.tagging.learn import TagNet, TagStep, scores_of
from deepen.tagging.lexicon import Lexicon
from deepen.tagging.pieces import cut

CPU = torch.device("cpu")


@pytest.fixture
def world():
    rng = np.random.default_rng(0)
    rows = [[f"w{n}" for n in rng.integers(0, 9, k)] for k in (5, 0, 1, 30)]
    lexicon = Lexicon.fit(rows)
    torch.manual_seed(0)
    plan = TagNet(
        v=lexicon.v,
        channels=0,
        longest=30,
        outputs=3,
        buckets=lexicon.buckets,
        rare=0,
        width=8,
        depth=1,
        dropout=0.0,
    )
    return rows, lexicon, plan.build().eval(), TagNet.from_dict(plan.to_dict())


def test_the_loss_is_the_mean_over_what_is_to_be_answered(world):
    rows, lexicon, net, _ = world
    codes = [np.arange(len(row)) % 3 for row in rows]
    codes[3][4:] = -1
    found = encode(lexicon, rows, codes)
    loss = TagStep(found.spelled)(
        net, Batch({"x": torch.from_numpy(found.x)}, torch.from_numpy(found.target))
    )
    logits, truth = (
        np.concatenate(scores_of(net, encode(lexicon, rows), 3, device=CPU)),
        np.concatenate(codes),
    )
    kept = truth >= 0
    wanted = F.cross_entropy(torch.from_numpy(logits[kept]), torch.from_numpy(truth[kept]))
    assert loss.item() == pytest.approx(wanted.item(), abs=1e-5)


def test_rows_are_answered_alike_alone_and_together(world):
    rows, lexicon, net, _ = world
    together = scores_of(net, encode(lexicon, rows), 3, device=CPU, batch=2)
    assert [s.shape for s in together] == [(5, 3), (0, 3), (1, 3), (30, 3)]
    for row, scores in zip(rows, together, strict=True):
        (alone,) = scores_of(net, encode(lexicon, [row]), 3, device=CPU)
        assert scores == pytest.approx(alone, abs=1e-5)


def test_pieces_with_enough_beside_them_are_answered_as_the_whole(world, monkeypatch):
    rows, lexicon, net, _ = world
    (whole,) = scores_of(net, encode(lexicon, rows[3:]), 3, device=CPU)
    monkeypatch.setattr(inputs, "cut", lambda lengths: cut(lengths, most=7, beside=30))
    (pieces,) = scores_of(net, encode(lexicon, rows[3:]), 3, device=CPU)
    assert pieces == pytest.approx(whole, abs=1e-5)
    monkeypatch.setattr(inputs, "cut", lambda lengths: cut(lengths, most=7, beside=0))
    (torn,) = scores_of(net, encode(lexicon, rows[3:]), 3, device=CPU)
    assert torn != pytest.approx(whole, abs=1e-3)


def test_a_net_is_built_again_from_its_plan(world):
    _, _, net, plan = world
    assert {k: v.shape for k, v in plan.build().state_dict().items()} == {
        k: v.shape for k, v in net.state_dict().items()
    }
