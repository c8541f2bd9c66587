"""The acoustic model: words recognised in the spoken digits, with and without pretraining, of few labels and of all.

    python benchmarks/papers/acoustic.py             trains what is not in acoustic.jsonl yet, and writes the table
    python benchmarks/papers/acoustic.py --table     writes acoustic.md and acoustic.png anew from what there is
    ... --shares 0.02 --seeds 0 1 2 --held george    other cells

The hybrid of Mohamed, Dahl and Hinton (2012) on the data set that is free: theirs, TIMIT, is licensed, and its measure,
the phone error rate (23.0 % in 2009, later 20.7 %), is of another task. Test part: of the 3,000 recordings the 300 of
each speaker's first five takes of each digit, as in results.md. Of the others a share, drawn by the seed from each
digit and speaker alike, has labels; all serve pretraining.

A killed run goes on with the next cell. The data are looked for in the folder named by DEEPEN_DATA, by default
../shared/data.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepen.compute import journal, seeds
from deepen.evidence.intervals import bootstrap, wilson
from deepen.reporting.canvas import COLOURS, MARKERS, figure_of, plain, save
from deepen.speech import AcousticModel

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parents[1] / ".." / "shared" / "data")).resolve()
KEPT = HERE / "acoustic.jsonl"

# The context was chosen by the held-out frames' loss of one net begun at random on a tenth of the labels: 0.76 nats
# with 8 frames to each side, 1.04 with 5. The rest is assumed: layers and passes are what a CPU does in minutes.
SETTINGS: dict[str, Any] = {"hidden": (256, 256, 256), "context": 8, "pretrain_epochs": 3}
STARTS = ("pretrained", "at random")


def digits() -> list[tuple[bytes, str, str, int]]:
    """The recordings: bytes, digit, speaker, take."""
    with zipfile.ZipFile(DATA / "audio/free-spoken-digits.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".wav"))
        parts = [Path(name).stem.split("_") for name in names]
        return [(archive.read(name), p[0], p[1], int(p[2])) for name, p in zip(names, parts, strict=True)]


def labelled(rows: Sequence[tuple[bytes, str, str, int]], share: float, seed: int) -> list[str | None]:
    """Each recording's digit, or None where it is not told: the same share, but for one, of each digit and speaker."""
    generator = seeds.numpy_generator(seed, "labels")
    place = np.zeros(len(rows))
    for pair in sorted({row[1:3] for row in rows}):
        own = [i for i, row in enumerate(rows) if row[1:3] == pair]
        place[own] = (generator.permutation(len(own)) + generator.random()) / len(own)
    told = set(np.argsort(place)[: round(share * len(rows))].tolist())
    return [row[1] if i in told else None for i, row in enumerate(rows)]


def one(
    rows: Sequence[tuple[bytes, str, str, int]], held: str, share: float, start: str, seed: int
) -> dict[str, Any]:
    """Learn from the one part, and count the words recognised in the other."""
    test = [row[3] < 5 if held == "takes" else row[2] == held for row in rows]
    train = list(itertools.compress(rows, [not t for t in test]))
    test_rows = list(itertools.compress(rows, test))
    words, began = labelled(train, share, seed), time.process_time()
    epochs = min(40, max(2, round(1 / share)))  # so that few labels are not few updates
    model = AcousticModel(**SETTINGS, epochs=epochs, pretrain=start == "pretrained", random_state=seed)
    model.fit([row[0] for row in train], words)
    seconds = time.process_time() - began
    answers = model.predict([row[0] for row in test_rows])
    wrong = np.flatnonzero(answers != np.array([row[1] for row in test_rows]))
    return {
        "held": held, "share": share, "start": start, "seed": seed, "wrong": wrong.tolist(), "of": len(test_rows),
        "labelled": sum(word is not None for word in words), "epochs": epochs, "seconds": seconds,
        # Of the last alignment's frames that were held out: the least loss in nats.
        "frame_loss": min(moment.valid["loss"] for moment in model.histories_[-1].moments),
    }  # fmt: skip


def run(cells: Sequence[tuple[str, float, str, int]]) -> None:
    """Train every cell that is not kept yet."""
    rows = digits()
    done = {(r["held"], r["share"], r["start"], r["seed"]) for r in journal.read(KEPT)}
    for cell in cells:
        if cell not in done:
            found = one(rows, *cell)
            journal.append(KEPT, found)
            print(
                *cell, f"{len(found['wrong'])} of {found['of']} wrong, {found['seconds']:.0f} s", flush=True
            )


Cells = Mapping[tuple[float, str], Sequence[Mapping[str, Any]]]


def cells_of(records: Sequence[Mapping[str, Any]], held: str) -> Cells:
    found: dict[tuple[float, str], list[Mapping[str, Any]]] = {}
    for r in sorted(records, key=lambda r: (r["share"], STARTS.index(r["start"]), r["seed"])):
        if r["held"] == held:
            found.setdefault((r["share"], r["start"]), []).append(r)
    return found


def accuracy(record: Mapping[str, Any]) -> float:
    return 100 * (1 - len(record["wrong"]) / record["of"])


