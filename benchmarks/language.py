"""Language models and text to text: what is reached within a time, beside n-grams, copying and a dictionary.

    python benchmarks/language.py [--rows shakespeare lexnorm] [--seeds 0 1 2]

What each run measured is appended to language.jsonl; language.md is written anew from all of it. The data sets are
looked for in the folder named by DEEPEN_DATA, by default ../shared/data. Processor seconds are given too: on a machine
that does other things they say how much of it a run had.
"""

import argparse
import json
import os
import statistics
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

import deepen

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve() / "text"


def shakespeare(**options: Any) -> Any:
    """A million characters of plays."""
    return deepen.train(DATA / "tiny-shakespeare.txt", **options)


def lexnorm(**options: Any) -> Any:
    """Short messages to plain words: the shared task of W-NUT 2015, its own training and test part."""
    with tempfile.TemporaryDirectory() as place, tarfile.open(DATA / "lexnorm2015.tgz") as archive:
        archive.extractall(place, filter="data")
        (folder,) = (path for path in Path(place).iterdir() if path.is_dir())
        return deepen.train(
            folder / "train_data.json",
            test=folder / "test_truth.json",
            input=["input"],
            target="output",
            **options,
        )


ROWS = {"shakespeare": shakespeare, "lexnorm": lexnorm}
WANTED = {"shakespeare": ("bits_per_character", "2.10 at most"), "lexnorm": ("token_f1", "0.70 at least")}


def table(runs: list[dict[str, Any]]) -> str:
    """Write language.md: the medians over the seeds."""
    lines = [
        "# Language", "",
        "Medians over the seeds, lowest and highest in brackets, and the interval of the first seed. Every run was",
        "given the raw file and the minutes alone. Made by `python benchmarks/language.py`.", "",
        "| data | minutes | measure | wanted | of | median (lowest, highest) | one run's interval |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row, (measure, wanted) in WANTED.items():
        mine = [run for run in runs if run["row"] == row]
        for what in mine[0]["scores"] if mine else ():
            values = [run["scores"][what][measure][0] for run in mine]
            low, high = mine[0]["scores"][what][measure][1:]
            lines.append(
                f"| {row} | {mine[0]['minutes']:g} | {measure} | {wanted} | {'deepen' if what == 'test' else what} |"
                f" {statistics.median(values):.3f} ({min(values):.3f}, {max(values):.3f}) | [{low:.3f}, {high:.3f}] |"
            )
    lines += [
        "",
        "| data | seed | net | training | precision | threads | seconds | processor's seconds | torch |",
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    lines += [
        f"| {run['row']} | {run['seed']} | {run['net']} | {run['training']} | {run['precision']} | {run['threads']} |"
        f" {run['seconds']} | {run['processor_seconds']} | {run['torch']} |"
        for run in runs
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    asked = parser.parse_args()
    kept = HERE / "language.jsonl"
    for row in asked.rows:
        for seed in asked.seeds:
            began, processor = time.monotonic(), time.process_time()
            model = ROWS[row](minutes=asked.minutes, seed=seed)
            heads = {
                name: {
                    m.name: [round(v, 4) for v in (m.value, m.low, m.high)] for m in score.measures.values()
                }
                for name, score in model.scores.items()
            }
            line = {
                "row": row, "minutes": asked.minutes, "seed": seed, "scores": heads,
                "net": model.about["net"], "training": model.about["training"],
                "precision": model.about["precision"], "seconds": round(time.monotonic() - began),
                "processor_seconds": round(time.process_time() - processor),
                "cores": os.cpu_count(), "threads": torch.get_num_threads(), "load": round(os.getloadavg()[0], 1),
                "torch": torch.__version__,
            }  # fmt: skip
            with kept.open("a") as out:
                out.write(json.dumps(line) + "\n")
            print(row, seed, heads["test"], flush=True)
    runs = [json.loads(line) for line in kept.read_text().splitlines()]
    last = {(run["row"], run["seed"]): run for run in runs}
    (HERE / "language.md").write_text(table([last[key] for key in sorted(last)]))


if __name__ == "__main__":
    main()
