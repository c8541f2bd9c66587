"""Problem depth in layers: fifty of them, plain, with gates and with sums; and where the gradient is lost.

    python benchmarks/depth_layers.py              trains on scikit-learn's digits; prints the table
    python benchmarks/depth_layers.py --picture docs/pictures/depth.png

The same width (64), depth, optimiser and number of steps for all; only what carries the input past a layer differs.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from deepen.data.batches import ShuffledBatches
from deepen.learning.budget import Budget
from deepen.learning.loop import fit
from deepen.nets import MLP
from deepen.nets.highway import Highway
from deepen.nets.lstm_layers import LSTMLayer

WIDTH, DEPTH, EPOCHS, SEEDS = 64, 50, 30, (0, 1, 2)
# Okabe and Ito's colours, which differ for all sorts of sight.
COLOURS = {"black": "#000000", "orange": "#E69F00", "blue": "#0072B2", "green": "#009E73"}


class Plain(nn.Module):
    """Layers of a ReLU each with nothing past them, started as He et al. (2015) do or as PyTorch does."""

    def __init__(self, n: int, depth: int, he: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, n) for _ in range(depth))
        for layer in self.layers if he else ():
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, h: Tensor) -> Tensor:
        for layer in self.layers:
            h = torch.relu(layer(h))
        return h


NETS: dict[str, Callable[[int], nn.Module]] = {
    "plain, PyTorch's start": lambda depth: nn.Sequential(Plain(WIDTH, depth, False), nn.Linear(WIDTH, 10)),
    "plain, He's start": lambda depth: nn.Sequential(Plain(WIDTH, depth, True), nn.Linear(WIDTH, 10)),
    "highway, gates shut (bias -3)": lambda depth: nn.Sequential(Highway(WIDTH, depth), nn.Linear(WIDTH, 10)),
    "highway, gates open (bias +3)": lambda depth: nn.Sequential(
        Highway(WIDTH, depth, gate_bias=3.0), nn.Linear(WIDTH, 10)
    ),
    "deepen's MLP (sums)": lambda depth: MLP(WIDTH, 10, width=WIDTH, depth=depth, dropout=0.0),
}


def digits() -> tuple[np.ndarray, ...]:
    x, y = load_digits(return_X_y=True)
    x = ((x - x.mean()) / x.std()).astype(np.float32)
    return tuple(train_test_split(x, y, test_size=450, random_state=0, stratify=y))


def accuracy(make: Callable[[int], nn.Module], depth: int, seed: int) -> tuple[float, float]:
    """Train on 1,347 digits; give the last loss and the accuracy on the other 450."""
    train, test, y_train, y_test = digits()
    torch.manual_seed(seed)
    net, cpu = make(depth), torch.device("cpu")
    batches = ShuffledBatches({"x": train}, y_train, np.arange(len(train)), size=64, seed=seed, device=cpu)
    losses = []

    def step(net: nn.Module, batch) -> Tensor:
        loss = F.cross_entropy(net(batch.inputs["x"]), batch.target)
        losses.append(loss.item())
        return loss

    fit(
        net,
        batches,
        step,
        Budget(epochs=EPOCHS),
        optimiser=torch.optim.Adam(net.parameters(), lr=1e-3),
        clip=1.0,
    )
    with torch.no_grad():
        right = net.eval()(torch.from_numpy(test)).argmax(1).numpy() == y_test
    return statistics.mean(losses[-20:]), float(right.mean())


def table() -> None:
    print(
        f"digits: {EPOCHS} epochs, width {WIDTH}, Adam 1e-3, clip 1, medians of {len(SEEDS)} seeds (lowest, highest)\n"
    )
    print("| net | layers | last training loss | test accuracy |\n|---|---|---|---|")
    for name, make in NETS.items():
        for depth in (5, DEPTH):
            losses, scores = zip(*(accuracy(make, depth, seed) for seed in SEEDS), strict=True)
            spread = f"{statistics.median(scores):.3f} ({min(scores):.3f}, {max(scores):.3f})"
            print(f"| {name} | {depth} | {statistics.median(losses):.2g} | {spread} |", flush=True)


def through_layers(make: Callable[[int], nn.Module], seed: int = 0) -> list[float]:
    """The norm of the loss's gradient at each layer's input, of a new net, by that at the last one's."""
    train, _, y, _ = digits()
    torch.manual_seed(seed)
    net, norms = make(DEPTH).double(), {}
    body = next(m for m in net.modules() if hasattr(m, "layers"))

    def listen(i: int) -> Callable[..., None]:
        def before(_module: nn.Module, inputs: tuple[Tensor]) -> None:
            x = inputs[0] if inputs[0].requires_grad else inputs[0].requires_grad_()
            x.register_hook(lambda grad: norms.__setitem__(i, grad.norm().item()))

        return before

    for i, layer in enumerate(body.layers):
        layer.register_forward_pre_hook(listen(i))
    F.cross_entropy(net(torch.from_numpy(train[:256]).double()), torch.from_numpy(y[:256])).backward()
    return [norms[i] / norms[DEPTH - 1] for i in range(DEPTH)]


def through_time(T: int, seed: int = 0, **start: float | None) -> list[float]:
    """The norm of the last output's gradient at each step's input, of a new LSTM, by that at the last one's."""
    torch.manual_seed(seed)
    x = torch.randn(32, T, 2).double().requires_grad_()
    y, _ = LSTMLayer(2, WIDTH, **start).double()(x)
    y[:, -1].square().sum().backward()
    norms = x.grad.norm(dim=(0, 2))
    return (norms / norms[-1]).tolist()


def picture(path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    T = 200
    layers = {
        "sums (deepen's MLP)": (through_layers(NETS["deepen's MLP (sums)"]), "blue", "-"),
        "highway, gates shut": (through_layers(NETS["highway, gates shut (bias -3)"]), "green", "-"),
        "highway, gates open": (through_layers(NETS["highway, gates open (bias +3)"]), "orange", "--"),
        "plain, He's start": (through_layers(NETS["plain, He's start"]), "black", "-."),
        "plain, PyTorch's start": (through_layers(NETS["plain, PyTorch's start"]), "black", ":"),
    }
    steps = {
        "chrono, spans to 200": (through_time(T, chrono=T), "blue", "-"),
        "forget bias 1": (through_time(T, forget_bias=1.0), "orange", "--"),
        "forget bias 0": (through_time(T, forget_bias=0.0), "black", ":"),
    }
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for axis, lines, title, label in (
        (axes[0], layers, "Through 50 layers", "layer"),
        (axes[1], steps, "Through 200 steps of an LSTM", "step"),
    ):
        for name, (norms, colour, style) in lines.items():
            axis.plot(
                range(1, len(norms) + 1), norms, style, color=COLOURS[colour], label=name, linewidth=1.6
            )
        axis.set(yscale="log", title=title, xlabel=label)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8)
    axes[0].set_ylabel("norm of the gradient, the last one's = 1")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    for lines in (layers, steps):
        for name, (norms, _, _) in lines.items():
            print(f"{name}: {norms[0]:.2g} at the first")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    picture(asked.picture) if asked.picture else table()


if __name__ == "__main__":
    main()
