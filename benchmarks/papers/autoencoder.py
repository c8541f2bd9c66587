"""Deep autoencoders against PCA and logistic PCA: the tables of Hinton and Salakhutdinov (Science 2006).

    python benchmarks/papers/autoencoder.py [--rows mnist faces frey] [--learners ...] [--seeds 0] [--arm small]

What each run measured is appended to autoencoder.jsonl; autoencoder.md is written anew from all of it, with a picture
of what each learner restores. The data sets are looked for in the folder named by DEEPEN_DATA, by default
../shared/data. The budget is passes over the data, so that the error does not depend on what else the machine does;
processor seconds say what a run took.

The error is squared, summed over the columns, and the mean over the test rows; pixels lie between 0 and 1, and those of
the face patches are scaled as the paper has them.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from sklearn.decomposition import PCA

import data
from deepen.compute.device import pick, summary
from deepen.pretraining import DeepAutoencoder, LogisticPCA
from deepen.reporting import codes, contact_sheet
from deepen.trained import versions

HERE = Path(__file__).parent
KEPT = HERE / "autoencoder.jsonl"


@dataclass(frozen=True)
class Row:
    """One data set: train and test rows, the pictures' height and width, and the codes."""

    read: Callable[[str], tuple[np.ndarray, np.ndarray]]
    shape: tuple[int, int]
    codes: int
    says: str
    binary: bool = True  # whether values lie between 0 and 1
    paper: dict[str, str] | None = None


def mnist(_arm: str) -> tuple[np.ndarray, np.ndarray]:
    return data.mnist("train")[0], data.mnist("t10k")[0]


def frey(_arm: str) -> tuple[np.ndarray, np.ndarray]:
    """A film's frames in their order: every fifth stretch of 50 is held out, since neighbours are nearly the same."""
    x = np.load(data.DATA / "faces/frey-faces.npy").reshape(1965, 560).astype(np.float32) / 255
    held = np.arange(len(x)) // 50 % 5 == 4
    return x[~held], x[held]


def patches(arm: str) -> tuple[np.ndarray, np.ndarray]:
    """Patches of faces, turned by -90 to 90 degrees and enlarged 1.4 to 1.8 times: thirty people, and ten others.

    The paper has 4 times as many. Each pixel's mean is taken away, and one number scales all so that the pixels' mean
    variance is one. How exactly it crops and shrinks is not said; here a patch is every second pixel of the middle.
    """
    each = 400 if arm == "full" else 100
    rng = np.random.default_rng(0)
    people: dict[str, list[np.ndarray]] = {}
    with zipfile.ZipFile(data.DATA / "faces/att-faces.zip") as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".pgm")):
            face = (
                Image.open(io.BytesIO(archive.read(name)))
                .crop((0, 10, 92, 102))
                .resize((64, 64), Image.Resampling.LANCZOS)
            )
            people.setdefault(Path(name).parent.name, []).extend(_patch(face, rng) for _ in range(each))
    names = sorted(people)
    train, test = (np.stack([p for name in part for p in people[name]]) for part in (names[:30], names[30:]))
    mean = train.mean(axis=0)
    scale = (train - mean).std(axis=0).mean()
    return (train - mean) / scale, (test - mean) / scale


def _patch(face: Image.Image, rng: np.random.Generator) -> np.ndarray:
    angle, grown = rng.uniform(-90, 90), rng.uniform(1.4, 1.8)
    turned = face.resize((round(64 * grown),) * 2, Image.Resampling.BICUBIC).rotate(
        angle, Image.Resampling.BICUBIC
    )
    first = (turned.width - 50) // 2
    return np.asarray(turned, np.float32)[first : first + 50 : 2, first : first + 50 : 2].ravel()


