"""What is done: the action of the greatest value, or now and then any.

Legend: B copies, A actions, S the shape of one observation, t steps of all copies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from deepen.nets.q_net import QNet

__all__ = ["EpsilonGreedy", "Ramp", "bare", "greedy"]


@dataclass(frozen=True)
class Ramp:
    """A number that goes in a line from ``begin`` to ``end`` and stays there.

    Examples
    --------
    >>> epsilon = Ramp(1.0, 0.1)
    >>> [round(epsilon(share), 2) for share in (0.0, 0.5, 1.0, 7.0)]
    [1.0, 0.55, 0.1, 0.1]
    """

    begin: float
    end: float

    def __call__(self, share: float) -> float:
        """Give the number after a share of the way."""
        return self.begin + (self.end - self.begin) * min(1.0, max(0.0, share))


def bare(net: QNet) -> Callable[[Tensor], Tensor]:
    """Give a net as the bare chain of its products, where it is one, else as it is.

    For one observation of a few numbers PyTorch's modules take five sixths of the time: 57 against 9 microseconds for
    layers of 120 and 84 (measured on one core). The chain reads the weights as they are when it is called.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> torch.allclose(bare(net)(x), net(x), atol=1e-6)
    True
    """
    layers = [m for m in net.modules() if not isinstance(m, nn.Sequential) and not list(m.children())]
    plain = all(isinstance(m, nn.Linear | nn.ReLU) for m in layers)
    if not plain or net.state is not None or next(net.parameters()).device.type != "cpu":
        return net
    *hidden, last = [(m.bias, m.weight.t()) for m in layers if isinstance(m, nn.Linear)]

    def chain(x: Tensor) -> Tensor:
        for bias, weight in hidden:
            x = torch.addmm(bias, x, weight).relu_()
        return torch.addmm(last[0], x, last[1])

    return chain


def greedy(net: Callable[[Tensor], Tensor], seen: Tensor) -> Tensor:
    """Give the actions (B,) of the greatest value at observations (B, *S)."""
    return net(seen).argmax(dim=1)


class EpsilonGreedy:
    """Any action with probability epsilon, else the greedy one (Watkins 1989; Mnih et al. 2015).

    The coins for several steps are tossed at once: where every copy does any action, the net is not asked.

    Parameters
    ----------
    actions, copies
        A and B.
    generator
        From which coins and actions are drawn; observations and actions are on its device.

    Examples
    --------
    >>> acts = EpsilonGreedy(5, 3, torch.Generator().manual_seed(0))
    >>> acts.toss(0.0, 2)
    >>> acts(torch.nn.Flatten(), torch.tensor([[1., 4, 2, 0, 0]]).expand(3, 5))
    tensor([1, 1, 1])
    """

    def __init__(self, actions: int, copies: int, generator: torch.Generator) -> None:
        self._actions, self._copies, self._generator = actions, copies, generator
        self._coins: list[tuple[Tensor, Tensor, bool]] = []

    def toss(self, epsilon: float, steps: int) -> None:
        """Toss the coins for so many steps; all must be done before the next toss."""
        assert not self._coins
        sides, device = (steps, self._copies), self._generator.device
        random = torch.rand(sides, generator=self._generator, device=device) < epsilon  # (t, B)
        drawn = torch.randint(self._actions, sides, generator=self._generator, device=device)  # (t, B)
        # On a GPU the answer would have to be waited for, and several copies rarely agree.
        alone = random.all(dim=1).tolist() if device.type == "cpu" or epsilon >= 1 else [False] * steps
        self._coins = list(zip(random.unbind(), drawn.unbind(), alone, strict=True))[::-1]

    def __call__(self, net: Callable[[Tensor], Tensor], seen: Tensor) -> Tensor:
        """Give the actions (B,) of the next step, at observations (B, *S)."""
        random, drawn, alone = self._coins.pop()
        return drawn if alone else torch.where(random, drawn, greedy(net, seen))
