import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from deepen.compute.weights import load_into, load_tree, pack, save_tree, unpack
from deepen.errors import FolderError

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]

tensors = st.builds(
    lambda dtype, shape, seed: (torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 9).to(
        dtype
    ),
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(0, 1000),
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
plain = st.none() | st.booleans() | st.integers() | st.floats() | words
keys = words | st.integers() | st.sampled_from(["a/b", "a", "b", "0", 0])
trees = st.recursive(
    plain | tensors,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return isinstance(b, Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or (a != a and b != b)


@given(trees)
@example({0: torch.zeros(1), "0": torch.ones(1)})
@example({"a/b": torch.zeros(1), "a": {"b": torch.ones(1), "b'": torch.ones(2)}})
@example(torch.ones(2))
def test_pack_and_unpack_give_the_same_tree(tree: Any) -> None:
    found: dict[str, Tensor] = {}
    text = json.dumps(pack(tree, found))
    assert same(unpack(json.loads(text), found), tree)


@settings(max_examples=30, deadline=None)
@given(tree=trees)
def test_a_tree_survives_the_disk(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tree")
    save_tree(folder, "state", tree)
    assert same(load_tree(folder, "state"), tree)
    assert sorted(p.name for p in folder.iterdir()) == ["state.json", "state.safetensors"]


def test_pack_takes_a_copy() -> None:
    weights, found = torch.zeros(3), dict[str, Tensor]()
    pack([weights, weights[1:], torch.ones(2, 2).T], found)
    weights += 1
    assert all(t.is_contiguous() for t in found.values())
    assert found["/0"].tolist() == [0, 0, 0]
    assert found["/1"].tolist() == [0, 0]


def test_pack_refuses_what_is_not_plain() -> None:
    with pytest.raises(AssertionError, match="/a/0: <class 'object'> is not plain data"):
        pack({"a": [object()]}, {})


@pytest.mark.parametrize("fused", [False, True])
def test_an_optimizer_goes_on_as_if_it_had_never_stopped(fused: bool, tmp_path: Path) -> None:
    def steps(net: nn.Module, optimiser: torch.optim.Optimizer, count: int) -> None:
        for _ in range(count):
            optimiser.zero_grad()
            net(torch.ones(2, 3)).square().sum().backward()
            optimiser.step()

    def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        net = nn.Linear(3, 2)
        return net, torch.optim.AdamW(net.parameters(), lr=0.1, amsgrad=True, fused=fused)

    whole, optimiser = fresh()
    steps(whole, optimiser, 6)
    half, optimiser = fresh()
    steps(half, optimiser, 3)
    save_tree(tmp_path, "state", {"net": half.state_dict(), "optimiser": optimiser.state_dict()})

    other, optimiser = fresh()
    state = load_tree(tmp_path, "state")
    load_into(other, state["net"], where=tmp_path)
    optimiser.load_state_dict(state["optimiser"])
    steps(other, optimiser, 3)
    for a, b in zip(whole.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", ["state.json", "state.safetensors"])
def test_a_damaged_tree_is_named(name: str, tmp_path: Path) -> None:
    save_tree(tmp_path, "state", {"a": torch.ones(100)})
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FolderError, match=r"state\.\w+: is damaged"):
        load_tree(tmp_path, "state")
    path.unlink()
    with pytest.raises(FolderError, match=r"state\.\w+: is missing"):
        load_tree(tmp_path, "state")


def test_a_full_disk_is_an_os_error_and_not_that_of_a_library(small_disk: Path) -> None:
    with pytest.raises(OSError, match="space"):
        save_tree(small_disk, "state", {"a": torch.ones(2_000_000)})


def test_load_into_says_what_does_not_fit(tmp_path: Path) -> None:
    net = nn.Linear(3, 2)
    state = {"weight": torch.zeros(2, 4), "scale": torch.ones(1)}
    with pytest.raises(FolderError) as error:
        load_into(net, state, where=tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: its weights do not fit the net: bias is missing; scale is not known to the net; "
        "weight has shape (2, 4) where the net has (2, 3)"
    )
    many = {f"extra{i}": torch.ones(1) for i in range(9)} | net.state_dict()
    with pytest.raises(FolderError, match=r"and 6 more$"):
        load_into(net, many, where=tmp_path)


def test_load_into_loads(tmp_path: Path) -> None:
    net = nn.Linear(3, 2)
    load_into(net, {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}, where=tmp_path)
    assert net(torch.ones(1, 3)).tolist() == [[3, 3]]