ROWS = {
    "mnist": Row(
        mnist, (28, 28), 30, "MNIST, 30 codes",
        paper={"PCA": "13.87", "logistic PCA": "8.01", "autoencoder": "3.00"},
    ),
    "faces": Row(
        patches, (25, 25), 30, "face patches (AT&T), 30 codes", binary=False,
        paper={"PCA": "135", "autoencoder": "126"},
    ),
    "frey": Row(frey, (28, 20), 10, "Frey faces, 10 codes", paper={}),
}  # fmt: skip

# Layers before the codes, and what else differs from the estimator's defaults, by arm. The faces' rate and decay were
# chosen on five of the thirty people, for a net that had learned from the other 25.
SETTINGS: dict[str, dict[str, tuple[tuple[int, ...], dict[str, Any]]]] = {
    "small": {
        "mnist": ((1000, 500, 250), {"epochs": 20, "half": True}),
        "faces": ((500, 250), {"epochs": 6, "half": True, "rate": 1e-3, "decay": 8.0}),
        "frey": ((500, 250), {"epochs": 200, "batch": 50}),
    },
    "full": {
        "mnist": ((1000, 500, 250), {"epochs": 500}),
        "faces": ((2000, 1000, 500), {"epochs": 50, "rate": 1e-3, "decay": 8.0}),
        "frey": ((500, 250), {"epochs": 1000, "batch": 50}),
    },
}


def autoencoder(row: str, arm: str, seed: int, **more: Any) -> DeepAutoencoder:
    layers, settings = SETTINGS[arm][row]
    visible = "binary" if ROWS[row].binary else "gaussian"
    how = {"visible": visible, "random_state": seed, **settings, **more}
    return DeepAutoencoder([*layers, ROWS[row].codes], **how)


LEARNERS: dict[str, Callable[..., Any]] = {
    "PCA": lambda row, arm, seed: PCA(ROWS[row].codes, svd_solver="covariance_eigh"),
    "logistic PCA": lambda row, arm, seed: LogisticPCA(ROWS[row].codes, sweeps=10, random_state=seed),
    "autoencoder": autoencoder,
    "autoencoder, from machines": lambda row, arm, seed: autoencoder(
        row, arm, seed, pretrain="rbm", decay=0.0
    ),
}


def one(row: str, learner: str, arm: str, seed: int) -> tuple[dict[str, Any], np.ndarray]:
    """Fit once, and tell what came; and what it restores of the first test rows."""
    train, test = ROWS[row].read(arm)
    began, used = time.monotonic(), time.process_time()
    made = LEARNERS[learner](row, arm, seed).fit(train)
    seconds, processor = time.monotonic() - began, time.process_time() - used
    again = np.concatenate(
        [made.inverse_transform(made.transform(part)) for part in np.array_split(test, 10)]
    )
    error = float(np.square(again - test, dtype=np.float64).sum(axis=1).mean())
    found = {
        "row": row, "learner": learner, "arm": arm, "seed": seed, "error": error, "seconds": seconds,
        "processor": processor, "train": len(train), "test": len(test), "made": " ".join(repr(made).split()),
        "device": summary(pick(None)), "threads": torch.get_num_threads(), **versions(),
    }  # fmt: skip
    return found, again[_shown(len(test))]


def _shown(n: int) -> np.ndarray:
    return np.linspace(0, n - 1, 12).astype(int)


def draw(row: str, restored: dict[str, np.ndarray]) -> None:
    """Draw some test rows, and below each what every learner restores of it."""
    test = ROWS[row].read("small")[1]
    pictures = []
    for name, rows in {"the test row": test[_shown(len(test))], **restored}.items():
        low, high = (0, 1) if ROWS[row].binary else (-2.5, 2.5)
        pixels = (255 * ((rows - low) / (high - low)).clip(0, 1)).astype(np.uint8)
        pictures += [(p.reshape(*ROWS[row].shape, 1), name if k == 0 else "") for k, p in enumerate(pixels)]
    contact_sheet.draw(pictures, HERE / f"autoencoder-{row}.png", ROWS[row].says, columns=12)


