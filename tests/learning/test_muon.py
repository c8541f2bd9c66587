import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from deepen.compute.weights import load_tree, save_tree
from deepen.learning.muon import Muon, hidden, orthogonal
from deepen.learning.optimisers import make, set_rate


def cnn() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(8 * 16, 2)
    )  # fmt: skip


def descend(net: nn.Module, optimiser: torch.optim.Optimizer, steps: int, seed: int = 0) -> float:
    g = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        y = torch.randint(0, 2, (16,), generator=g)
        x = torch.randn(16, 3, 8, 8, generator=g) + (y - 0.5).view(16, 1, 1, 1)
        loss = nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return loss.item()


@pytest.mark.parametrize("shape", [(6, 6), (4, 12), (12, 4)])
def test_orthogonal_keeps_the_singular_vectors_and_evens_the_values(shape: tuple[int, int]) -> None:
    g = torch.Generator().manual_seed(0)
    direction = torch.randn(shape, generator=g)
    u, values, v = torch.linalg.svd(direction, full_matrices=False)
    found = u.T @ orthogonal(direction) @ v.T
    torch.testing.assert_close(found, torch.diag(found.diag()), atol=1e-4, rtol=0)
    evened = found.diag()
    assert (evened > 0).all()
    assert evened.max() < 1.3
    assert evened.max() / evened.min() < values.max() / values.min()
    torch.testing.assert_close(orthogonal(7 * direction), orthogonal(direction), atol=1e-4, rtol=0)
    assert orthogonal(torch.zeros(shape)).abs().sum() == 0


def test_hidden_convolutions_are_those_that_read_features() -> None:
    net = cnn()
    assert [name for name, p in net.named_parameters() if hidden(p)] == ["3.weight"]


def test_all_else_is_gradient_descent_with_nesterovs_momentum() -> None:
    net, plain = nn.Linear(3, 2), nn.Linear(3, 2)
    plain.load_state_dict(net.state_dict())
    ours = Muon(net, plain_rate=0.1, plain_decay=0.01, plain_momentum=0.8)
    theirs = torch.optim.SGD(
        [{"params": [plain.weight], "weight_decay": 0.01}, {"params": [plain.bias], "weight_decay": 0.0}],
        lr=0.1, momentum=0.8, nesterov=True,
    )  # fmt: skip
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    for _ in range(5):
        for module, optimiser in ((net, ours), (plain, theirs)):
            optimiser.zero_grad()
            module(x).square().mean().backward()
            optimiser.step()
    torch.testing.assert_close(net.weight, plain.weight)
    torch.testing.assert_close(net.bias, plain.bias)


def test_a_hidden_update_is_as_large_as_the_rate_says_whatever_the_gradient() -> None:
    sizes = []
    for scale in (1e-3, 1e3):
        net = cnn()
        conv = net[3]
        assert isinstance(conv, nn.Conv2d)
        before = conv.weight.detach().clone()
        optimiser = Muon(net, rate=0.01, decay=0.0)
        conv.weight.grad = scale * torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
        optimiser.step()
        sizes.append((conv.weight.detach() - before).square().mean().sqrt().item())
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-3)
    # 8 singular values near one, 0.2 sqrt(72) times, over 8 x 72 weights: near 0.2, as Adam's updates are.
    assert sizes[0] == pytest.approx(0.01 * 0.2, rel=0.3)


def test_it_learns_and_goes_on_from_its_state_to_the_last_bit(tmp_path: Path) -> None:
    whole = cnn()
    optimiser = make("muon", whole, rate=0.01, decay=0.1)
    set_rate(optimiser, 0.2)
    first = descend(whole, optimiser, 1)
    assert descend(whole, optimiser, 60) < 0.3 * first

    half, again = cnn(), cnn()
    optimiser = make("muon", half, rate=0.01, decay=0.1)
    descend(half, optimiser, 3)
    save_tree(tmp_path, "state", {"net": half.state_dict(), "optimiser": optimiser.state_dict()})
    descend(half, optimiser, 3, seed=1)
    state = load_tree(tmp_path, "state")
    again.load_state_dict(state["net"])
    optimiser = make("muon", again, rate=0.5, decay=0.0)
    optimiser.load_state_dict(state["optimiser"])
    descend(again, optimiser, 3, seed=1)
    for a, b in zip(half.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def test_pytorchs_compiler_is_not_imported_where_nothing_is_compiled() -> None:
    """It takes seconds, and a first step on pictures that are decoded already would wait for it."""
    code = """
import sys, torch
from deepen.learning.optimisers import make
net = torch.nn.Sequential(torch.nn.Conv2d(8, 8, 3), torch.nn.Flatten(), torch.nn.Linear(8, 2))
optimiser = make("muon", net, rate=0.01, decay=0.1)
net(torch.randn(2, 8, 3, 3)).sum().backward()
optimiser.step()
optimiser.zero_grad()
optimiser.load_state_dict(optimiser.state_dict())
assert all(p.grad is None for p in net.parameters())
sys.exit("torch._dynamo" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
