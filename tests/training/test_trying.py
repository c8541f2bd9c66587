import torch

from deepen.learning.losses import Loss
from deepen.training.trying import calibrated, first_as_good

G = torch.Generator().manual_seed(0)


def losses(mean: float, hard: torch.Tensor, own: float = 0.1) -> torch.Tensor:
    return hard + mean + own * torch.randn(len(hard), generator=G)


def test_the_least_loss_wins_where_it_is_plainly_less() -> None:
    hard = torch.rand(400, generator=G)
    assert first_as_good([losses(0.5, hard), losses(0.2, hard), losses(0.4, hard)]) == 1


def test_within_a_standard_error_the_first_is_taken() -> None:
    first = torch.tensor([0.5, 0.6, 0.9, 0.4])
    assert first_as_good([first, first - torch.tensor([0.3, -0.3, 0.1, -0.05])]) == 0
    assert first_as_good([first, first - torch.tensor([0.1, 0.1, 0.1, 0.1])]) == 1


def test_what_is_hard_for_all_hides_no_difference() -> None:
    hard = 100 * torch.rand(50, generator=G)
    assert first_as_good([losses(0.1, hard, 0.01), losses(0.0, hard, 0.01)]) == 1


def test_a_lone_example_decides_by_its_loss() -> None:
    assert first_as_good([torch.tensor([0.2]), torch.tensor([0.1])]) == 1
    assert first_as_good([torch.tensor([0.1]), torch.tensor([0.1])]) == 0


def test_a_net_without_a_finite_loss_is_not_taken() -> None:
    finite = torch.tensor([0.2, 0.4, 0.3])
    for broken in (float("nan"), float("inf")):
        assert first_as_good([torch.full((3,), broken), finite]) == 1
        assert first_as_good([torch.tensor([0.1, broken, 0.1]), finite]) == 1
        assert first_as_good([finite, torch.tensor([0.1, broken, 0.1])]) == 0
        assert first_as_good([torch.full((3,), broken)] * 2) == 0


def test_scores_are_compared_as_they_will_be_answered_and_broken_ones_stay_broken() -> None:
    truth = torch.tensor([0, 1, 0, 1] * 100)
    loss = Loss("two classes")
    unsure = loss.scores(torch.nn.functional.one_hot(truth).float())
    mended = calibrated(unsure, truth.numpy(), loss)
    assert loss.each(mended, truth).mean() < 0.5 * loss.each(unsure, truth).mean()
    assert torch.equal(mended.exp().sum(1).round(decimals=5), torch.ones(400))
    broken = torch.full((4, 2), float("nan"))
    assert calibrated(broken, truth[:4].numpy(), loss) is broken
    number = torch.tensor([[0.3], [0.7]])
    assert calibrated(number, number.numpy(), Loss("number")) is number