def draw_map(epochs: float) -> None:
    """Draw MNIST's test digits where an autoencoder with two codes puts them."""
    train, test = mnist("small")
    layers, _ = SETTINGS["small"]["mnist"]
    learner = DeepAutoencoder([*layers, 2], epochs=epochs, half=True).fit(train)
    path, error = HERE / "autoencoder-map.png", -learner.score(test)
    title = f"MNIST's test digits by two codes: squared error {error:.1f}"
    codes.draw(path, learner.transform(test), data.mnist("t10k")[1].astype(str).astype(object), title)


def table(runs: list[dict[str, Any]]) -> str:
    """Write autoencoder.md: the medians over the seeds."""
    lines = [
        "# Deep autoencoders", "",
        "Hinton and Salakhutdinov, Science 2006. Squared error of test rows, summed over the columns, mean over the",
        "rows; the median over the seeds. Made by `python benchmarks/papers/autoencoder.py`.",
        "",
        "| data | learner | arm | paper | here | seeds | seconds | processor seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, row in ROWS.items():
        for arm in ("small", "full"):
            for learner in LEARNERS:
                mine = [r for r in runs if (r["row"], r["learner"], r["arm"]) == (name, learner, arm)]
                if not mine and arm == "full" and learner == "autoencoder":
                    lines.append(
                        f"| {row.says} | {learner} | full | {_paper(row, learner)} | not run | | | |"
                    )
                if mine:
                    error, seconds, processor = (
                        statistics.median(r[k] for r in mine) for k in ("error", "seconds", "processor")
                    )
                    seeds = ", ".join(str(r["seed"]) for r in mine)
                    cells = (
                        row.says,
                        learner,
                        arm,
                        _paper(row, learner),
                        f"**{error:.2f}**",
                        seeds,
                        f"{seconds:.0f}",
                        f"{processor:.0f}",
                    )
                    lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "What was made, in the last run of each:", ""]
    lines += [
        f"- {k}: `{v}`"
        for k, v in {f"{r['row']}, {r['learner']}, {r['arm']}": r["made"] for r in runs}.items()
    ]
    last = runs[-1]
    lines += [
        "",
        f"{last['device']}; torch {last['torch']}, Python {last['python']}, deepen {last['deepen']}.",
        "",
    ]
    lines += [
        f"![{ROWS[k].says}](autoencoder-{k}.png)" for k in ROWS if (HERE / f"autoencoder-{k}.png").is_file()
    ]
    return "\n".join([*lines, ""])


def _paper(row: Row, learner: str) -> str:
    return (row.paper or {}).get(learner, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--learners", nargs="*", default=list(LEARNERS)[:3], choices=list(LEARNERS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--arm", default="small", choices=list(SETTINGS))
    parser.add_argument("--map", type=float, default=0, help="passes for the map of two codes; 0 draws none")
    arguments = parser.parse_args()
    for row in arguments.rows:
        restored = {}
        for learner in arguments.learners:
            if learner == "logistic PCA" and not ROWS[row].binary:
                continue
            for seed in arguments.seeds:
                found, restored[learner] = one(row, learner, arguments.arm, seed)
                with KEPT.open("a") as out:
                    out.write(json.dumps(found) + "\n")
                print(
                    row,
                    learner,
                    seed,
                    {k: round(found[k], 3) for k in ("error", "seconds", "processor")},
                    flush=True,
                )
        if "autoencoder" in restored:
            draw(row, restored)
    if arguments.map:
        draw_map(arguments.map)
    if KEPT.is_file():
        runs = [json.loads(line) for line in KEPT.read_text().splitlines()]
        latest = {(r["row"], r["learner"], r["arm"], r["seed"]): r for r in runs}
        (HERE / "autoencoder.md").write_text(table(list(latest.values())))


if __name__ == "__main__":
    main()
