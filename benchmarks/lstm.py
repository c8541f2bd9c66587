"""Long short-term memory on the CPU: how near PyTorch's comes to the matrix products that it cannot do without.

    python benchmarks/lstm.py              one thread, by the processor's time, which other work hardly changes
    python benchmarks/lstm.py --threads 2  by the clock

One training step (way forward and back) of one layer, every way in turn, again and again; the ratios are those of one
round. "The products alone" are what a kernel of our own would still have to do, by the same library: one product for
all steps' inputs, one at each step forward and one back, and one for each gradient of weights and inputs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from deepen.compute.device import steady_memory, summary
from deepen.nets.lstm_layers import LSTMBothWays, LSTMLayer

Way = Callable[[], object]

# B examples, T steps, C channels, H units.
TASKS = {
    "Fashion-MNIST by rows: 28 steps of 28, 128 units, batch 128": (128, 28, 28, 128),
    "characters: 64 steps of 256, 256 units, batch 64": (64, 64, 256, 256),
}


def products_alone(x: Tensor, H: int) -> Way:
    B, T, C = x.shape
    inward, around = torch.randn(4 * H, C), torch.randn(4 * H, H)
    flat, h, gates = x.reshape(T * B, C), torch.randn(T, B, H), torch.randn(T, B, 4 * H)

    def run() -> None:
        first = (flat @ inward.T).view(T, B, 4 * H)
        for t in range(T):
            first[t].addmm_(h[t], around.T)
        for t in range(T):
            torch.mm(gates[t], around, out=h[t])
        every = gates.view(T * B, 4 * H)
        _ = every.T @ h.view(T * B, H), every.T @ flat, every @ inward

    return run


def step_of(
    net: Callable[[Tensor], Tensor], x: Tensor, parameters: list[nn.Parameter], bf16: bool = False
) -> Way:
    x = x.clone().requires_grad_()

    def run() -> None:
        x.grad = None
        for p in parameters:
            p.grad = None
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            y = net(x)
        y.sum().backward()

    return run


def plain(B: int, T: int, C: int, H: int) -> dict[str, Way]:
    x, theirs, ours = torch.randn(B, T, C), nn.LSTM(C, H, batch_first=True), LSTMLayer(C, H)
    weights = list(theirs.parameters())
    dense = step_of(lambda x: theirs(x)[0], x, weights)

    def without_onednn() -> None:
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
            dense()

    return {
        "torch.nn.LSTM": dense,
        "deepen's LSTMLayer": step_of(lambda x: ours(x)[0], x, list(ours.parameters())),
        "the products alone": products_alone(x, H),
        "torch.nn.LSTM without oneDNN": without_onednn,
        "deepen's, bfloat16 autocast": step_of(lambda x: ours(x)[0], x, list(ours.parameters()), bf16=True),
    }


def ragged(B: int, T: int, C: int, H: int, shortest: int) -> dict[str, Way]:
    """Both directions of examples whose lengths lie evenly between the shortest and T."""
    x, ends = torch.randn(B, T, C), torch.linspace(shortest, T, B).long()
    own = torch.arange(T) < ends[:, None]
    theirs, ours = nn.LSTM(C, H, batch_first=True, bidirectional=True), LSTMBothWays(C, H)

    def packed(x: Tensor) -> Tensor:
        y, _ = theirs(pack_padded_sequence(x, ends, batch_first=True, enforce_sorted=False))
        return pad_packed_sequence(y, batch_first=True)[0]

    return {
        "torch.nn.LSTM, packed": step_of(packed, x, list(theirs.parameters())),
        "deepen's LSTMBothWays, padded": step_of(lambda x: ours(x, own), x, list(ours.parameters())),
    }


def table(title: str, ways: dict[str, Way], rounds: int, clock: Callable[[], float]) -> None:
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 2):  # the first two warm up
        for name, way in ways.items():
            began = clock()
            way()
            if turn > 1:
                times[name].append(clock() - began)
    first = next(iter(times.values()))
    print(f"\n{title}\n")
    print(
        "| way | ms for each step, median | the first's time to its, median (lowest, highest) |\n|---|---|---|"
    )
    for name, found in times.items():
        ratios = [a / b for a, b in zip(first, found, strict=True)]
        middle = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
        print(f"| {name} | {1000 * statistics.median(found):.1f} | {middle} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    steady_memory()
    clock = time.process_time if asked.threads == 1 else time.perf_counter
    print(f"{summary(torch.device('cpu'))}, torch {torch.__version__}; {asked.rounds} rounds")
    for title, sizes in TASKS.items():
        table(title, plain(*sizes), asked.rounds, clock)
    for shortest in (20, 90):
        title = f"ragged, both directions: {shortest} to 100 steps of 128, 128 units, batch 64"
        table(title, ragged(64, 100, 128, 128, shortest), max(3, asked.rounds // 3), clock)


if __name__ == "__main__":
    main()
