"""Problem depth in time: what must be remembered for long, learned by deepen's nets and deepen's loop.

    python benchmarks/depth.py adding 100 --minutes 5      also: copy, parity, maze; the number is the length

The tasks make their own examples, new ones for each step, so that no net can learn them by heart. Every task gives
batches x (B, T, C) of floats with targets, and says of outputs on 2,560 new examples how many are wrong.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute.device import steady_memory, summary
from deepen.learning.budget import Budget
from deepen.learning.loop import fit
from deepen.learning.schedules import cosine
from deepen.nets import LSTM
from deepen.shapes import Sequence

TESTS = 2_560
Example = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Task:
    """One problem at one length.

    Parameters
    ----------
    make
        Gives so many examples: x (B, T, C) and targets.
    shape, outputs
        Of the net; with ``every`` it answers at each step.
    loss, wrong
        Of outputs and targets: the loss, and which examples are wrong (B).
    guess
        The loss of one that knows no example but how they are made.
    """

    make: Callable[[int, torch.Generator], Example]
    shape: Sequence
    outputs: int
    loss: Callable[[Tensor, Tensor], Tensor]
    wrong: Callable[[Tensor, Tensor], Tensor]
    guess: float
    every: bool = False


def adding(T: int) -> Task:
    """Add two marked numbers of T or up to a tenth more (Hochreiter and Schmidhuber 1997, experiment 4).

    One is among the first ten, the other in the first half; the answer, 0.5 + their sum / 4, is given at the
    end, and wrong if it is off by more than 0.04. Deviation: the very first number is never marked.
    """

    def make(B: int, generator: torch.Generator) -> Example:
        t = T + int(torch.randint(T // 10 + 1, (), generator=generator))
        value = torch.rand(B, t, generator=generator) * 2 - 1
        first = torch.randint(1, 10, (B,), generator=generator)
        second = torch.randint(1, t // 2 - 2, (B,), generator=generator)
        second = second + (second >= first)
        marker = torch.zeros(B, t)
        marker[:, [0, -1]] = -1
        rows = torch.arange(B)
        marker[rows, first] = marker[rows, second] = 1
        answer = 0.5 + (value[rows, first] + value[rows, second]) / 4
        return torch.stack([value, marker], dim=2), answer.unsqueeze(1)

    return Task(
        make,
        Sequence(2, T + T // 10),
        1,
        F.mse_loss,
        lambda y, z: ((y - z).abs() > 0.04).flatten(),
        guess=1 / 24,
    )


def copying(T: int) -> Task:
    """Say ten of eight symbols again after T blank steps (the same authors; as in Arjovsky et al. 2016)."""

    def make(B: int, generator: torch.Generator) -> Example:
        symbols = torch.randint(1, 9, (B, 10), generator=generator)
        tokens = torch.zeros(B, T + 20, dtype=torch.long)
        tokens[:, :10] = symbols
        tokens[:, T + 9] = 9  # now say them
        target = torch.zeros_like(tokens)
        target[:, -10:] = symbols
        return F.one_hot(tokens, 10).float(), target

    def loss(y: Tensor, z: Tensor) -> Tensor:
        return F.cross_entropy(y.flatten(0, 1), z.flatten())

    guess = 10 * torch.tensor(8.0).log().item() / (T + 20)
    return Task(
        make, Sequence(10, T + 20), 9, loss, lambda y, z: (y.argmax(2) != z).any(1), guess, every=True
    )


def parity(T: int) -> Task:
    """Say at the end whether the ones among up to T bits are odd in number.

    Half of the examples have T bits, the others any number, small numbers as often as large ones (uniform in its
    logarithm): from T bits alone nothing is learned step by step, as any T - 1 of them say nothing.
    """

    def make(B: int, generator: torch.Generator) -> Example:
        bits = torch.randint(2, (B, T), generator=generator).float()
        ends = (T + 1) ** torch.rand(B, 1, generator=generator)
        ends = torch.where(torch.rand(B, 1, generator=generator) < 0.5, ends, T)
        own = (torch.arange(T) < ends.floor()).float()
        bits = bits * own
        return torch.stack([bits, own], dim=2), (bits.sum(1) % 2).long()

    return Task(
        make, Sequence(2, T, ragged=True), 2, F.cross_entropy, lambda y, z: y.argmax(1) != z,
        guess=torch.tensor(2.0).log().item(),
    )  # fmt: skip


def maze(T: int) -> Task:
    """Recall at the crossing of a T-maze which of two signs stood at its beginning (Bakker 2002, supervised).

    The corridor's T steps show noise on both of the sign's channels; the third channel is 1 at the crossing.
    """

    def make(B: int, generator: torch.Generator) -> Example:
        side = torch.randint(2, (B,), generator=generator)
        x = torch.rand(B, T, 3, generator=generator)
        x[..., 2] = 0
        x[:, -1, 2] = 1
        x[:, 0, :2] = F.one_hot(side, 2).float()
        return x, side

    return Task(
        make,
        Sequence(3, T),
        2,
        F.cross_entropy,
        lambda y, z: y.argmax(1) != z,
        guess=torch.tensor(2.0).log().item(),
    )


TASKS = {"adding": adding, "copy": copying, "parity": parity, "maze": maze}


class Fresh:
    """Endless new examples, as the loop wants its batches."""

    def __init__(self, task: Task, size: int, seed: int) -> None:
        self.task, self.size, self.steps = task, size, 100
        self.generator = torch.Generator().manual_seed(seed)

    def next(self) -> Example:
        return self.task.make(self.size, self.generator)

    def halve(self) -> bool:
        self.size //= 2
        return self.size > 0

    def state_dict(self) -> dict[str, Any]:
        return {"size": self.size, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.size = state["size"]
        self.generator.set_state(state["generator"])


class EachStep(nn.Module):
    """An answer at every step."""

    def __init__(self, net: LSTM, outputs: int) -> None:
        super().__init__()
        self.net, self.head = net, nn.Linear(net.features_n, outputs)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.net.steps(x))
        return y


def net_for(task: Task, width: int, depth: int, span: int | None) -> nn.Module:
    net = LSTM(
        task.shape, None if task.every else task.outputs, width=width, depth=depth, bidirectional=False,
        pooling="last", dropout=0.0, chrono=span,
    )  # fmt: skip
    return EachStep(net, task.outputs) if task.every else net


@torch.no_grad()
def judged(net: nn.Module, task: Task) -> tuple[float, int]:
    """Give the loss and the number of wrong answers on examples of a seed of their own."""
    generator, losses, wrong = torch.Generator().manual_seed(999_999), 0.0, 0
    net.eval()
    for _ in range(TESTS // 256):
        x, z = task.make(256, generator)
        y = net(x)
        losses += task.loss(y, z).item() / (TESTS // 256)
        wrong += int(task.wrong(y, z).sum())
    net.train()
    return losses, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("length", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--depth", type=int, default=1)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--span", type=int, help="for chrono; 0 for a forget bias of 1 instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    steady_memory()
    task = TASKS[asked.task](asked.length)
    span = asked.length if asked.span is None else asked.span or None
    net = net_for(task, asked.width, asked.depth, span)
    batches = Fresh(task, asked.batch, asked.seed + 1)
    seen = 0

    def step(net: nn.Module, batch: Example) -> Tensor:
        nonlocal seen
        seen += len(batch[0])
        return task.loss(net(batch[0]), batch[1])

    budget = Budget(steps=asked.steps) if asked.steps else Budget(minutes=asked.minutes or 1)
    began, spent = time.perf_counter(), time.process_time()
    fit(
        net, batches, step, budget, clip=asked.clip, schedule=cosine(),
        optimiser=torch.optim.Adam(net.parameters(), lr=asked.rate),
    )  # fmt: skip
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    loss, wrong = judged(net, task)
    print(
        f"| {asked.task} | {asked.length} | {asked.width} x {asked.depth} | {span or 'bias 1'} | {asked.batch} | "
        f"{asked.rate:g} | {seen:,} | {seconds:.0f} ({spent:.0f}) | {loss:.2g} (guessing {task.guess:.2g}) | "
        f"{wrong} | {summary(torch.device('cpu'))}, seed {asked.seed} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
