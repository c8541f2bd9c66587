import math
import shutil

import pytest
import torch
from torch import nn

from deepen.compute.precision import Precision, candidates, fastest

CPU = torch.device("cpu")


def conv_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 2))


def test_words() -> None:
    assert str(Precision()) == "float32"
    assert str(Precision(True, True, True)) == "bfloat16, channels last, compiled"


@pytest.mark.parametrize("way", [Precision(), Precision(channels_last=True), Precision(half=True)])
def test_a_way_changes_nothing_beyond_rounding(way: Precision) -> None:
    net, x = conv_net().eval(), torch.randn(4, 3, 8, 8)
    plain = net(x)
    way.apply(net)
    with way.autocast(CPU):
        other = net(x)
    assert other.dtype == (torch.bfloat16 if way.half else torch.float32)
    torch.testing.assert_close(
        other.float(), plain, atol=0.05 if way.half else 1e-5, rtol=0.05 if way.half else 1e-5
    )


def test_apply_sets_the_memory_format_and_back() -> None:
    net = conv_net()
    filters = next(net.parameters())
    Precision(channels_last=True).apply(net)
    assert filters.is_contiguous(memory_format=torch.channels_last)
    Precision().apply(net)
    assert filters.is_contiguous()


def test_candidates_begin_with_the_plainest_and_have_layouts_for_images_alone() -> None:
    for net, layouts in ((nn.Linear(2, 2), 1), (conv_net(), 2)):
        ways = candidates(CPU, net, seconds=60)
        assert ways[0] == Precision()
        assert len(ways) == len(set(ways)) == 2 * layouts
        assert not any(w.compiled for w in ways)
    assert not any(w.half for w in candidates(torch.device("mps"), conv_net(), seconds=60))


@pytest.mark.parametrize(
    ("seconds", "compiler", "tried"),
    [(60, True, False), (2000, True, True), (2000, False, False), (math.inf, True, False)],
)
def test_compilation_is_tried_only_where_the_clock_and_a_compiler_allow(
    seconds: float, compiler: bool, tried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/c++" if compiler else None)
    assert any(w.compiled for w in candidates(CPU, nn.Linear(2, 2), seconds=seconds)) == tried


def test_fastest_takes_the_quickest_and_keeps_the_table() -> None:
    seconds = {Precision(): 1.0, Precision(half=True): 0.5, Precision(channels_last=True): 0.7}
    best, table = fastest(seconds, seconds.__getitem__)
    assert best == Precision(half=True)
    assert table == {"float32": 1.0, "bfloat16": 0.5, "float32, channels last": 0.7}


def test_fastest_stays_with_the_plainer_way_for_a_few_per_cent() -> None:
    seconds = {Precision(): 1.0, Precision(half=True): 0.97}
    assert fastest(seconds, seconds.__getitem__)[0] == Precision()


def test_fastest_passes_over_what_fails() -> None:
    def seconds_of(way: Precision) -> float:
        if way.half:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if way == Precision():
            raise NotImplementedError
        return 2.0

    best, table = fastest([Precision(), Precision(half=True), Precision(channels_last=True)], seconds_of)
    assert best == Precision(channels_last=True)
    assert table["float32"] == table["bfloat16"] == float("inf")
