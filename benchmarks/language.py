"""Language models and text to text: what is reached within a time, beside n-grams, copying and a dictionary.

    python benchmarks/language.py --rows shakespeare lexnorm --seeds 0 1 2 >> benchmarks/language.jsonl

A line of JSON for each run. The data sets are looked for in the folder named by DEEPEN_DATA, by default
../shared/data. Processor seconds are given too: on a machine that does other things they say how much of it a run had.
"""

import argparse
import json
import os
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    asked = parser.parse_args()
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
            print(
                json.dumps(
                    {
                        "row": row, "minutes": asked.minutes, "seed": seed, "scores": heads,
                        "net": model.about["net"], "training": model.about["training"],
                        "precision": model.about["precision"], "seconds": round(time.monotonic() - began),
                        "processor_seconds": round(time.process_time() - processor),
                        "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "torch": torch.__version__,
                    }
                ),
                flush=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
