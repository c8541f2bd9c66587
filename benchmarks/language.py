"""Language modelling: bits for each character of texts that are held out, beside n-grams.

    python benchmarks/language.py --data FOLDER --minutes 10 --seeds 0 1 2 >> benchmarks/language.jsonl

A line of JSON for each run. Processor seconds are given too: on a machine that does other things they say how much
of it a run had.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch

import deepen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the text")
    parser.add_argument("--text", default="tiny-shakespeare.txt")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--size")
    asked = parser.parse_args()
    for seed in asked.seeds:
        began, processor = time.monotonic(), time.process_time()
        model = deepen.train(asked.data / asked.text, minutes=asked.minutes, seed=seed, size=asked.size)
        bits = {name: score.headline for name, score in model.scores.items()}
        print(
            json.dumps(
                {
                    "text": asked.text, "minutes": asked.minutes, "seed": seed,
                    **{name: [round(m.value, 4), round(m.low, 4), round(m.high, 4)] for name, m in bits.items()},
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