def right(mine: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """How often, over the seeds, each test recording was recognised: (N,)."""
    hits = np.ones((len(mine), mine[0]["of"]))
    for row, record in zip(hits, mine, strict=True):
        row[record["wrong"]] = 0
    return 100 * hits.mean(axis=0)


def apart(cells: Cells, share: float) -> tuple[float, float, float] | None:
    """How much better pretraining is, on the seeds that both have, with the paired bootstrap's 95 % interval."""
    both = [cells.get((share, start), []) for start in STARTS]
    common = {r["seed"] for r in both[0]} & {r["seed"] for r in both[1]}
    if not common:
        return None
    one, other = (right([r for r in mine if r["seed"] in common]) for mine in both)
    low, high = bootstrap(lambda w, x: x @ w / w.sum(axis=0), one - other)
    return float((one - other).mean()), low, high


ABOUT = f"""\
# The acoustic model

Words recognised in the spoken digits by a deep belief net joined with a hidden Markov model (Mohamed, Dahl and
Hinton 2012). Made by `python benchmarks/papers/acoustic.py`: `AcousticModel()` but for
`{", ".join(f"{k}={v}" for k, v in SETTINGS.items())}` and the passes.

Medians over the seeds (lowest, highest); one seed's 95 % interval (Wilson); the difference that pretraining makes,
mean over the seeds, by the bootstrap over the test recordings, paired. Passes: over the labelled frames, for each of
three alignments. Loss: of frames held out of the labelled ones, in nats. Seconds: one thread's of the processor, with
pretraining.

![Words wrong by the share of labels](acoustic.png)"""

COLUMNS = (
    "test part", "labelled", "passes", "begun", "words right, %", "interval", "pretrained less random", "loss",
    "seconds",
)  # fmt: skip


def table(records: Sequence[Mapping[str, Any]]) -> str:
    lines = [ABOUT, "", f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for held in dict.fromkeys(r["held"] for r in records):
        cells = cells_of(records, held)
        for (share, start), mine in cells.items():
            values = [accuracy(r) for r in mine]
            low, high = wilson(mine[0]["of"] - len(mine[0]["wrong"]), mine[0]["of"])
            gain = apart(cells, share) if start == STARTS[0] else None
            cells_shown = (
                named(held), f"{mine[0]['labelled']:,} ({share:.0%})", str(mine[0]["epochs"]), start,
                f"**{statistics.median(values):.1f}** ({min(values):.1f}, {max(values):.1f})",
                f"[{100 * low:.1f}, {100 * high:.1f}]",
                "" if gain is None else "{:+.1f} [{:+.1f}, {:+.1f}]".format(*gain),
                f"{statistics.median(r['frame_loss'] for r in mine):.2f}",
                f"{statistics.median(r['seconds'] for r in mine):.0f}",
            )  # fmt: skip
            lines.append("| " + " | ".join(cells_shown) + " |")
    return "\n".join(
        [
            *lines,
            "",
            f"{len({r['seed'] for r in records})} seeds; one thread of a CPU; torch {torch.__version__}.",
            "",
        ]
    )


def named(held: str) -> str:
    return "the first five takes of each" if held == "takes" else f"{held}, never heard"


def picture(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the words wrong by the share of labels, on both starts."""
    cells, figure = cells_of(records, "takes"), figure_of(6.4, 4.0)
    axes = figure.add_subplot()
    shares = sorted({share for share, _ in cells})
    for at, start in enumerate(STARTS):
        own = [
            (share, [100 - accuracy(r) for r in cells[share, start]])
            for share in shares
            if (share, start) in cells
        ]
        x = [100 * share * (1 + 0.03 * (2 * at - 1)) for share, _ in own]
        for place, (_, values) in zip(x, own, strict=True):
            axes.plot([place] * len(values), values, MARKERS[at], color=COLOURS[at], alpha=0.45, markersize=4)
        medians = [statistics.median(values) for _, values in own]
        axes.plot(x, medians, marker=MARKERS[at], color=COLOURS[at], label=start, linewidth=1.4, markersize=7)
    axes.set_xscale("log")
    axes.set_xticks([100 * share for share in shares], [f"{share:.0%}" for share in shares])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("training recordings whose word is told", fontsize=9)
    axes.set_ylabel("words wrong, %", fontsize=9)
    axes.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    axes.legend(frameon=False, fontsize=9, title="the net's start")
    axes.set_title("Spoken digits: medians, and each seed", fontsize=10)
    plain(axes)
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--table", action="store_true", help="train nothing")
    parser.add_argument("--shares", nargs="*", type=float, default=[0.1, 1.0])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--held", nargs="*", default=["takes"], help="takes, or speakers' names")
    asked = parser.parse_args()
    if not asked.table:
        seeds_first = itertools.product(asked.seeds, asked.held, asked.shares, STARTS)
        run([(held, share, start, seed) for seed, held, share, start in seeds_first])
    records = journal.read(KEPT)
    journal.write_whole(HERE / "acoustic.md", table(records))
    picture(records, HERE / "acoustic.png")


if __name__ == "__main__":
    main()
