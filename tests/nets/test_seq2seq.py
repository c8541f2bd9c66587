from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.seq2seq import Seq2Seq, shifted
from deepen.nets.sizes import flops, parameters
from deepen.shapes import Sequence, Tokens

SOURCE = torch.tensor([[5, 9, 4, 6, 0], [7, 0, 0, 0, 0], [4, 4, 8, 5, 9]])
TARGET = torch.tensor([[6, 4, 0], [8, 3, 5], [0, 0, 0]])
KINDS = [{}, {"copying": True}, {"copying": True, "extra": 3}]


def made(v: int = 10, w: int | None = None, **options) -> Seq2Seq:
    torch.manual_seed(0)
    options = {"width": 8, "depth": 2, **options}
    return Seq2Seq(Tokens(v, 5), Tokens(w or v, 5), **options).double().eval()


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_sum_to_one(kind):
    net = made(**kind)
    logits = net(SOURCE, shifted(TARGET)[0])
    assert logits.shape == (3, 4, 10 + kind.get("extra", 0))
    if kind:
        logits = logits.exp()
        torch.testing.assert_close(logits.sum(2).double(), torch.ones(3, 4).double())


@pytest.mark.parametrize("kind", KINDS)
def test_neither_padding_nor_company_changes_an_example(kind):
    net = made(**kind)
    given, _ = shifted(TARGET)
    both = net(SOURCE, given)
    wider = net(nn.functional.pad(SOURCE, (0, 4)), nn.functional.pad(given, (0, 2)))
    torch.testing.assert_close(wider[:, :4], both)
    order = torch.tensor([2, 0, 1])
    torch.testing.assert_close(net(SOURCE[order], given[order]), both[order])
    torch.testing.assert_close(net(SOURCE[1:2, :1], given[1:2]), both[1:2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_knows_nothing_of_later_targets(kind):
    net = made(**kind)
    given, _ = shifted(TARGET)
    changed = given.clone()
    changed[:, 2:] = 7
    one, other = net(SOURCE, given), net(SOURCE, changed)
    torch.testing.assert_close(one[:, :2], other[:, :2])
    assert not torch.allclose(one[:, 2], other[:, 2])


@pytest.mark.parametrize("kind", KINDS)
def test_the_beam_finds_the_truly_best_string_with_its_probability(kind):
    """Every string of up to three of five tokens is scored by teacher forcing, and the best compared."""
    net = made(v=6, depth=1, **kind)
    source = torch.tensor([[5, 3, 4], [4, 0, 0]])
    can_be_said = range(2 + 1, 6 + kind.get("extra", 0))
    strings = [s for n in range(4) for s in itertools.product(can_be_said, repeat=n)]
    target = torch.zeros(len(strings), 3, dtype=torch.long)
    for row, s in zip(target, strings, strict=True):
        row[: len(s)] = torch.tensor(s)
    given, wanted = shifted(target)
    found = net.beam_search(source, beams=len(strings) + 5, most=3, normalise=0.7)
    for i in range(2):
        log_p = net(source[i : i + 1].expand(len(strings), -1), given).log_softmax(2)
        log_p = log_p.gather(2, wanted.unsqueeze(2)).squeeze(2).masked_fill(wanted == 0, 0).sum(1)
        scores = log_p / ((5 + (wanted != 0).sum(1)) / 6) ** 0.7
        scores, order = scores.sort(descending=True)
        torch.testing.assert_close(
            found.log_p[i, :20].double(), log_p[order[:20]].double(), atol=1e-5, rtol=1e-5
        )
        assert torch.equal(found.tokens[i, 0], target[order[0]])


@pytest.mark.parametrize("kind", KINDS)
def test_one_beam_says_the_most_probable_token_each_time(kind):
    net = made(**kind)
    found = net.beam_search(SOURCE, beams=1, most=4)
    for i in range(3):
        said: list[int] = []
        while len(said) < 4:
            row = net(SOURCE[i : i + 1], torch.tensor([[1, *said]]))[0, -1].clone()
            row[:2] = -torch.inf
            if int(row.argmax()) == 2:
                break
            said.append(int(row.argmax()))
        assert [t for t in found.tokens[i, 0].tolist() if t] == said


def test_the_beam_does_not_depend_on_padding_or_company():
    net = made(copying=True)
    together = net.beam_search(nn.functional.pad(SOURCE, (0, 3)), beams=3, most=4)
    for i, end in enumerate([4, 1, 5]):
        alone = net.beam_search(SOURCE[i : i + 1, :end], beams=3, most=4)
        assert torch.equal(alone.tokens[0], together.tokens[i])
        torch.testing.assert_close(alone.log_p[0], together.log_p[i])


def test_copying_gives_the_attention_to_the_source_tokens():
    """With the gate shut, what is said is what is looked at; a token twice in the source adds up."""
    net = made(copying=True, extra=2)
    with torch.no_grad():
        net.gate.bias.fill_(-100)
        net.key.weight.zero_()  # it looks at all own steps alike
    source = torch.tensor([[5, 10, 5, 11, 0]])  # 10 and 11 are words of its own
    p = net(source, torch.tensor([[1, 10]])).exp()[0, 1]
    wanted = torch.zeros(12).double()
    wanted[[5, 10, 11]] = torch.tensor([0.5, 0.25, 0.25]).double()
    torch.testing.assert_close(p.double(), wanted, atol=1e-6, rtol=0)


def test_words_of_an_example_are_read_as_unknown():
    net = made(copying=True, extra=2)
    one = net.encode(torch.tensor([[5, 10, 11]])).steps
    torch.testing.assert_close(one, net.encode(torch.tensor([[5, 3, 3]])).steps)


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_reaches_every_parameter(kind):
    net = made(**kind).train()
    given, wanted = shifted(TARGET)
    nn.functional.cross_entropy(net(SOURCE, given).flatten(0, 1), wanted.flatten(), ignore_index=0).backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still


def test_the_gradient_is_that_of_small_differences():
    net = made(width=4, depth=1, copying=True, extra=1)
    given, wanted = shifted(TARGET[:2])
    given.clamp_(max=9)
    names, values = zip(*net.named_parameters(), strict=True)

    def loss(*parameters):
        swapped = dict(zip(names, parameters, strict=True))
        logits = torch.func.functional_call(net, swapped, (SOURCE[:2], given))
        return nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=0)

    # The mixture is computed in single precision, whatever the net's is.
    loss(*values).backward()
    for p in values[-4:]:
        flat, at = p.data.view(-1), int(p.grad.abs().argmax())
        before, eps = flat[at].item(), 3e-3
        flat[at] = before + eps
        above = loss(*values).item()
        flat[at] = before - eps
        below = loss(*values).item()
        flat[at] = before
        assert (above - below) / (2 * eps) == pytest.approx(p.grad.view(-1)[at].item(), rel=0.02)


def test_what_cannot_be_said_has_a_finite_loss():
    net = made(copying=True, extra=2)
    wanted = torch.tensor([[11, 2]])  # a word that the source has not
    logits = net(torch.tensor([[5, 6]]), torch.tensor([[1, 11]]))
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad.isfinite().all() for p in net.parameters() if p.grad is not None)


