from __future__ import annotations

import torch

from deepen.learning.given import Given, with_gradient


def test_the_gradients_given_are_those_that_come_scaled_like_any_loss():
    a, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    to_a, to_b = torch.arange(6.0).view(2, 3), torch.ones(3)
    loss = with_gradient(torch.tensor(2.5), (a, b), (to_a.clone(), to_b.clone()))
    assert loss.item() == 2.5
    (3 * loss).backward()
    torch.testing.assert_close(a.grad, 3 * to_a)
    torch.testing.assert_close(b.grad, 3 * to_b)


def test_they_are_not_copied():
    a, to_a = torch.zeros(2, 3, requires_grad=True), torch.ones(2, 3)
    where = to_a.data_ptr()
    loss = with_gradient(torch.tensor(0.0), (a,), (to_a,))
    del to_a
    loss.backward()
    assert a.grad.data_ptr() == where


def test_a_loss_that_autograd_is_not_asked_for_hands_its_gradient_over_and_adds_a_second_one():
    w, first = torch.zeros(2, requires_grad=True), torch.tensor([1.0, 2.0])
    loss = Given(torch.tensor(2.5), [w], [first])
    assert loss.detach().item() == 2.5
    loss.backward()
    assert w.grad is first
    Given(torch.tensor(0.0), [w], [torch.tensor([10.0, 20.0])]).backward()
    assert w.grad.tolist() == [11.0, 22.0] and first.tolist() == [1.0, 2.0]
