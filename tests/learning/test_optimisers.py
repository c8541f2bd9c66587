import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.learning.optimisers import groups, make, scale_rates, set_rate


class Spared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, 3))
        self.matrix = nn.Parameter(torch.ones(3, 3))
        self.no_decay = (self.scale,)


def net() -> nn.Module:
    return nn.ModuleDict(
        {
            "linear": nn.Linear(2, 3),
            "conv": nn.Conv2d(1, 2, 3),
            "norm": nn.LayerNorm(3),
            "batch": nn.BatchNorm2d(2),
            "words": nn.Embedding(4, 3),
            "own": Spared(),
        }
    )


def test_matrices_and_filters_decay_and_nothing_else() -> None:
    module = net()
    names = {id(p): name for name, p in module.named_parameters()}
    yes, no = groups(module, 0.1)
    assert (yes["weight_decay"], no["weight_decay"]) == (0.1, 0.0)
    found = [{names[id(p)] for p in g["params"]} for g in (yes, no)]  # type: ignore[attr-defined]
    assert found[0] == {"linear.weight", "conv.weight", "own.matrix"}
    assert found[0] | found[1] == set(names.values())
    assert not found[0] & found[1]


def test_frozen_parameters_are_left_out() -> None:
    module = nn.Linear(2, 2)
    module.weight.requires_grad_(False)
    (only,) = groups(module, 0.1)
    assert only["params"] == [module.bias]


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_decay_shrinks_what_it_should(name: str) -> None:
    module = nn.Linear(2, 2)
    nn.init.ones_(module.weight)
    nn.init.ones_(module.bias)
    optimiser = make(name, module, rate=0.1, decay=0.5)
    for p in module.parameters():
        p.grad = torch.zeros_like(p)
    optimiser.step()
    # Without a gradient AdamW multiplies by 1 - rate * decay; SGD with Nesterov's momentum steps 1.9 times.
    shrunk = 1 - 0.1 * 0.5 * (1.9 if name == "sgd" else 1.0)
    torch.testing.assert_close(module.weight, torch.full((2, 2), shrunk))
    assert module.bias.tolist() == [1, 1]


def test_a_first_step_of_adam_is_the_rate_whatever_the_gradient() -> None:
    module = nn.Linear(2, 1, bias=False)
    nn.init.zeros_(module.weight)
    optimiser = make("adamw", module, rate=0.1, decay=0.0)
    module.weight.grad = torch.tensor([[1e-3, -50.0]])
    optimiser.step()
    torch.testing.assert_close(module.weight, torch.tensor([[-0.1, 0.1]]), atol=1e-4, rtol=1e-4)


def test_the_rate_is_a_share_of_the_peak_and_the_peak_stays() -> None:
    optimiser = make("adamw", net(), rate=0.1, decay=0.0)
    assert set_rate(optimiser, 0.5) == pytest.approx(0.05)
    assert set_rate(optimiser, 0.5) == pytest.approx(0.05)
    assert {g["lr"] for g in optimiser.param_groups} == {0.05}
    again = make("adamw", net(), rate=0.3, decay=0.0)
    again.load_state_dict(optimiser.state_dict())
    assert set_rate(again, 1.0) == pytest.approx(0.1)


def test_an_optimizer_of_the_users_own() -> None:
    module = nn.Linear(1, 1)
    own = torch.optim.SGD([{"params": [module.weight], "lr": 1.0}, {"params": [module.bias], "lr": 0.1}])
    set_rate(own, 0.5)
    set_rate(own, 0.25)
    assert [g["lr"] for g in own.param_groups] == [0.25, 0.025]


def test_a_misspelt_name() -> None:
    with pytest.raises(SettingError, match=r"'adam' is not known.*Did you mean 'adamw'"):
        make("adam", nn.Linear(1, 1), rate=0.1, decay=0.0)


@pytest.mark.parametrize("name", ["adamw", "muon", "sgd"])
def test_some_parameters_have_a_rate_of_their_own(name: str) -> None:
    module = net()
    made = make(name, module, rate=0.1, decay=0.1)
    before = {id(p): {**g, "params": None} for g in made.param_groups for p in g["params"]}
    slow = {id(module["linear"].weight), id(module["norm"].bias)}  # type: ignore[index]
    scale_rates(made, dict.fromkeys(slow, 0.25))
    after = {id(p): {**g, "params": None} for g in made.param_groups for p in g["params"]}
    assert after.keys() == before.keys()
    for which, group in after.items():
        factor = 0.25 if which in slow else 1.0
        assert (group.pop("lr"), group.pop("peak")) == pytest.approx((factor * before[which]["peak"],) * 2)
        assert group == {k: v for k, v in before[which].items() if k not in ("lr", "peak")}
    shown = set_rate(made, 0.5)
    assert shown == pytest.approx(
        0.5 * max(group["peak"] for group in made.param_groups if not slow & _ids(group))
    )


def _ids(group: dict[str, list[nn.Parameter]]) -> set[int]:
    return {id(p) for p in group["params"]}


def test_a_weight_with_a_tenth_of_the_rate_moves_a_tenth_as_far() -> None:
    module = nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        module.weight.fill_(1.0)
    other = nn.Linear(1, 2, bias=False)
    other.load_state_dict(module.state_dict())
    both = nn.ModuleList([module, other])
    made = make("sgd", both, rate=0.1, decay=0.0)
    scale_rates(made, {id(other.weight): 0.1})
    (module(torch.ones(1)) + other(torch.ones(1))).sum().backward()
    made.step()
    assert torch.allclose(1 - other.weight, 0.1 * (1 - module.weight))
