from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.doubled import DoubledMachine
from deepen.nets.units import Joined, Units
from deepen.pretraining.likelihood.partition import exact_log_z
from deepen.pretraining.steps.divergence import ContrastiveDivergence, Divergence, drawn


def machine(visible=Units("binary", 5), hidden=Units("binary", 3)):  # noqa: B008 - frozen
    torch.manual_seed(0)
    made = RestrictedBoltzmannMachine(visible, hidden)
    with torch.no_grad():
        for p in made.parameters():
            p.normal_(0, 0.7)
    return made


def gradients(step, made, v):
    made.zero_grad()
    step(made, v).backward()
    return [p.grad.clone() for p in (made.W, made.b, made.c)]


def exact_gradients(made, v):
    """Of the negative mean log-likelihood, by differentiating free energy and the enumerated log Z."""
    made.zero_grad()
    log_z = (-made.free_energy(made.visible.states())).logsumexp(0)
    (made.free_energy(v).mean() + log_z).backward()
    return [p.grad.clone() for p in (made.W, made.b, made.c)]


@pytest.mark.parametrize(
    "how",
    [
        Divergence(centring=0, k=60),
        Divergence(centring=0, chains="persistent", k=60, n_chains=40_000),
        Divergence(centring=0, chains="tempered", k=60, temperatures=3, n_chains=20_000),
    ],
)
def test_with_long_chains_it_is_the_exact_gradient(how):
    made, v = machine(), torch.randint(0, 2, (8, 5)).float()
    torch.manual_seed(1)
    found = gradients(
        ContrastiveDivergence(how, made), made, v.repeat(5000, 1) if how.chains == "data" else v
    )
    for mine, right in zip(found, exact_gradients(made, v), strict=True):
        torch.testing.assert_close(mine, right, rtol=0, atol=0.015)


def test_the_exact_gradient_is_the_numerical_one():
    made, v = machine(), torch.randint(0, 2, (8, 5)).float()
    W, *_ = exact_gradients(made, v)
    found = []
    for change in (1e-3, -1e-3):
        with torch.no_grad():
            made.W[2, 1] += change
            found.append(made.free_energy(v).mean().item() + exact_log_z(made))
            made.W[2, 1] -= change
    assert (found[0] - found[1]) / 2e-3 == pytest.approx(W[2, 1].item(), abs=1e-2)


def test_the_centred_gradient_does_not_depend_on_whether_one_stands_for_ink_or_paper():
    """Flip the visible units of data and machine: the machines are the same, and so must be what they learn."""
    made = machine()
    flipped = machine()
    with torch.no_grad():  # v -> 1 - v: W -> -W, b -> -b, c -> c + sum_i W_i
        flipped.W.copy_(-made.W)
        flipped.b.copy_(-made.b)
        flipped.c.copy_(made.c + made.W.sum(dim=0))
    v = torch.randint(0, 2, (400, 5)).float()

    def moved(one, rows, centring):
        """What a small step along the gradient changes in the free energies of all states."""
        torch.manual_seed(3)
        W, b, c = gradients(
            ContrastiveDivergence(Divergence(centring=centring, k=1, chains="data"), one), one, rows
        )
        states = one.visible.states()
        before = one.free_energy(states)
        with torch.no_grad():
            for p, g in ((one.W, W), (one.b, b), (one.c, c)):
                p -= 1e-3 * g
            after = one.free_energy(states)
            for p, g in ((one.W, W), (one.b, b), (one.c, c)):
                p += 1e-3 * g
        change = (after - before).detach()
        return (change - change.mean()) * 1e3

    # The same draws give other states in the flipped machine, so averages over many rows are compared.
    big = v.repeat(100, 1)
    mine, theirs = (
        moved(made, big, 1.0),
        moved(flipped, 1 - big, 1.0).flip(0),
    )  # state k flipped is state 31 - k
    torch.testing.assert_close(mine, theirs, rtol=0, atol=0.03)
    plain, other = moved(made, big, 0.0), moved(flipped, 1 - big, 0.0).flip(0)
    assert (plain - other).abs().max() > 0.1


@pytest.mark.parametrize("centring", [0.0, 0.5])
def test_the_gradient_is_the_difference_of_two_averages_centred(centring):
    """With more chains than rows; written out in float64 (Montavon and Müller 2012, algorithm 1)."""
    made, v0 = machine(), torch.randint(0, 2, (8, 5)).float()
    step = ContrastiveDivergence(Divergence(chains="persistent", n_chains=13, centring=centring, k=2), made)
    found = step.estimate(made, v0)
    state = {k: t.double() for k, t in step.state_dict().items()}
    v, p = (t.double() for t in (v0, made.hidden_mean(v0).detach()))
    w, q = state["chains"], made.hidden_mean(state["chains"].float()).detach().double()
    mu, lam = (state["mu"], state["lambda"]) if centring else (torch.zeros(5), torch.zeros(3))
    mu, lam = mu.double(), lam.double()
    W = (w - mu).t() @ (q - lam) / 13 - (v - mu).t() @ (p - lam) / 8
    b = w.mean(0) - v.mean(0) - W @ lam
    c = q.mean(0) - p.mean(0) - mu @ W
    for mine, right in zip(found.gradients, (W, b, c), strict=True):
        torch.testing.assert_close(mine.double(), right, rtol=0, atol=1e-6)


