import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets import Assembled, NetSettings
from deepen.nets.bodies import TABLE, bodies_of, frozen, put_bodies, stacked
from deepen.nets.levels import example, find
from deepen.shapes import Codes, Grid, Sequence, Shape, Tokens, Vector

SHAPES: dict[str, tuple[dict[str, Shape], str]] = {
    "picture": ({"image photo": Grid(1, 20, 20)}, ""),
    "bag": ({"text note": Tokens(9, 6)}, "bag"),
    "windows": ({"text note": Tokens(9, 6)}, "cnn"),
    "lstm": ({"text note": Tokens(9, 6)}, "lstm"),
    "series": ({"series beat": Sequence(2, 40)}, "cnn"),
    "flat": ({"series beat": Sequence(2, 40)}, "mlp"),
    "sound": ({"audio word": Sequence(33, 20, ragged=True)}, "spectrogram"),
    "table": ({"numbers": Vector(4), "codes": Codes((3, 5))}, ""),
    "both": ({"image photo": Grid(1, 20, 20), "numbers": Vector(4)}, ""),
}


def built(name: str, outputs: int = 3, seed: int = 0) -> Assembled:
    torch.manual_seed(seed)
    shapes, reader = SHAPES[name]
    return Assembled(shapes, outputs, NetSettings(size="tiny", reader=reader))


@pytest.mark.parametrize("name", SHAPES)
def test_a_body_carries_all_but_the_head_to_a_net_with_another_head(name: str) -> None:
    old, new = built(name), built(name, outputs=5, seed=1)
    for p in old.parameters():
        nn.init.normal_(p)
    before = {k: v.clone() for k, v in new.state_dict().items()}
    put_bodies(new, bodies_of(old))
    moved = {k for k, v in new.state_dict().items() if not v.equal(before[k])}
    alike = {k for k, v in new.state_dict().items() if k in old.state_dict() and v.equal(old.state_dict()[k])}
    apart = set(new.state_dict()) - alike
    assert moved <= alike
    heads = {k for k in new.state_dict() if "head." in k}
    assert apart and apart <= heads  # a norm in the joint head begins with ones in every net


def test_a_reader_goes_to_a_net_that_reads_other_columns_beside() -> None:
    alone, both = built("picture"), built("both", seed=1)
    put_bodies(both, bodies_of(alone))
    for name, tensor in bodies_of(alone)["image photo"].items():
        assert both.readers[0].state_dict()[name].equal(tensor)
    assert not both.readers[1].layers[0].weight.equal(built("both").readers[1].layers[0].weight)  # type: ignore


def test_a_body_of_another_size_is_refused() -> None:
    wide = Assembled(SHAPES["picture"][0], 3, NetSettings(size="small"))
    with pytest.raises(SettingError, match="does not fit"):
        put_bodies(built("picture"), bodies_of(wide))


@pytest.mark.parametrize("name", SHAPES)
def test_levels_are_those_of_the_net_and_hold_every_weight_once(name: str) -> None:
    net, shapes = built(name), SHAPES[name][0]
    found = stacked(net, shapes)
    assert net.training
    flat = [weight for levels in found.values() for level in levels for weight in level]
    assert len(flat) == len(set(flat))
    assert set(flat) == {
        f"readers.{place}.{weight}" for place, body in enumerate(bodies_of(net).values()) for weight in body
    }
    if len(found) == 1 and name not in ("bag", "windows", "lstm"):
        # The last level that `find` tells of is what the head reads: there are as many layers below it as levels.
        assert len(found[next(iter(found))]) == len(find(net.eval(), example(shapes)))


def test_filters_side_by_side_and_what_looks_up_vectors_are_one_level_each() -> None:
    windows = stacked(built("windows"), SHAPES["windows"][0])["text note"]
    assert [level[0] for level in windows] == [
        "readers.0.entry.embedding.weight", "readers.0.body.filters.0.weight"
    ]  # fmt: skip
    table = stacked(built("table"), SHAPES["table"][0])[TABLE]
    assert sum("tables" in name for name in table[0]) == 2


def test_what_is_held_stays_to_the_last_bit_and_asks_for_no_gradient() -> None:
    net, shapes = built("picture"), SHAPES["picture"][0]
    levels = stacked(net, shapes)["image photo"]
    held = {name for level in levels[:2] for name in level}
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with frozen(net, held):
        for _ in range(3):
            net.eval()
            net.train()  # as the loop does around every look
            read = example(shapes, rows=8)
            seen: list[bool] = []
            hook = (
                net.readers[0]
                .stages[1]
                .register_forward_pre_hook(  # type: ignore[operator, union-attr]
                    lambda _m, given, seen=seen: seen.append(given[0].requires_grad)
                )
            )
            loss = net(read).square().mean()
            hook.remove()
            net.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in net.parameters():
                    if p.grad is not None:
                        p -= 0.5 * p.grad
            assert seen == [False]  # nothing is computed backwards below
    after = net.state_dict()
    assert {k for k in after if after[k].equal(before[k])} == held
    assert all(p.requires_grad for p in net.parameters())
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all("train" not in vars(m) for m in norms)
    assert all(m.training for m in net.train().modules())


def test_what_was_held_already_stays_held() -> None:
    net = built("table")
    net.readers[0].layers[0].weight.requires_grad_(False)  # type: ignore[union-attr, index]
    with frozen(net, {"readers.0.layers.0.weight", "readers.0.layers.0.bias"}):
        pass
    assert not net.readers[0].layers[0].weight.requires_grad  # type: ignore[union-attr, index]
    assert net.readers[0].layers[0].bias.requires_grad  # type: ignore[union-attr, index]
