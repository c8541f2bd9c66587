import time

import pytest
import torch

from deepen.compute.threads import threads_that_pay

CPU = torch.device("cpu")


@pytest.fixture
def four():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("slow", "chosen"), [(1, 4), (4, 1)])
def test_the_quicker_number_is_taken_and_the_old_one_put_back(four, slow, chosen):
    def work():
        time.sleep(0.02 if torch.get_num_threads() == slow else 0.001)

    with threads_that_pay(work, CPU) as threads:
        assert threads == torch.get_num_threads() == chosen
    assert torch.get_num_threads() == 4


def test_it_is_put_back_after_an_error(four):
    with pytest.raises(ValueError), threads_that_pay(lambda: time.sleep(0), CPU):
        raise ValueError
    assert torch.get_num_threads() == 4