def test_values_between_0_and_1_are_drawn_and_labels_and_numbers_are_not():
    torch.manual_seed(0)
    v = torch.full((20_000, 4), 0.25)
    found = drawn(Joined((Units("binary", 2), Units("softmax", 2))), v, True)
    assert set(found[:, :2].unique().tolist()) == {0.0, 1.0}
    assert abs(found[:, :2].mean().item() - 0.25) < 0.01
    assert torch.equal(found[:, 2:], v[:, 2:])
    assert torch.equal(drawn(Units("gaussian", 4), v, True), v)
    assert torch.equal(drawn(Units("binary", 4), v, False), v)


def test_a_sparsity_target_brings_the_units_to_it():
    made, v = machine(), torch.randint(0, 2, (200, 5)).float()
    step = ContrastiveDivergence(Divergence(sparsity=0.1, sparsity_cost=3.0, chains="data"), made)
    optimiser = torch.optim.SGD(made.parameters(), lr=0.1)
    before = made.hidden_mean(v).mean()
    for _ in range(400):
        optimiser.zero_grad()
        step(made, v).backward()
        optimiser.step()
    assert before > 0.3
    assert abs(made.hidden_mean(v).mean().item() - 0.1) < 0.05


def test_its_state_is_all_that_it_keeps():
    made, v = machine(), torch.randint(0, 2, (10, 5)).float()
    how = Divergence(chains="persistent", n_chains=7)
    first = ContrastiveDivergence(how, made)
    first(made, v)
    second = ContrastiveDivergence(how, made)
    second.load_state_dict({k: t.clone() for k, t in first.state_dict().items()})
    found = []
    for step in (first, second):
        torch.manual_seed(9)
        found.append(gradients(step, made, v))
    for a, b in zip(*found, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("chains", ["data", "persistent", "tempered"])
def test_a_state_that_was_read_on_the_cpu_goes_on_where_the_machine_is(chains):
    made, how = machine(), Divergence(chains=chains, n_chains=4, temperatures=2, sparsity=0.1)
    first = ContrastiveDivergence(how, made)
    first.estimate(made, torch.ones(6, 5))
    made = made.to("meta")
    second = ContrastiveDivergence(how, made)
    second.load_state_dict(first.state_dict())
    second.estimate(made, torch.ones(6, 5, device="meta"))
    kept = [t for name, t in second.state_dict().items() if name != "odd"]
    assert {t.device.type for t in kept} == {"meta"}


@pytest.mark.parametrize(
    "wrong", [{"chains": "perpetual"}, {"k": 0}, {"centring": 2.0}, {"temperatures": 1}, {"sparsity": -1}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(SettingError):
        Divergence(**wrong)


def test_sparsity_is_for_binary_hidden_units():
    with pytest.raises(SettingError, match="binary hidden"):
        ContrastiveDivergence(Divergence(sparsity=0.1), machine(hidden=Units("rectified", 3)))


def test_the_centred_step_knows_of_doubled_layers():
    torch.manual_seed(0)
    machine = DoubledMachine(Units("binary", 4), Units("binary", 3))
    v0 = torch.randint(0, 2, (20, 4)).float()
    step = ContrastiveDivergence(Divergence(chains="persistent", centring=0.5), machine)
    p0 = machine.hidden_mean(v0)
    step(machine, v0).backward()
    state = step.state_dict()
    p = machine.hidden_mean(state["chains"])
    # At the offsets the units' inputs move as the plain averages say, whatever the weights do.
    up = machine.c.grad + machine.up * state["mu"] @ machine.W.grad
    torch.testing.assert_close(up, (p.mean(0) - p0.mean(0)).detach())
    down = machine.b.grad + machine.down * machine.W.grad @ state["lambda"]
    torch.testing.assert_close(down, state["chains"].mean(0) - v0.mean(0))


def test_offsets_follow_the_means():
    made, rows = machine(), [torch.zeros(4, 5), torch.ones(4, 5)]
    step = ContrastiveDivergence(Divergence(centring=0.25), made)
    means = [made.hidden_mean(v).detach().mean(0) for v in rows]
    for v in rows:
        step.estimate(made, v)
    torch.testing.assert_close(step.state_dict()["mu"], torch.full((5,), 0.25))
    torch.testing.assert_close(step.state_dict()["lambda"], 0.75 * means[0] + 0.25 * means[1])


def test_sparsity_adds_the_slope_by_weights_and_biases():
    made, v = machine(), torch.randint(0, 2, (6, 5)).float()
    found = []
    for more in ({}, {"sparsity": 0.1, "sparsity_cost": 3.0}):
        step = ContrastiveDivergence(Divergence(centring=0, **more), made)
        torch.manual_seed(1)
        step.estimate(made, torch.zeros(6, 5))
        found.append(step.estimate(made, v).gradients)
    (plain, _, c), (sparse, _, d) = found
    often = 0.9 * made.hidden_mean(torch.zeros(5)) + 0.1 * made.hidden_mean(v).mean(0)
    slope = (3.0 * (often - 0.1)).detach()
    torch.testing.assert_close(d - c, slope, rtol=0, atol=1e-5)
    torch.testing.assert_close(sparse - plain, v.mean(0)[:, None] * slope, rtol=0, atol=1e-5)


def test_persistent_chains_go_on_from_where_they_were(monkeypatch):
    made, seen = machine(), []
    monkeypatch.setattr(made, "gibbs", lambda v, k: seen.append(v) or 1 - v)
    step = ContrastiveDivergence(Divergence(chains="persistent", n_chains=3), made)
    for _ in range(3):
        step.estimate(made, torch.ones(4, 5))
    assert [v.unique().tolist() for v in seen] == [[1.0], [0.0], [1.0]]
