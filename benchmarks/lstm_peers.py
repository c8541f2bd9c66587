"""The LSTM in deepen's loop, in a plain PyTorch loop, and in Keras 3 on JAX: examples a second, side by side.

    python -m venv keras-environment && keras-environment/bin/pip install keras jax
    python benchmarks/lstm_peers.py --keras keras-environment/bin/python [--threads 1] [--rounds 7]

Each way is a process of its own that stays, with its net compiled and warm; in every round each trains the same net for
the same number of steps on the same data, one after the other, and the ratios are those of one round. Keras trains by
its own ``fit``, which hands it compiled steps. The data sets are looked for in the folder named by DEEPEN_DATA, by
default ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent.parent / ".." / "shared" / "data")).resolve()
WAYS = ("plain PyTorch", "deepen, float32", "deepen, bfloat16", "Keras 3 on JAX")

# Units, classes or ids V, examples in a batch, steps in a round.
TASKS = {
    "rows": ("Fashion-MNIST row by row: 28 steps of 28, 128 units, batch 128", 128, 10, 128, 100),
    "characters": ("tiny-shakespeare: 64 characters, 256 units, batch 64", 256, 66, 64, 20),
}


def data_of(task: str) -> tuple[np.ndarray, np.ndarray]:
    """Give as many examples as a round reads: pictures (N, 28, 28) and classes, or ids (N, 64) and the next ones."""
    _, _, v, batch, steps = TASKS[task]
    if task == "rows":
        import pyarrow  # noqa: F401 - so that a missing package is told before the data are read

        from deepen.data import sources

        table = sources.read(DATA / "images/fashion-mnist")
        x = np.asarray(table["image"])[: batch * steps].reshape(-1, 28, 28).astype(np.float32) / 255
        y = np.asarray(table[table.target].to_pylist())[: batch * steps]
        return x, np.unique(y, return_inverse=True)[1].astype(np.int64)
    text = next(DATA.glob("text/**/*shakespeare*")).read_bytes()[: 64 * batch * steps + 1]
    known = {byte: at for at, byte in enumerate(sorted(set(text)))}
    ids = np.array([known[byte] for byte in text], dtype=np.int64) % v
    return ids[:-1].reshape(-1, 64), ids[1:].reshape(-1, 64)


# -- the ways: each gives what trains once over x and y


def in_torch(way: str, task: str, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    import torch
    import torch.nn.functional as F
    from torch import nn

    from deepen.compute.device import steady_memory
    from deepen.compute.precision import Precision
    from deepen.data.batches import ShuffledBatches
    from deepen.learning import optimisers
    from deepen.learning.budget import Budget
    from deepen.learning.loop import fit
    from deepen.nets import LSTM
    from deepen.nets.language import LanguageLSTM
    from deepen.shapes import Sequence

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    _, width, v, batch, steps = TASKS[task]
    if way == "plain PyTorch":

        class Rows(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.lstm, self.head = nn.LSTM(28, width, batch_first=True), nn.Linear(width, v)

            def forward(self, x: Any) -> Any:
                return self.head(self.lstm(x)[0][:, -1])

        class Characters(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = nn.Embedding(v, width)
                self.lstm, self.head = nn.LSTM(width, width, batch_first=True), nn.Linear(width, v)

            def forward(self, x: Any) -> Any:
                return self.head(self.lstm(self.embedding(x))[0])

        net: nn.Module = Rows() if task == "rows" else Characters()
        optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
        given, wanted = torch.from_numpy(x), torch.from_numpy(y)

        def plain() -> None:
            order = torch.randperm(len(given))
            for first in range(0, len(order), batch):
                some = order[first : first + batch]
                loss = F.cross_entropy(net(given[some]).flatten(0, -2), wanted[some].flatten())
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

        return plain
    steady_memory()
    if task == "rows":
        net = LSTM(Sequence(28, 28), v, width=width, bidirectional=False, pooling="last", dropout=0.0)
    else:
        net = LanguageLSTM(v=v, width=width)
    batches = ShuffledBatches({"x": x}, y, np.arange(len(x)), size=batch, seed=0, device=torch.device("cpu"))
    adamw = optimisers.make("adamw", net, rate=1e-3, decay=0.0)

    def step(net: nn.Module, given: Any) -> Any:
        out = net(given.inputs["x"])
        out = out[0] if isinstance(out, tuple) else out
        return F.cross_entropy(out.flatten(0, -2).float(), given.target.flatten())

    precision = Precision(half=way == "deepen, bfloat16")
    return lambda: fit(net, batches, step, Budget(steps=steps), optimiser=adamw, precision=precision)


def in_keras(task: str, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    _, width, v, batch, _ = TASKS[task]
    layers = [keras.Input(x.shape[1:], dtype="float32" if task == "rows" else "int32")]
    layers += [] if task == "rows" else [keras.layers.Embedding(v, width)]
    layers += [keras.layers.LSTM(width, return_sequences=task != "rows"), keras.layers.Dense(v)]
    model = keras.Sequential(layers)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)


def work(way: str, task: str, path: str) -> None:
    """Train once over the data for each line that comes, and say in how many seconds."""
    with np.load(path) as kept:
        x, y = kept["x"], kept["y"]
    once = in_keras(task, x, y) if way.startswith("Keras") else in_torch(way, task, x, y)
    once(), once()  # compiles, and warms up
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        once()
        print(time.perf_counter() - began, flush=True)


# -- the table


def measured(task: str, ways: dict[str, str], threads: int, rounds: int) -> dict[str, list[float]]:
    """The seconds of every round of each way; ``ways`` names the Python of each."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "data.npz"
        x, y = data_of(task)
        np.savez(path, x=x, y=y)
        some = {str(n) for n in sorted(os.sched_getaffinity(0))[:threads]}
        environment = {
            **os.environ, "OMP_NUM_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "3",
            "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}",
        }  # fmt: skip
        running = {
            name: subprocess.Popen(
                ["taskset", "-c", ",".join(sorted(some)), python, HERE, "--work", name, "--task", task, "--path", path],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            )
            for name, python in ways.items()
        }  # fmt: skip
        found: dict[str, list[float]] = {name: [] for name in ways}
        for name, process in running.items():
            assert process.stdin and process.stdout
            if process.stdout.readline().strip() != "ready":
                raise SystemExit(f"{name} did not get ready")
        for _ in range(rounds):
            for name, process in running.items():
                assert process.stdin and process.stdout
                process.stdin.write("go\n")
                process.stdin.flush()
                found[name].append(float(process.stdout.readline()))
        for process in running.values():
            process.communicate("")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keras", help="the Python of an environment with Keras 3 and JAX")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work, asked.task, asked.path)
        return
    import torch

    from deepen.compute.device import summary

    ways = {name: sys.executable for name in WAYS if not name.startswith("Keras")}
    versions = f"torch {torch.__version__}"
    if asked.keras:
        ways[WAYS[-1]] = asked.keras
        said = "import keras, jax; print(f'Keras {keras.__version__}, JAX {jax.__version__}')"
        environment = {**os.environ, "KERAS_BACKEND": "jax"}
        versions += ", " + subprocess.run(
            [asked.keras, "-c", said], capture_output=True, text=True, check=True, env=environment
        ).stdout.strip()  # fmt: skip
    torch.set_num_threads(asked.threads)
    print(f"{summary(torch.device('cpu'))}; {versions}; {asked.rounds} rounds")
    for task, (title, _, _, batch, steps) in TASKS.items():
        found = measured(task, ways, asked.threads, asked.rounds)
        first = found[WAYS[0]]
        print(
            f"\n{title}\n\n| way | examples a second, median | of plain PyTorch's, median (lowest, highest) |"
            "\n|---|---|---|"
        )
        for name, seconds in found.items():
            ratios = [a / b for a, b in zip(first, seconds, strict=True)]
            middle = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})"
            print(f"| {name} | {batch * steps / statistics.median(seconds):,.0f} | {middle} |", flush=True)


if __name__ == "__main__":
    main()
