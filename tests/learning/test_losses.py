import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.errors import TrainingError
from deepen.learning.losses import Loss

TASKS = ["two classes", "many classes", "several labels", "number"]
B, M, K = 7, 3, 4


def problem(task: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Outputs of members (B, M, K), and a target."""
    g = torch.Generator().manual_seed(seed)
    k = {"two classes": 2, "number": 1}.get(task, K)
    outputs = torch.randn(B, M, k, generator=g, dtype=torch.float32) * 2
    if "classes" in task:
        return outputs, torch.arange(B) % k
    hot = torch.rand(B, k, generator=g)
    return outputs, hot if task == "number" else (hot > 0.5).float()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_loss_of_members_is_the_mean_of_each_ones_own(
    task: str, weighted: bool, smoothing: float
) -> None:
    outputs, target = problem(task)
    weights = torch.linspace(0.5, 2, outputs.shape[2]) if weighted and task != "number" else None
    loss = Loss(task, smoothing=smoothing, weights=weights)
    apart = torch.stack([loss(outputs[:, m], target) for m in range(M)])
    torch.testing.assert_close(loss(outputs, target), apart.mean())


def test_losses_by_their_definitions() -> None:
    outputs, target = problem("many classes")
    p = outputs[:, 0].softmax(1)
    by_hand = -torch.stack([p[b, target[b]].log() for b in range(B)]).mean()
    torch.testing.assert_close(Loss("many classes")(outputs[:, 0], target), by_hand)
    spread = 0.9 * by_hand - 0.1 * p.log().mean()
    torch.testing.assert_close(Loss("many classes", smoothing=0.1)(outputs[:, 0], target), spread)

    outputs, target = problem("several labels")
    q = outputs[:, 0].sigmoid()
    by_hand = -(target * q.log() + (1 - target) * (1 - q).log()).mean()
    torch.testing.assert_close(Loss("several labels")(outputs[:, 0], target), by_hand)

    outputs, target = problem("number")
    torch.testing.assert_close(Loss("number")(outputs[:, 0], target), ((outputs[:, 0] - target) ** 2).mean())


def test_mixed_targets_are_the_mix_of_losses() -> None:
    outputs, target = problem("many classes")
    a, b = F.one_hot(target, K).float(), F.one_hot(target.roll(1), K).float()
    loss = Loss("many classes", smoothing=0.1)
    mixed = 0.7 * loss(outputs, target) + 0.3 * loss(outputs, target.roll(1))
    torch.testing.assert_close(loss(outputs, 0.7 * a + 0.3 * b), mixed)


@pytest.mark.parametrize("task", TASKS)
def test_gradients_are_those_of_finite_differences(task: str) -> None:
    outputs, target = problem(task)
    loss = Loss(task, smoothing=0.1)
    outputs.requires_grad_()
    loss(outputs, target).backward()  # type: ignore[no-untyped-call]
    assert outputs.grad is not None
    with torch.no_grad():
        for at in ((0, 0, 0), (3, 2, outputs.shape[2] - 1)):
            moved = [outputs.clone() for _ in range(2)]
            moved[0][at] += 1e-2
            moved[1][at] -= 1e-2
            slope = (loss(moved[0], target) - loss(moved[1], target)).item() / 2e-2
            assert outputs.grad[at].item() == pytest.approx(slope, abs=2e-4)


def test_scores_are_the_log_of_the_mean_probability() -> None:
    outputs, target = problem("many classes")
    scores = Loss("many classes").scores(outputs)
    torch.testing.assert_close(scores.exp(), outputs.softmax(2).mean(1))
    torch.testing.assert_close(scores.logsumexp(1), torch.zeros(B), atol=1e-6, rtol=0)
    alone = Loss("many classes").scores(outputs[:, 0])
    torch.testing.assert_close(alone, outputs[:, 0].log_softmax(1))
    # By Jensen's inequality the vote is at least as good as its members on average.
    loss = Loss("many classes")
    apart = [loss.figures(loss.scores(outputs[:, m]), target)["loss"] for m in range(M)]
    assert loss.figures(scores, target)["loss"] <= sum(apart) / M

    outputs, _ = problem("several labels")
    scores = Loss("several labels").scores(outputs)
    torch.testing.assert_close(scores.sigmoid(), outputs.sigmoid().mean(1), atol=1e-6, rtol=1e-5)
    outputs, _ = problem("number")
    torch.testing.assert_close(Loss("number").scores(outputs), outputs.mean(1))


def test_scores_of_sure_members_are_finite() -> None:
    for task in TASKS:
        scores = Loss(task).scores(torch.tensor([[[200.0, -200.0]], [[-200.0, 200.0]]]).expand(2, 3, 2))
        assert scores.isfinite().all()


def test_scores_of_half_precision_are_floats() -> None:
    assert Loss("many classes").scores(torch.zeros(2, 3, dtype=torch.bfloat16)).dtype == torch.float32
    assert Loss("many classes")(torch.zeros(2, 3, dtype=torch.bfloat16), torch.tensor([0, 1])).item() == (
        pytest.approx(math.log(3))
    )


def test_figures() -> None:
    scores = torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.0, 3.0]]).log_softmax(1)
    found = Loss("two classes").figures(scores, torch.tensor([1, 1, 1]))
    assert found["error"] == pytest.approx(1 / 3)
    by_hand = (math.log1p(math.exp(-1)) + math.log1p(math.exp(2)) + math.log1p(math.exp(-3))) / 3
    assert found["loss"] == pytest.approx(by_hand, rel=1e-5)

    scores, target = torch.tensor([[1.0, -1.0], [1.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert Loss("several labels").figures(scores, target)["error"] == pytest.approx(1 / 4)
    found = Loss("number").figures(torch.tensor([[1.0], [3.0]]), torch.tensor([[1.0], [1.0]]))
    assert found == {"loss": 2.0, "error": 2.0}


def test_the_prior_says_the_shares() -> None:
    loss, target = Loss("many classes"), torch.tensor([0] * 6 + [1] * 3 + [2])
    torch.testing.assert_close(loss.prior(target).softmax(0), torch.tensor([0.6, 0.3, 0.1]))
    shares = torch.tensor([0.6, 0.3, 0.1])
    outputs = loss.prior(target).expand(10, 3)
    assert loss(outputs, target).item() == pytest.approx(-(shares * shares.log()).sum().item(), rel=1e-5)

    labels = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    torch.testing.assert_close(Loss("several labels").prior(labels).sigmoid(), torch.tensor([0.75, 0.25]))
    assert Loss("several labels").prior(torch.zeros(4, 2)).isfinite().all()
    assert Loss("number").prior(torch.tensor([[1.0], [3.0]])).tolist() == [2.0]


@pytest.mark.parametrize("task", TASKS)
def test_the_prior_is_where_the_gradient_is_zero(task: str) -> None:
    _, target = problem(task)
    loss = Loss(task)
    prior = loss.prior(target).requires_grad_()
    loss(prior.expand(B, -1), target).backward()  # type: ignore[no-untyped-call]
    assert prior.grad is not None
    torch.testing.assert_close(prior.grad, torch.zeros_like(prior), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("task", "outputs", "target"),
    [
        ("number", (5, 2), (5, 1)),
        ("number", (5, 1), (5,)),
        ("several labels", (5, 2), (5, 3)),
        ("many classes", (5,), (5,)),
        ("many classes", (4, 3), (5,)),
        ("many classes", (5, 3, 2, 2), (5,)),
    ],
)
def test_an_output_that_does_not_fit_is_told(
    task: str, outputs: tuple[int, ...], target: tuple[int, ...]
) -> None:
    dtype = torch.long if "classes" in task else torch.float32
    with pytest.raises(TrainingError, match="the net's output does not fit the target"):
        Loss(task)(torch.zeros(outputs), torch.zeros(target, dtype=dtype))
