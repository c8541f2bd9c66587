"""Why backpropagation failed in 1986: four causes, each mended or not, in all sixteen ways.

    python benchmarks/papers/why_1986.py             trains what is not in why-1986.jsonl yet, and writes the table
    python benchmarks/papers/why_1986.py --table     writes why-1986.md and why-1986.png anew from what there is

Hinton (2016) names four: the labelled sets were too small, the computers too slow, the weights begun in a stupid way,
and the wrong non-linearity used. Here each is a factor with two levels, and a net of six hidden layers is trained on
MNIST in each of the sixteen cells. The effect of a factor is the mean test error of the eight cells in which it is
mended, less that of the eight in which it is not.

A killed run goes on with the next training: every one is a line of the .jsonl. The data are looked for in the folder
named by DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import journal, seeds
from deepen.data.batches import ShuffledBatches
from deepen.data.sources.idx import read_idx
from deepen.errors import TrainingError
from deepen.evidence.intervals import wilson
from deepen.learning import optimisers
from deepen.learning.budget import Budget
from deepen.learning.loop import fit
from deepen.learning.schedules import constant
from deepen.reporting.canvas import COLOURS, MARKERS, figure_of, plain, save

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parents[1] / ".." / "shared" / "data")).resolve()
KEPT = HERE / "why-1986.jsonl"

# Each factor's level of 1986, then the mended one.
FACTORS: dict[str, tuple[str, str]] = {
    "examples": ("1,000", "55,000"),
    "training": ("300 steps", "3,000 steps"),
    "start": ("N(0, 1)", "He"),
    "unit": ("sigmoid", "ReLU"),
}
CELLS = list(itertools.product((0, 1), repeat=len(FACTORS)))
DEPTH, WIDTH, BATCH = 6, 128, 100
VALID = 5_000  # of MNIST's 60,000, in every cell: they choose the rate
RATES = (0.03, 0.1, 0.3, 1.0)
TUNING, SEEDS = 100, (0, 1, 2)


class Net(nn.Sequential):
    """Six hidden layers of 128 units and a linear layer of ten."""

    def __init__(self, start: str, unit: str, generator: torch.Generator) -> None:
        layers: list[nn.Module] = []
        for inputs in [784] + [WIDTH] * (DEPTH - 1):
            layers += [nn.Linear(inputs, WIDTH), nn.Sigmoid() if unit == "sigmoid" else nn.ReLU()]
        super().__init__(*layers, nn.Linear(WIDTH, 10))
        for layer in self.linear:
            deviation = 1.0 if start == "N(0, 1)" else math.sqrt(2 / layer.in_features)
            nn.init.normal_(layer.weight, 0.0, deviation, generator=generator)
            nn.init.zeros_(layer.bias)

    @property
    def linear(self) -> list[nn.Linear]:
        return [layer for layer in self if isinstance(layer, nn.Linear)]


def mnist() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pixels (N, 784), standardised as a whole, and labels; those of the validation part are the last of the 60,000."""

    def part(name: str) -> tuple[np.ndarray, np.ndarray]:
        x = read_idx(DATA / f"images/mnist/{name}-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32)
        return (x / 255 - 0.1307) / 0.3081, read_idx(
            DATA / f"images/mnist/{name}-labels-idx1-ubyte.gz"
        ).astype(np.int64)

    (x, y), test = part("train"), part("t10k")
    return {"train": (x[:-VALID], y[:-VALID]), "valid": (x[-VALID:], y[-VALID:]), "test": test}


def one(cell: tuple[int, ...], seed: int, rate: float, data: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Train a net of a cell, and give its error on a part, with the gradients' norms before and after."""
    examples, training, start, unit = (
        FACTORS[name][level] for name, level in zip(FACTORS, cell, strict=True)
    )
    x, y = data["train"]
    rows = seeds.numpy_generator(seed, "examples").permutation(len(x))[: int(examples.replace(",", ""))]
    net = Net(start, unit, seeds.generator(seed, "start"))
    # The same examples in all cells and with all seeds, so that norms can be compared.
    shown = torch.from_numpy(x[:1000]), torch.from_numpy(y[:1000])
    before, began = gradients(net, *shown), time.process_time()
    found: dict[str, Any] = {"cell": list(cell), "seed": seed, "rate": rate, "part": part, "before": before}
    batches = ShuffledBatches({"x": x}, y, rows, size=BATCH, seed=seed, device=torch.device("cpu"))
    steps = int(training.split()[0].replace(",", ""))
    try:
        history = fit(
            net, batches, lambda net, batch: F.cross_entropy(net(batch.inputs["x"]), batch.target),
            Budget(steps=steps), optimiser=optimisers.make("sgd", net, rate=rate, decay=0.0),
            schedule=constant(), clip=1.0,
        )  # fmt: skip
    except TrainingError as error:
        return {**found, "error": None, "why": str(error), "seconds": time.process_time() - began}
    seconds = time.process_time() - began
    return {
        **found, "error": error_of(net, *data[part]), "train_error": error_of(net, x[rows], y[rows]),
        "after": gradients(net, *shown), "mended": len(history.events), "seconds": seconds,
    }  # fmt: skip


def gradients(net: Net, x: Tensor, y: Tensor) -> list[float]:
    """The norm of the loss's gradient by each layer's weights, the first layer's first."""
    net.zero_grad()
    F.cross_entropy(net(x), y).backward()
    norms = [float(layer.weight.grad.norm()) for layer in net.linear if layer.weight.grad is not None]
    net.zero_grad()
    return norms


@torch.inference_mode()
def error_of(net: nn.Module, x: np.ndarray, y: np.ndarray) -> float:
    return float((net(torch.from_numpy(x)).argmax(1).numpy() != y).mean())


def run() -> None:
    """Choose each cell's rate by the validation part, and train it with three seeds; what is kept is not done again."""
    data = mnist()
    # Saturated units' gradients are numbers so small that a CPU takes ten times as long for them.
    torch.set_flush_denormal(True)

    def done(cell: tuple[int, ...], seed: int, rate: float, part: str) -> dict[str, Any]:
        for record in journal.read(KEPT):
            if (record["cell"], record["seed"], record["rate"]) == (list(cell), seed, rate):
                return record
        record = one(cell, seed, rate, data, part)
        journal.append(KEPT, record)
        print(cell, seed, rate, record["error"], f"{record['seconds']:.1f} s", flush=True)
        return record

    for cell in CELLS:
        tried = [done(cell, TUNING, rate, "valid") for rate in RATES]
        rate = min((r for r in tried if r["error"] is not None), key=lambda r: r["error"])["rate"]
        for seed in SEEDS:
            done(cell, seed, rate, "test")


Errors = Mapping[tuple[int, ...], Sequence[float]]


def effect(errors: Errors, factors: Sequence[int]) -> tuple[float, float, float]:
    """The effect of a factor, or of several together, on the test error, with its 95 % interval.

    A contrast of the cells' means: of one factor the mean of the mended half less the other; of two, half the
    difference that the one makes to the other's effect (Box, Hunter and Hunter 1978, chapter 10). The cells'
    variances differ, so each has its own, and the degrees of freedom are Satterthwaite's (1946).
    """
    from scipy import stats

    half = len(errors) / 2
    weights = {cell: math.prod(2 * cell[f] - 1 for f in factors) / half for cell in errors}
    value = sum(w * statistics.mean(errors[cell]) for cell, w in weights.items())
    parts = [
        (w**2 * statistics.variance(errors[c]) / len(errors[c]), len(errors[c]) - 1)
        for c, w in weights.items()
    ]
    variance = sum(v for v, _ in parts)
    freedom = variance**2 / sum(v**2 / n for v, n in parts)
    reach = float(stats.t.ppf(0.975, freedom)) * math.sqrt(variance)
    return value, value - reach, value + reach


def table(records: Sequence[Mapping[str, Any]]) -> str:
    tests = [r for r in records if r["part"] == "test"]
    errors: dict[tuple[int, ...], list[float]] = {}
    for r in tests:
        # A training that could not be brought to an end has learned nothing: nine in ten are wrong.
        errors.setdefault(tuple(r["cell"]), []).append(100 * (0.9 if r["error"] is None else r["error"]))
    by_cell = {cell: [r for r in tests if tuple(r["cell"]) == cell] for cell in CELLS}
    return "\n".join([*_head(records), *_effects(errors), *_cells(errors, by_cell), *_norms(by_cell), ""])


ABOUT = f"""\
# Why backpropagation failed in 1986

Hinton (2016) names four causes: too few labelled examples, too slow computers, a bad start of the weights, the
wrong non-linearity. Here each is mended or not, in all sixteen ways, with a net of six hidden layers on MNIST.
Made by `python benchmarks/papers/why_1986.py`.

![Effects, cells and gradients](why-1986.png)

Assumed, since the lecture gives none of it:

- six hidden layers of {WIDTH} units, 784 pixels standardised as a whole, biases begun at zero; He's start has variance
  2 / inputs, for sigmoids too;
- the cross-entropy of ten softmax outputs (in 1986 it was the squared error), batches of {BATCH}, gradient descent with
  Nesterov's momentum 0.9, no weight decay, no early stopping;
- a constant rate, so that the long training is the short one gone on; faster computers stand for ten times the steps;
- the gradient clipped at norm 1, since that of ReLUs begun at N(0, 1) has a norm in the millions;
- {VALID:,} of the 60,000 training digits are in no training: they choose each cell's own rate among
  {", ".join(f"{r:g}" for r in RATES)}, with a seed of its own, so that no cell is made worse by another's rate.

The errors are those of the 10,000 test digits.

What the kept runs say: with none of the four mended 34.9 % are wrong, with all of them 3.1 %. Longer training and the
ReLU do most. The start and the unit hang together: He's start makes the ReLU's gradient alike in all layers and its net
the best in every row, while a sigmoid's falls three hundredfold from the output to the first layer, so that 300 steps
leave the net guessing and 3,000 bring it to 4.6 %; hence He's main effect, a mean over both units, is above zero.
N(0, 1) lets sigmoids learn at once and badly. More examples are worth nothing to nets that do not learn, and much to
those that do: after 3,000 steps 20.1 to 4.6 %, 19.3 to 7.4 % and 10.7 to 3.1 %. ReLUs begun at N(0, 1) learn 1,000
examples by heart and 55,000 not at all well: 13.7 to 22.1 %.
"""


def _head(records: Sequence[Mapping[str, Any]]) -> list[str]:
    seconds = sum(r["seconds"] for r in records)
    return [
        ABOUT, f"{len(records)} trainings, {seconds / 60:.0f} minutes of one CPU thread in all; {len(SEEDS)} seeds,",
        f"of which examples, weights and order follow; torch {torch.__version__}.", "",
    ]  # fmt: skip


def _effects(errors: Errors) -> list[str]:
    lines = [
        "## Effects on the test error, in points", "",
        "A main effect: the mean of the eight cells in which the cause is mended less that of the eight others. Of",
        "two: half the difference that the one, mended, makes to the other's effect; below zero they help each other.",
        "95 % intervals by the spread over seeds (each cell its own variance, Satterthwaite's degrees of freedom).", "",
        "| mended | effect | interval |", "|---|---|---|",
    ]  # fmt: skip
    for name, factors in named_effects():
        value, low, high = effect(errors, factors)
        lines.append(f"| {name} | {value:+.1f} | [{low:+.1f}, {high:+.1f}] |")
    return [*lines, ""]


def named_effects() -> list[tuple[str, tuple[int, ...]]]:
    """The main effects, then those of two together."""
    names = list(FACTORS)
    mains = [(f"{n}: {FACTORS[n][0]} to {FACTORS[n][1]}", (i,)) for i, n in enumerate(names)]
    return mains + [
        (f"{names[i]} and {names[j]}", (i, j)) for i, j in itertools.combinations(range(len(names)), 2)
    ]


def _cells(errors: Errors, by_cell: Mapping[tuple[int, ...], Sequence[Mapping[str, Any]]]) -> list[str]:
    lines = [
        "## Cells", "",
        "Per cent wrong, medians over the seeds (lowest, highest); one seed's 95 % interval (Wilson).", "",
        f"| {' | '.join(FACTORS)} | rate | test error | interval | error on its own examples |",
        "|" + "---|" * (len(FACTORS) + 4),
    ]  # fmt: skip
    for cell, mine in by_cell.items():
        levels = [FACTORS[name][level] for name, level in zip(FACTORS, cell, strict=True)]
        low, high = wilson(round(100 * errors[cell][0]), 10_000)
        own = statistics.median(100 * r.get("train_error", 0.9) for r in mine)
        shown = (
            f"**{statistics.median(errors[cell]):.1f}** ({min(errors[cell]):.1f}, {max(errors[cell]):.1f})"
        )
        interval = f"[{100 * low:.1f}, {100 * high:.1f}]"
        lines.append(f"| {' | '.join(levels)} | {mine[0]['rate']:g} | {shown} | {interval} | {own:.1f} |")
    return [*lines, ""]


def _norms(by_cell: Mapping[tuple[int, ...], Sequence[Mapping[str, Any]]]) -> list[str]:
    layers = [*(f"layer {i + 1}" for i in range(DEPTH)), "output"]
    lines = [
        "## The norm of the gradient by each layer's weights", "",
        "On the same 1,000 training digits, medians over the seeds; trained: after 3,000 steps on 55,000 digits.", "",
        f"| start | unit | when | {' | '.join(layers)} |", "|" + "---|" * (len(layers) + 3),
    ]  # fmt: skip
    for start, unit in itertools.product((0, 1), repeat=2):
        for when, key in (("new", "before"), ("trained", "after")):
            norms = median_norms(by_cell[1, 1, start, unit], key)
            cells = " | ".join(f"{v:.1e}" for v in norms)
            lines.append(f"| {FACTORS['start'][start]} | {FACTORS['unit'][unit]} | {when} | {cells} |")
    return [*lines, ""]


def median_norms(mine: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    found = [r[key] for r in mine if key in r]
    return [statistics.median(column) for column in zip(*found, strict=True)]


def picture(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the effects, the cells, and the gradients of new nets by layer."""
    tests = [r for r in records if r["part"] == "test"]
    errors = {
        cell: [100 * (0.9 if r["error"] is None else r["error"]) for r in tests if tuple(r["cell"]) == cell]
        for cell in CELLS
    }
    figure = figure_of(11.0, 7.4)
    (above, cells), (norms, after) = figure.subplots(2, 2)
    _draw_effects(above, errors)
    _draw_cells(cells, errors)
    for axes, key, title in (
        (norms, "before", "new nets"),
        (after, "after", "after 3,000 steps on 55,000 digits"),
    ):
        _draw_norms(axes, tests, key, title)
    figure.suptitle("Why backpropagation failed in 1986: six hidden layers on MNIST", fontsize=11)
    save(figure, path)


def _draw_effects(axes: Any, errors: Errors) -> None:
    named = named_effects()
    for at, (_, factors) in enumerate(named):
        value, low, high = effect(errors, factors)
        colour = COLOURS[0] if len(factors) == 1 else "#777777"
        axes.errorbar(
            value,
            -at,
            xerr=[[value - low], [high - value]],
            fmt=MARKERS[len(factors) - 1],
            color=colour,
            capsize=3,
            markersize=5,
        )
    axes.axvline(0, color="#BBBBBB", linewidth=0.9)
    axes.set_yticks([-at for at in range(len(named))], [name for name, _ in named])
    axes.set_xlabel("change of the test error, points; 95 % intervals", fontsize=8)
    axes.set_title("What each mended cause does, and two together", fontsize=9)
    plain(axes)


def _draw_cells(axes: Any, errors: Errors) -> None:
    for at, (start, unit) in enumerate(itertools.product((0, 1), repeat=2)):
        own = [(examples, training) for examples in (0, 1) for training in (0, 1)]
        values = [statistics.median(errors[examples, training, start, unit]) for examples, training in own]
        label = f"{FACTORS['unit'][unit]}, {FACTORS['start'][start]}"
        x = [place + 0.06 * (at - 1.5) for place in range(4)]
        spread = [(min(e), max(e)) for e in (errors[*pair, start, unit] for pair in own)]
        reach = [
            [v - low for v, (low, _) in zip(values, spread, strict=True)],
            [high - v for v, (_, high) in zip(values, spread, strict=True)],
        ]
        axes.errorbar(
            x, values, yerr=reach, fmt=MARKERS[at], color=COLOURS[at], capsize=2, markersize=6, label=label
        )
    names = [f"{FACTORS['examples'][e]}\n{FACTORS['training'][t]}" for e in (0, 1) for t in (0, 1)]
    axes.set_xticks(range(4), names)
    axes.set_yscale("log")
    axes.set_yticks([2, 5, 10, 20, 50, 90], ["2", "5", "10", "20", "50", "90"])
    axes.minorticks_off()
    axes.axhline(90, color="#BBBBBB", linewidth=0.9)
    axes.set_ylabel("test error, %", fontsize=8)
    axes.set_title("The cells: medians, lowest and highest of the seeds", fontsize=9)
    axes.legend(frameon=False, fontsize=8)
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    plain(axes)


def _draw_norms(axes: Any, tests: Sequence[Mapping[str, Any]], key: str, title: str) -> None:
    for at, (start, unit) in enumerate(itertools.product((0, 1), repeat=2)):
        values = median_norms([r for r in tests if r["cell"] == [1, 1, start, unit]], key)
        label = f"{FACTORS['unit'][unit]}, {FACTORS['start'][start]}"
        axes.plot(
            range(1, len(values) + 1),
            values,
            marker=MARKERS[at],
            color=COLOURS[at],
            label=label,
            linewidth=1.4,
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:g}")
    axes.minorticks_off()
    axes.set_xticks(range(1, DEPTH + 2), [*map(str, range(1, DEPTH + 1)), "output"])
    axes.set_xlabel("layer of weights", fontsize=8)
    axes.set_ylabel("norm of the gradient", fontsize=8)
    axes.set_title(f"Gradients by layer, {title}", fontsize=9)
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    plain(axes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--table", action="store_true", help="train nothing")
    if not parser.parse_args().table:
        run()
    records = journal.read(KEPT)
    journal.write_whole(HERE / "why-1986.md", table(records))
    picture(records, HERE / "why-1986.png")


if __name__ == "__main__":
    main()