def test_it_learns_to_reverse():
    torch.manual_seed(0)
    source = torch.randint(4, 10, (128, 4))
    given, wanted = shifted(source.flip(1))
    net = Seq2Seq(Tokens(10, 4), Tokens(10, 4), size="tiny", dropout=0)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(120):
        loss = nn.functional.cross_entropy(net(source, given).flatten(0, 1), wanted.flatten(), ignore_index=0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = net.eval().beam_search(source, beams=2, most=6)
    assert (found.tokens[:, 0, :4] == source.flip(1)).all(1).float().mean() > 0.9
    assert (found.tokens[:, 0, 4:] == 0).all(1).float().mean() > 0.9


def test_its_work_can_be_counted():
    small, large = (Seq2Seq(Tokens(10, 5), Tokens(10, 5), size=size) for size in ("tiny", "small"))
    given, _ = shifted(TARGET)
    assert 3 < flops(large, SOURCE, given) / flops(small, SOURCE, given) < 6
    assert parameters(large) > 3 * parameters(small)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"width": 7}, "width"),
        ({"depth": 0}, "depth"),
        ({"dropout": 1.0}, "dropout"),
        ({"extra": 2}, "extra"),
        ({"copying": True, "extra": -1}, "extra"),
        ({"copying": True, "w": 11}, "one vocabulary"),
        ({"start": 2}, "three different"),
        ({"end": 10}, "three different"),
        ({"unknown": 0}, "three different"),
    ],
)
def test_options_out_of_range_are_refused(options, match):
    with pytest.raises(SettingError, match=match):
        made(**options)


def test_numbers_are_no_text():
    with pytest.raises(SettingError, match="source"):
        Seq2Seq(Sequence(2, 8), Tokens(9, 8))
